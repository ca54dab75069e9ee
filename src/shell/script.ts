/** A module of one's own may come with another copy of this class; no data has a symbol for a key. */
const mark = Symbol.for('sallyport.script')

/**
 * The only way a value reaches a shell: the `sh` tag quotes every interpolated string, so no caller can
 * forget to. Only another Script goes in as it is. Values are refused when they hold a NUL byte, which no
 * shell can carry.
 */
export class Script {
  readonly text: string
  constructor(text: string) {
    this.text = text
    Object.defineProperty(this, mark, { value: true })
  }

  static [Symbol.hasInstance](value: unknown): boolean {
    return typeof value === 'object' && value !== null && mark in value
  }
}

type Part = string | number | Script

/** One POSIX word whose value is exactly `value`, in dash, bash and busybox ash alike. */
export function quote(value: string): string {
  if (value.includes('\0')) throw new NulError()
  if (/^[A-Za-z0-9_/.:,@%+-]+$/.test(value)) return value
  return `'${value.replaceAll("'", `'\\''`)}'`
}

/** A value with a NUL byte in it: refused, since a shell would cut it there without a word. */
export class NulError extends Error {
  constructor() {
    super('a value with a NUL byte cannot be passed to a shell')
    this.name = 'NulError'
  }
}

function word(part: Part): string {
  if (part instanceof Script) return part.text
  return quote(String(part))
}

/** Shell source with every interpolated string quoted as one word, and every list as that many words. */
export function sh(strings: TemplateStringsArray, ...values: readonly (Part | readonly Part[])[]): Script {
  let text = strings[0] ?? ''
  values.forEach((value, index) => {
    text += Array.isArray(value) ? value.map(word).join(' ') : word(value as Part)
    text += strings[index + 1] ?? ''
  })
  return new Script(text)
}

/** Scripts one after the other, a line each. */
export function lines(...scripts: readonly Script[]): Script {
  return new Script(scripts.map((script) => script.text).join('\n'))
}

/** Nothing to do, as a script. */
export const nothing = new Script(':')
