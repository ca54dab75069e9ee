import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { Script, sh } from '../../shell/script.ts'
import type { Change } from '../define.ts'
import type { Checksum } from './checksum.ts'

/** What a file is to hold. */
export interface Content {
  /** The bytes, or a command on the host that prints them. */
  readonly from: Buffer | Script
  /** Undefined where nobody knows before it is written. */
  readonly sha256: string | undefined
  /** Undefined for what is not text, or too long to be shown. */
  readonly text: string | undefined
  /** Another digest that what arrives must have. */
  readonly sum?: Checksum | undefined
}

/** Longer texts are not fetched for a diff, in bytes. */
export const diffLimit = 100 * 1024

/** `sha256 FILE` prints the digest first. */
export const digestFunction = new Script(
  `sha256() { { sha256sum <"$1" || openssl dgst -sha256 -r <"$1"; } 2>/dev/null; }`,
)

/** Literals above this many bytes make bash slow (2 s for 5 MB): those contents are uploaded instead. */
export const literalLimit = 128 * 1024

export function digest(bytes: Buffer, algorithm = 'sha256'): string {
  return createHash(algorithm).update(bytes).digest('hex')
}

export function contentOf(bytes: Buffer): Content {
  return { from: bytes, sha256: digest(bytes), text: bytes.length > diffLimit ? undefined : plainText(bytes) }
}

const plainText = (bytes: Buffer): string | undefined =>
  isUtf8(bytes) && !bytes.includes(0) ? bytes.toString() : undefined

/**
 * A command that prints exactly these bytes, by the builtin printf: no process shows them in its arguments, no
 * temporary file holds them. `undefined` for what is too long for that.
 */
export function printScript(bytes: Buffer): Script | undefined {
  if (bytes.length > literalLimit) return undefined
  const text = plainText(bytes)
  if (text !== undefined) return sh`printf %s ${text}`
  const escaped = Array.from(bytes, escapeByte).join('')
  return escaped.length > literalLimit ? undefined : sh`printf ${escaped}`
}

/** A byte inside a printf format: three octal digits always, so that a digit after it is not taken as its own. */
function escapeByte(byte: number): string {
  const plain = byte >= 0x20 && byte < 0x7f && byte !== 0x25 && byte !== 0x5c && byte !== 0x2d
  return plain ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`
}

/** The change from a file's present text (`undefined`: not known, or no text) to a content. */
export function contentChange(
  what: string,
  name: string,
  before: string | undefined,
  { text: after }: Content,
): Change {
  if (before === undefined || after === undefined || /[\0\uFFFD]/.test(before)) return { what: `${what} (no diff)` }
  return { what, diff: { name, before, after } }
}
