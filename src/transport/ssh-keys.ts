import { createPrivateKey, type KeyObject, sign } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import type { ParsedKey } from 'ssh2'
import { fingerprint, keyTypeLabel } from './known-hosts.ts'
import { Unreachable } from './transport.ts'

/** What a key file turned out to hold. */
export type KeyFile =
  | { readonly kind: 'private'; readonly key: ParsedKey }
  /** Only the public half: the agent must have the other one. */
  | { readonly kind: 'public'; readonly key: ParsedKey }
  /** Encrypted; `publicKey` is there when the format shows it without the passphrase. */
  | { readonly kind: 'locked'; readonly publicKey: ParsedKey | undefined; readonly text: string }

/** ssh2's parser, handed in because the package is loaded only when the first SSH connection is made. */
export type ParseKey = (data: string | Buffer, passphrase?: string) => ParsedKey | ParsedKey[] | Error

/**
 * Reads a key file of any format that OpenSSH reads, and PKCS#8.
 * @throws Unreachable when it is missing, unreadable, open to others, or no key
 */
export async function readKeyFile(file: string, parse: ParseKey): Promise<KeyFile> {
  const text = await readGuarded(file)
  const key = parseAny(text, parse)
  if (!(key instanceof Error)) {
    return key.isPrivateKey() ? { kind: 'private', key: readyToSign(key) } : { kind: 'public', key }
  }
  if (isHardwareKey(text)) {
    throw new Unreachable(
      'login',
      `the built-in client cannot use ${file}, whose key is in a FIDO device`,
      'ansible_connection: openssh can; or load it into an agent and name its .pub file',
    )
  }
  if (!isEncrypted(text, key)) throw new Unreachable('login', `${file} is not a private key: ${key.message}`)
  const publicKey = embeddedPublicKey(text, parse) ?? (await siblingPublicKey(file, parse))
  return { kind: 'locked', publicKey, text }
}

/** Decrypts a locked key. @throws Unreachable when the passphrase is wrong */
export function unlockKey(file: string, text: string, passphrase: string, parse: ParseKey): ParsedKey {
  const key = parseAny(text, parse, passphrase)
  if (!(key instanceof Error) && key.isPrivateKey()) return readyToSign(key)
  throw new Unreachable('login', `the passphrase for ${file} is wrong`, 'run it again and type the right one')
}

/** `ED25519 SHA256:…` */
export function describeKey(key: ParsedKey): string {
  return `${keyTypeLabel(key.type)} ${fingerprint(key.getPublicSSH())}`
}

/** ssh2 parses the key's PEM text for every signature, which takes ten times as long as signing with Ed25519. */
function readyToSign(key: ParsedKey): ParsedKey {
  const secret = createPrivateKey(key.getPrivatePEM())
  const usual = usualHash[key.type]
  key.sign = (data, hash = usual) => sign(hash, Buffer.from(data), secret)
  return key
}

const usualHash: Readonly<Record<string, string>> = {
  'ssh-rsa': 'sha1',
  'ecdsa-sha2-nistp256': 'sha256',
  'ecdsa-sha2-nistp384': 'sha384',
  'ecdsa-sha2-nistp521': 'sha512',
}

/** OpenSSH's format names the type of its key in plain. */
const isHardwareKey = (text: string): boolean => /sk-(ssh|ecdsa)-/.test(opensshBlob(text)?.toString('latin1') ?? '')

function opensshBlob(text: string): Buffer | undefined {
  const body = /-----BEGIN OPENSSH PRIVATE KEY-----([\s\S]*?)-----END/.exec(text)?.[1]
  return body === undefined ? undefined : Buffer.from(body, 'base64')
}

async function readGuarded(file: string): Promise<string> {
  try {
    const { mode, uid } = await stat(file)
    const text = await readFile(file, 'utf8')
    // OpenSSH's rule, and its exception: what belongs to another user is that user's business.
    if (/PRIVATE KEY/.test(text) && uid === process.getuid?.() && (mode & 0o077) !== 0) {
      const octal = (mode & 0o777).toString(8).padStart(4, '0')
      throw new Unreachable('login', `the key file ${file} is open to others (mode ${octal})`, `chmod 600 ${file}`)
    }
    return text
  } catch (error) {
    if (error instanceof Unreachable) throw error
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'ENOENT') throw new Unreachable('login', `the key file ${file} does not exist`, 'correct its path')
    throw new Unreachable('login', `the key file ${file} cannot be read (${String(code ?? error)})`)
  }
}

