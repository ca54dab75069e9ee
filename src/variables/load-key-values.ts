/** A word of an argument string, and where it begins. */
export interface ArgumentWord {
  readonly text: string
  readonly start: number
}

/**
 * Splits an argument string as Ansible does for `-e a=1 b="x y"` and for free-form module arguments: at spaces and
 * line ends outside quotes and outside `{{ }}`, `{% %}`, `{# #}`. Quotes stay in the words.
 * @returns a message instead when a quote or a block is not closed
 */
export function splitArguments(text: string): readonly ArgumentWord[] | string {
  const words: ArgumentWord[] = []
  const open = { '{{': 0, '{%': 0, '{#': 0 }
  let quote = ''
  let start = -1
  const endWord = (end: number) => {
    if (start >= 0) words.push({ text: text.slice(start, end), start })
    start = -1
  }
  for (let position = 0; position < text.length; position++) {
    const character = text.charAt(position)
    const inside = quote !== '' || open['{{'] + open['{%'] + open['{#'] > 0
    if ((character === ' ' || character === '\n') && !inside) {
      endWord(position)
      continue
    }
    if (start < 0) start = position
    const pair = text.slice(position, position + 2)
    const isBlock = pair === '{{' || pair === '{%' || pair === '{#' ? pair : undefined
    const closes = CLOSING[pair]
    if (isBlock) open[isBlock]++
    if (closes) open[closes] = Math.max(0, open[closes] - 1)
    if (isBlock || closes) position++
    else if ((character === '"' || character === "'") && text[position - 1] !== '\\')
      quote = quote === '' ? character : quote === character ? '' : quote
  }
  endWord(text.length)
  if (quote !== '') return `the quote ${quote} is never closed`
  const block = (['{{', '{%', '{#'] as const).find((pair) => open[pair] > 0)
  return block === undefined ? words : `${block} is never closed`
}

const CLOSING: Readonly<Record<string, '{{' | '{%' | '{#' | undefined>> = { '}}': '{{', '%}': '{%', '#}': '{#' }

export interface KeyValue {
  readonly key: string
  readonly value: string
}

/** `key="a value"` → its parts without the quotes; undefined for a word without `=`. `\=` is not a separator. */
export function splitKeyValue(word: string): KeyValue | undefined {
  const text = decodeEscapes(word)
  const equals = /(?!^)(?<!\\)=/.exec(text)?.index
  if (equals === undefined) return undefined
  return { key: text.slice(0, equals).trim(), value: unquote(text.slice(equals + 1).trim()) }
}

export function unquote(text: string): string {
  const quote = text.charAt(0)
  const quoted = text.length > 1 && (quote === '"' || quote === "'") && text.endsWith(quote) && text.at(-2) !== '\\'
  return quoted ? text.slice(1, -1) : text
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

function decodeEscapes(text: string): string {
  return text.replace(
    /\\(?:U([\da-fA-F]{8})|u([\da-fA-F]{4})|x([\da-fA-F]{2})|([\\'"abfnrtv]))/g,
    (whole: string, long?: string, u?: string, x?: string, single?: string) => {
      const hex = long ?? u ?? x
      if (hex !== undefined) return parseInt(hex, 16) <= 0x10ffff ? String.fromCodePoint(parseInt(hex, 16)) : whole
      return ESCAPES[single ?? ''] ?? single ?? whole
    },
  )
}
