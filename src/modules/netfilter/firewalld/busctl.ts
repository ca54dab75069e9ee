/** What comes over the bus, as far as firewalld's settings have it. */
export type BusValue = string | number | boolean | readonly BusValue[] | { readonly [key: string]: BusValue }

/**
 * Reads one line of `busctl call`: the signature, then the values: `a{sv} 1 "target" s "default"`. (It has JSON only
 * from systemd 240 on.) undefined where that is not what it is.
 */
export function readBus(line: string): BusValue | undefined {
  const words = [...line.matchAll(/"((?:[^"\\]|\\.)*)"|(\S+)/g)].map(([, text, word]) => ({ text, word }))
  let at = 0
  const bare = (): string => {
    const word = words[at++]?.word
    if (word === undefined) throw new SyntaxError(line)
    return word
  }
  const quoted = (): string => {
    const text = words[at++]?.text
    if (text === undefined) throw new SyntaxError(line)
    return unescaped(text)
  }
  const read = (signature: string): BusValue => {
    const [kind = '', ...rest] = signature
    if (kind === 's' || kind === 'o') return quoted()
    if (kind === 'b') return bare() === 'true'
    if (kind === 'v') return read(bare())
    if (kind === 'a') {
      const entry = rest.join('')
      const items = Array.from({ length: Number(bare()) })
      if (!entry.startsWith('{')) return items.map(() => read(entry))
      return Object.fromEntries(items.map(() => [quoted(), read(entry.slice(2, -1))] as const))
    }
    if (kind === '(') return types(signature.slice(1, -1)).map(read)
    return Number(bare())
  }
  try {
    return read(bare())
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}

/** The complete types of a structure's fields: `sa(ss)i` is three. */
function types(signature: string): string[] {
  const found: string[] = []
  let depth = 0
  let type = ''
  for (const letter of signature) {
    type += letter
    depth += Number('({'.includes(letter)) - Number(')}'.includes(letter))
    if (depth > 0 || letter === 'a') continue
    found.push(type)
    type = ''
  }
  return found
}

/** systemd escapes as C does: bytes beyond ASCII in octal. */
function unescaped(text: string): string {
  const named: Readonly<Record<string, string | undefined>> = {
    n: '\n',
    t: '\t',
    r: '\r',
    a: '\x07',
    b: '\b',
    f: '\f',
    v: '\v',
  }
  const escapes = /\\(?:([0-7]{3})|x([0-9a-f]{2})|(.))/g
  const bytes = text.replace(escapes, (_, octal?: string, hex?: string, letter: string = '') => {
    if (octal !== undefined) return String.fromCharCode(parseInt(octal, 8))
    return hex === undefined ? (named[letter] ?? letter) : String.fromCharCode(parseInt(hex, 16))
  })
  return /[^\0-\x7f]/.test(text) ? bytes : Buffer.from(bytes, 'latin1').toString()
}
