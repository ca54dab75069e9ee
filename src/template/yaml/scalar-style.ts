/** How a string may be written in YAML 1.1, found by looking at its characters (the rules PyYAML applies). */
export interface Analysis {
  readonly multiline: boolean
  readonly plainInFlow: boolean
  readonly plainInBlock: boolean
  readonly singleQuoted: boolean
}

const breaks = '\n\x85\u2028\u2029'
const blanks = `\0 \t\r${breaks}`

export function analyse(text: string): Analysis {
  if (text === '') return { multiline: false, plainInFlow: false, plainInBlock: true, singleQuoted: true }
  const characters = Array.from(text)
  const last = characters.length - 1
  let flowIndicator = /^(?:---|\.\.\.)/.test(text)
  let blockIndicator = flowIndicator
  let [multiline, special, spaceBreak, breakSpace] = [false, false, false, false]
  for (const [index, character] of characters.entries()) {
    const before = characters[index - 1]
    const after = characters[index + 1]
    const spaceAfter = after === undefined || blanks.includes(after)
    const spaceBefore = before === undefined || blanks.includes(before)
    if (index === 0) {
      if ('#,[]{}&*!|>\'"%@`'.includes(character)) flowIndicator = blockIndicator = true
      if (character === '?' || character === ':') {
        flowIndicator = true
        blockIndicator ||= spaceAfter
      }
      if (character === '-' && spaceAfter) flowIndicator = blockIndicator = true
    } else {
      if (',?[]{}'.includes(character)) flowIndicator = true
      if (character === ':') {
        flowIndicator = true
        blockIndicator ||= spaceAfter
      }
      if (character === '#' && spaceBefore) flowIndicator = blockIndicator = true
    }
    const isBreak = breaks.includes(character)
    multiline ||= isBreak
    special ||= !isPrintable(character)
    if (before !== undefined) {
      breakSpace ||= character === ' ' && breaks.includes(before)
      spaceBreak ||= isBreak && before === ' '
    }
  }
  const blankEdge = /^[ \n\x85\u2028\u2029]|[ \n\x85\u2028\u2029]$/u.test(text)
  const plain = !blankEdge && !breakSpace && !spaceBreak && !special && !multiline
  return {
    multiline,
    plainInFlow: plain && !flowIndicator,
    plainInBlock: plain && !blockIndicator,
    singleQuoted: !breakSpace && !spaceBreak && !special && last >= 0,
  }
}

/** What libyaml writes as it is; it escapes all beyond the basic plane. */
function isPrintable(character: string): boolean {
  return /^[\n\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd]$/u.test(character)
}

const typed: readonly RegExp[] = [
  /^(?:yes|Yes|YES|no|No|NO|true|True|TRUE|false|False|FALSE|on|On|ON|off|Off|OFF)$/,
  /^(?:[-+]?\d[\d_]*\.[\d_]*(?:[eE][-+]\d+)?|\.\d[\d_]*(?:[eE][-+]\d+)?|[-+]?\d[\d_]*(?::[0-5]?\d)+\.[\d_]*|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/,
  /^(?:[-+]?0b[01_]+|[-+]?0[0-7_]+|[-+]?(?:0|[1-9][\d_]*)|[-+]?0x[\da-fA-F_]+|[-+]?[1-9][\d_]*(?::[0-5]?\d)+)$/,
  /^(?:<<|=|~|null|Null|NULL|)$/,
  /^\d{4}-\d\d-\d\d$|^\d{4}-\d\d?-\d\d?(?:[Tt]|[ \t]+)\d\d?:\d\d:\d\d(?:\.\d*)?(?:[ \t]*(?:Z|[-+]\d\d?(?::\d\d)?))?$/,
]

/** Whether a plain scalar of this text would be read as something other than a string. */
export function readsAsOther(text: string): boolean {
  return typed.some((rule) => rule.test(text))
}
