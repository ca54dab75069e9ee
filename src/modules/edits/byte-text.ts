import { highBytes } from '../../template/regex/translate.ts'

/**
 * Bytes as a text of one character each: ASCII as itself, the others as characters that mean nothing to a regular
 * expression but themselves. Patterns of bytes search in it, and every byte of a file survives.
 */
export function byteText(bytes: Buffer | string): string {
  const buffer = typeof bytes === 'string' ? Buffer.from(bytes) : bytes
  return buffer
    .toString('latin1')
    .replace(/[\x80-\xff]/g, (char) => String.fromCharCode(highBytes + char.charCodeAt(0)))
}

export function bytesOf(text: string): Buffer {
  const low = text.replace(/[\uf780-\uf7ff]/g, (char) => String.fromCharCode(char.charCodeAt(0) - highBytes))
  return Buffer.from(low, 'latin1')
}

/** Lines with their ends, as Python's readlines makes them of bytes. */
export const linesOf = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? []

export const withoutEnd = (line: string): string => line.replace(/[\r\n]+$/, '')