function parseAny(text: string, parse: ParseKey, passphrase?: string): ParsedKey | Error {
  // ssh2 knows OpenSSH's format and the old PEM ones; PKCS#8 goes through Node's parser.
  if (/-----BEGIN (ENCRYPTED )?PRIVATE KEY-----/.test(text)) return parsePkcs8(text, parse, passphrase)
  const parsed = parse(text, passphrase)
  return Array.isArray(parsed) ? (parsed[0] ?? new Error('it holds no key')) : parsed
}

function parsePkcs8(text: string, parse: ParseKey, passphrase: string | undefined): ParsedKey | Error {
  try {
    const key = createPrivateKey({ key: text, format: 'pem', ...(passphrase === undefined ? {} : { passphrase }) })
    const parsed = parse(toClassicFormat(key))
    return Array.isArray(parsed) ? (parsed[0] ?? new Error('it holds no key')) : parsed
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}

function toClassicFormat(key: KeyObject): string | Buffer {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return key.export({ type: 'pkcs1', format: 'pem' })
    case 'ec':
      return key.export({ type: 'sec1', format: 'pem' })
    case 'ed25519':
      return opensshEd25519(key)
    default:
      throw new Error(`keys of type ${key.asymmetricKeyType} are not for SSH`)
  }
}

/** Ed25519 has no classic PEM format: OpenSSH's own (PROTOCOL.key), without encryption. */
function opensshEd25519(key: KeyObject): string {
  const { d, x } = key.export({ format: 'jwk' })
  if (d === undefined || x === undefined) throw new Error('it holds no Ed25519 key')
  const publicPart = Buffer.from(x, 'base64url')
  const privatePart = Buffer.concat([Buffer.from(d, 'base64url'), publicPart])
  const publicBlob = Buffer.concat([field('ssh-ed25519'), field(publicPart)])
  const check = Buffer.alloc(8)
  const secret = Buffer.concat([check, field('ssh-ed25519'), field(publicPart), field(privatePart), field('')])
  const padding = Buffer.from([1, 2, 3, 4, 5, 6, 7].slice(0, (8 - (secret.length % 8)) % 8))
  const blob = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    field('none'),
    field('none'),
    field(''),
    Buffer.from([0, 0, 0, 1]),
    field(publicBlob),
    field(Buffer.concat([secret, padding])),
  ])
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${blob.toString('base64')}\n-----END OPENSSH PRIVATE KEY-----\n`
}

function field(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value)
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}

function isEncrypted(text: string, error: Error): boolean {
  return (
    /BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: 4,ENCRYPTED/.test(text) ||
    /no passphrase given|encrypted/i.test(error.message)
  )
}

/** OpenSSH's format keeps the public key outside the encryption: the agent can be asked for it before a person is. */
function embeddedPublicKey(text: string, parse: ParseKey): ParsedKey | undefined {
  const blob = opensshBlob(text)
  if (blob === undefined) return undefined
  let at = 'openssh-key-v1\0'.length
  const next = (): Buffer => {
    const length = blob.readUInt32BE(at)
    const bytes = blob.subarray(at + 4, at + 4 + length)
    at += 4 + length
    return bytes
  }
  try {
    // Cipher, key derivation and its options, the number of keys; then the public key.
    next()
    next()
    next()
    at += 4
    return publicKeyOf(next(), parse)
  } catch {
    return undefined
  }
}

async function siblingPublicKey(file: string, parse: ParseKey): Promise<ParsedKey | undefined> {
  const text = await readFile(`${file}.pub`, 'utf8').catch(() => undefined)
  return text === undefined ? undefined : publicKeyOf(text, parse)
}

function publicKeyOf(data: string | Buffer, parse: ParseKey): ParsedKey | undefined {
  const parsed = parse(data)
  return parsed instanceof Error || Array.isArray(parsed) ? undefined : parsed
}
