import { TemplateSyntaxError } from './syntax-error.ts'

const simple: Readonly<Record<string, string>> = {
  '\n': '',
  '\\': '\\',
  "'": "'",
  '"': '"',
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}
const escape = /\\(?:([0-7]{1,3})|x([\da-fA-F]{0,2})|u([\da-fA-F]{0,4})|U([\da-fA-F]{0,8})|([^]))/g
const digits = { x: 2, u: 4, U: 8 }

/** A Python string literal's body with its escapes read; an unknown escape keeps its backslash. */
export function readEscapes(body: string, offset: number): string {
  if (!body.includes('\\')) return body
  return body.replace(
    escape,
    (
      whole: string,
      octal: string | undefined,
      hex: string | undefined,
      short: string | undefined,
      long: string | undefined,
      other: string | undefined,
      at: number,
    ) => {
      if (octal !== undefined) return String.fromCodePoint(parseInt(octal, 8))
      if (other !== undefined) return simple[other] ?? whole
      const kind = whole[1] as 'x' | 'u' | 'U'
      const code = hex ?? short ?? long ?? ''
      const value = parseInt(code, 16)
      if (code.length < digits[kind] || value > 0x10ffff)
        throw new TemplateSyntaxError(`truncated or illegal \\${kind} escape in a string`, offset + at)
      return String.fromCodePoint(value)
    },
  )
}
