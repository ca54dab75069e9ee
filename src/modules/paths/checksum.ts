import { basename } from 'node:path/posix'
import { UserError } from '../../errors.ts'
import { digest } from './content.ts'

/** The digests that node and the host's `…sum` commands both know. */
export const algorithms = ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512'] as const
export type Algorithm = (typeof algorithms)[number]

export interface Checksum {
  readonly algorithm: Algorithm
  readonly hex: string
}

const digits: Readonly<Record<Algorithm, number>> = {
  md5: 32,
  sha1: 40,
  sha224: 56,
  sha256: 64,
  sha384: 96,
  sha512: 128,
}

/** `sha256:HEX` or `sha256:URL`, split; undefined where it is neither. As in Ansible, other signs in HEX do not count. */
export function readChecksum(written: string): { algorithm: Algorithm; rest: string } | undefined {
  const [, name, rest = ''] = /^([a-z0-9]+):(.+)$/i.exec(written.trim()) ?? []
  const algorithm = algorithms.find((known) => known === name?.toLowerCase())
  if (algorithm === undefined) return undefined
  if (/^https?:/.test(rest)) return { algorithm, rest }
  const hex = rest.replace(/\W/g, '').toLowerCase()
  return /^[0-9a-f]+$/.test(hex) && hex.length === digits[algorithm] ? { algorithm, rest: hex } : undefined
}

/** The file name in an address, as Ansible finds it. */
export const urlName = (url: string): string => basename(new URL(url).pathname) || 'index.html'

/** The digest that a list of checksums (`HEX  NAME` lines, or one HEX alone) gives for a name. */
export function listedChecksum(list: string, name: string): string | undefined {
  const rows = list.split('\n').map((line) => line.trimEnd())
  const filled = rows.filter((row) => row !== '')
  const [first = ''] = filled
  if (filled.length === 1 && !/\s/.test(first)) return first.toLowerCase()
  for (const row of filled) {
    const [, hex, file = ''] = /^(\S+) [ *]?(.*)$/.exec(row) ?? []
    if (hex !== undefined && file.replace(/^[./]+/, '') === name) return hex.toLowerCase()
  }
  return undefined
}

/** Throws UserError when the bytes are others than promised. */
export function verify(bytes: Buffer, { algorithm, hex }: Checksum, what: string): void {
  const found = digest(bytes, algorithm)
  if (found !== hex) throw new UserError(`${what} has the ${algorithm} ${found}, not the ${hex} in checksum`)
}
