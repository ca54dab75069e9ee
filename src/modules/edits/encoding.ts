import { isUtf8 } from 'node:buffer'

/** The encodings whose text `replace` can search, by the names people write. */
export const encodings: Readonly<Record<string, 'utf8' | 'latin1' | 'ascii'>> = {
  'utf-8': 'utf8',
  utf8: 'utf8',
  'latin-1': 'latin1',
  latin1: 'latin1',
  'iso-8859-1': 'latin1',
  ascii: 'ascii',
  'us-ascii': 'ascii',
}

export type Encoding = 'utf8' | 'latin1' | 'ascii'

/** Bytes that are no character become lone surrogates, as in Python's surrogateescape, and survive. */
export function decode(bytes: Buffer, encoding: Encoding): string {
  if (encoding === 'latin1') return bytes.toString('latin1')
  if (encoding === 'utf8' && isUtf8(bytes)) return bytes.toString('utf8')
  let text = ''
  for (let at = 0; at < bytes.length;) {
    const length = encoding === 'ascii' ? 1 : sequenceLength(bytes[at] ?? 0)
    const sequence = bytes.subarray(at, at + length)
    const whole = encoding === 'ascii' ? (bytes[at] ?? 0) < 0x80 : isUtf8(sequence)
    text += whole ? sequence.toString('utf8') : String.fromCharCode(0xdc00 + (bytes[at] ?? 0))
    at += whole ? sequence.length : 1
  }
  return text
}

const sequenceLength = (first: number): number => (first < 0xc0 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4)

/** The bytes of a text; the first character that the encoding has not where there is one. */
export function encode(text: string, encoding: Encoding): Buffer | string {
  const limit = { utf8: 0x10ffff, latin1: 0xff, ascii: 0x7f }[encoding]
  const parts: Buffer[] = []
  // Runs of characters between bytes that are none.
  for (const part of text.split(/([\udc80-\udcff])/u)) {
    const escaped = /^[\udc80-\udcff]$/u.test(part)
    const misfit = escaped ? undefined : [...part].find((char) => (char.codePointAt(0) ?? 0) > limit)
    if (misfit !== undefined) return misfit
    parts.push(escaped ? Buffer.from([part.charCodeAt(0) - 0xdc00]) : Buffer.from(part, encoding))
  }
  return Buffer.concat(parts)
}
