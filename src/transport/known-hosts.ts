import { createHash, createHmac, randomBytes } from 'node:crypto'
import { matchesAny } from './patterns.ts'

/** One line of a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
export interface KnownHost {
  readonly marker: 'revoked' | 'cert-authority' | undefined
  /** The first field as it stands: patterns separated by commas, or one hashed name `|1|salt|hash`. */
  readonly hosts: string
  readonly keyType: string
  /** The public key in base64, without padding differences: the text after the type. */
  readonly key: string
  readonly file: string
  /** Counted from 1. */
  readonly line: number
}

export type HostKeyVerdict =
  | { readonly kind: 'known'; readonly entry: KnownHost }
  | { readonly kind: 'unknown' }
  | { readonly kind: 'revoked'; readonly entry: KnownHost }
  /** Other keys are known for this name, this one is not. `entries` is never empty. */
  | { readonly kind: 'changed'; readonly entries: readonly KnownHost[] }
  /** Only an authority is known for this name, and what the server showed is not a certificate of it. */
  | { readonly kind: 'authority-only'; readonly entry: KnownHost }

/**
 * Reads the lines of a known_hosts file. Lines that OpenSSH would not understand are left out, as it does:
 * the file belongs to the person, and one bad line must not make every other host unreachable.
 */
export function parseKnownHosts(text: string, file: string): KnownHost[] {
  return text.split('\n').flatMap((line, index) => parseLine(line, file, index + 1) ?? [])
}

function parseLine(text: string, file: string, line: number): KnownHost | undefined {
  const fields = text.split(/[ \t\r]+/).filter((field) => field !== '')
  const first = fields[0]
  if (first === undefined || first.startsWith('#')) return undefined
  const marker = first === '@revoked' ? 'revoked' : first === '@cert-authority' ? 'cert-authority' : undefined
  if (first.startsWith('@') && marker === undefined) return undefined
  const [hosts, keyType, key] = marker === undefined ? fields : fields.slice(1)
  if (hosts === undefined || keyType === undefined || key === undefined) return undefined
  // The type inside the key is what counts; a line whose two types differ proves nothing.
  return keyTypeOf(Buffer.from(key, 'base64')) === keyType ? { marker, hosts, keyType, key, file, line } : undefined
}

/** The algorithm name at the head of a public key in SSH wire format; `undefined` when it is not one. */
export function keyTypeOf(key: Buffer): string | undefined {
  if (key.length < 4) return undefined
  const length = key.readUInt32BE(0)
  return length > 0 && length <= key.length - 4 ? key.toString('latin1', 4, 4 + length) : undefined
}

/** The name under which a host is recorded: lower case, with brackets when the port is not 22. */
export function knownHostName(host: string, port: number): string {
  const name = host.toLowerCase()
  return port === 22 ? name : `[${name}]:${port}`
}

/** Does the first field of a line name this host? `name` comes from `knownHostName`. */
export function matchesHost(hosts: string, name: string): boolean {
  if (hosts.startsWith('|')) return matchesHash(hosts, name)
  return matchesAny(hosts.toLowerCase().split(','), name)
}

/** A name that only those recognize who know it, as `ssh-keygen -H` writes it. */
export function hashedName(name: string): string {
  const salt = randomBytes(20)
  return `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update(name).digest('base64')}`
}

function matchesHash(hosts: string, name: string): boolean {
  const [empty, version, salt, hash] = hosts.split('|')
  if (empty !== '' || version !== '1' || salt === undefined || hash === undefined) return false
  return createHmac('sha1', Buffer.from(salt, 'base64')).update(name).digest('base64') === hash
}

/** What the lines that match a host (`matches`) say about the key that the server showed. */
export function judgeHostKey(matches: readonly KnownHost[], key: Buffer): HostKeyVerdict {
  const shown = key.toString('base64')
  const same = (entry: KnownHost) => Buffer.from(entry.key, 'base64').toString('base64') === shown
  const revoked = matches.find((entry) => entry.marker === 'revoked' && same(entry))
  if (revoked) return { kind: 'revoked', entry: revoked }
  const plain = matches.filter((entry) => entry.marker === undefined)
  const known = plain.find(same)
  if (known) return { kind: 'known', entry: known }
  // A key of another type than the recorded ones counts as changed too: the recorded types were asked for first,
  // so an honest host would have shown one of them, and an impostor only has to "lack" them.
  if (plain.length > 0) return { kind: 'changed', entries: plain }
  const authority = matches.find((entry) => entry.marker === 'cert-authority')
  return authority ? { kind: 'authority-only', entry: authority } : { kind: 'unknown' }
}

/** A key's fingerprint as OpenSSH shows it: `SHA256:` and base64 without padding. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash('sha256').update(key).digest('base64').replace(/=+$/, '')}`
}

/** `ED25519`, `ECDSA`, `RSA`, …: the short word that OpenSSH uses for a key type. */
export function keyTypeLabel(keyType: string): string {
  if (keyType === 'ssh-ed25519') return 'ED25519'
  if (keyType.startsWith('ecdsa-')) return 'ECDSA'
  return keyType === 'ssh-rsa' || keyType.startsWith('rsa-') ? 'RSA' : keyType
}
