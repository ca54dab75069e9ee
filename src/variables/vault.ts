import { createCipheriv, createDecipheriv, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import { UserError } from '../errors.ts'
import type { Position } from '../source/position.ts'
import { formatEnvelope, parseEnvelope, VAULT_HEADER } from './vault-format.ts'
import type { Sealed } from './vault-format.ts'

/** A vault password under its name; `default` is the name of a password that was given none. */
export interface VaultSecret {
  readonly id: string
  readonly password: string | Buffer
}

interface Keys {
  readonly cipher: Buffer
  readonly hmac: Buffer
  readonly iv: Buffer
}

const ITERATIONS = 10_000
const BLOCK = 16
const derive = promisify(pbkdf2)

/** True for text that announces itself as a vault, of whatever version. */
export function isVault(text: string): boolean {
  return text.startsWith(VAULT_HEADER)
}

/**
 * Opens a vault (format 1.1 or 1.2). As in Ansible the vault id of the text only decides which password is tried
 * first: it is a name, not part of what is signed.
 * @param at where the ciphertext stands: line 1 of an encrypted file, or an inline value
 * @throws UserError when no password was given, none fits, or the text is damaged
 */
export async function decryptVault(text: string, secrets: readonly VaultSecret[], at?: Position): Promise<Buffer> {
  return (await openVault(text, secrets, at)).plain
}

export interface Opened {
  readonly plain: Buffer
  /** What seals it again as it was: the password that opened it, under the vault id of the text. */
  readonly secret: VaultSecret
}

/** Like `decryptVault`, and says with what. @throws UserError as that does */
export async function openVault(text: string, secrets: readonly VaultSecret[], at?: Position): Promise<Opened> {
  const sealed = parseEnvelope(text, at)
  if (secrets.length === 0)
    throw new UserError(`${named(at)} is encrypted and no vault password was given`, {
      at,
      hint: 'give it with --ask-vault-pass, --vault-password-file FILE or --vault-id NAME@FILE',
    })
  for (const secret of bestFirst(secrets, sealed.id)) {
    const plain = await open(sealed, secret)
    if (plain) return { plain, secret: { id: sealed.id, password: secret.password } }
  }
  const tried = secrets.map(({ id }) => `'${id}'`).join(', ')
  throw new UserError(
    `no vault password opens ${named(at)}, encrypted for the vault id '${sealed.id}' (tried: ${tried})`,
    { at, hint: 'check the password file, or name the right one with --vault-id' },
  )
}

/** Seals a text as `ansible-vault encrypt` does: format 1.2 when the secret has a name of its own, else 1.1. */
export async function encryptVault(plain: string | Buffer, secret: VaultSecret): Promise<string> {
  const salt = randomBytes(32)
  const keys = await keysFor(secret, salt)
  const cipher = createCipheriv('aes-256-ctr', keys.cipher, keys.iv)
  const ciphertext = Buffer.concat([cipher.update(padded(Buffer.from(plain))), cipher.final()])
  const hmac = createHmac('sha256', keys.hmac).update(ciphertext).digest()
  return formatEnvelope({ id: secret.id, salt, hmac, ciphertext })
}

function bestFirst(secrets: readonly VaultSecret[], id: string): readonly VaultSecret[] {
  return [...secrets.filter((secret) => secret.id === id), ...secrets.filter((secret) => secret.id !== id)]
}

async function open(sealed: Sealed, secret: VaultSecret): Promise<Buffer | undefined> {
  const keys = await keysFor(secret, sealed.salt)
  const hmac = createHmac('sha256', keys.hmac).update(sealed.ciphertext).digest()
  if (sealed.hmac.length !== hmac.length || !timingSafeEqual(hmac, sealed.hmac)) return undefined
  const decipher = createDecipheriv('aes-256-ctr', keys.cipher, keys.iv)
  return unpadded(Buffer.concat([decipher.update(sealed.ciphertext), decipher.final()]))
}

/**
 * Deriving takes about 10 ms, and one file may hold the same ciphertext as several values do. Keyed by the secret
 * itself, so that the keys are gone when the secret is.
 */
const derived = new WeakMap<VaultSecret, Map<string, Promise<Keys>>>()

function keysFor(secret: VaultSecret, salt: Buffer): Promise<Keys> {
  const bySalt = derived.get(secret) ?? new Map<string, Promise<Keys>>()
  derived.set(secret, bySalt)
  const name = salt.toString('hex')
  const known = bySalt.get(name)
  if (known) return known
  const keys = derive(secret.password, salt, ITERATIONS, 80, 'sha256').then((bytes) => ({
    cipher: bytes.subarray(0, 32),
    hmac: bytes.subarray(32, 64),
    iv: bytes.subarray(64, 80),
  }))
  bySalt.set(name, keys)
  return keys
}

/** PKCS#7, which the format asks for although counter mode needs no padding. */
function padded(plain: Buffer): Buffer {
  const length = BLOCK - (plain.length % BLOCK)
  return Buffer.concat([plain, Buffer.alloc(length, length)])
}

function unpadded(plain: Buffer): Buffer {
  return plain.subarray(0, plain.length - (plain.at(-1) ?? 0))
}

function named(at: Position | undefined): string {
  if (!at) return 'this value'
  return at.line === 1 && at.column === 1 ? at.file : `the value in ${at.file}`
}
