import { createHmac, randomBytes } from 'node:crypto'
import { matchesHost } from '../../transport/known-hosts.ts'

export interface KnownHostLine {
  /** `@cert-authority` or `@revoked`. */
  readonly marker: string | undefined
  readonly hosts: string
  readonly type: string
  readonly key: string
}

export function parseKnownHost(line: string): KnownHostLine | undefined {
  const words = line.trim().split(/\s+/)
  const marker = words[0]?.startsWith('@') ? words.shift() : undefined
  const [hosts, type, key] = words
  if (hosts === undefined || hosts.startsWith('#') || type === undefined || key === undefined) return undefined
  return { marker, hosts, type, key }
}

/** The key's line with a host nobody can read in it: OpenSSH's HMAC with a salt. */
export function hashedLine(host: string, line: string, salt = randomBytes(20)): string {
  const words = line.trim().split(/\s+/)
  const hash = createHmac('sha1', salt).update(host).digest('base64')
  return words.with(words[0]?.startsWith('@') ? 1 : 0, `|1|${salt.toString('base64')}|${hash}`).join(' ')
}

export interface KnownHostsWish {
  readonly host: string
  /** Undefined, with absent: every key of the host goes. */
  readonly line: string | undefined
  readonly state: 'present' | 'absent'
}

/** The file with the host's key of this type put in, replaced or taken out; the same text where that is how it is. */
export function editKnownHosts({ host, line, state }: KnownHostsWish, before: string): string {
  const rows = before.match(/[^\n]*\n|[^\n]+$/g) ?? []
  const own = rows
    .map((row, index) => ({ index, parsed: parseKnownHost(row) }))
    .filter(({ parsed }) => parsed && matchesHost(parsed.hosts, host))
  const wished = line === undefined ? undefined : parseKnownHost(line)
  if (!wished || line === undefined) {
    const gone = new Set(own.filter(({ parsed }) => parsed?.marker === undefined).map(({ index }) => index))
    return rows.filter((_row, index) => !gone.has(index)).join('')
  }
  const first = own.find(({ parsed }) => parsed && (same(parsed, wished) || parsed.type === wished.type))
  if (state === 'absent') return first ? rows.toSpliced(first.index, 1).join('') : before
  if (first?.parsed && same(first.parsed, wished)) return before
  const kept = (first ? rows.toSpliced(first.index, 1) : rows).join('')
  return `${kept}${kept === '' || kept.endsWith('\n') ? '' : '\n'}${line}\n`
}

/** The same key for the same names; how a name was hashed does not count. */
function same(a: KnownHostLine, b: KnownHostLine): boolean {
  const hashed = a.hosts.startsWith('|1|') && b.hosts.startsWith('|1|')
  return a.marker === b.marker && a.type === b.type && a.key === b.key && (hashed || a.hosts === b.hosts)
}
