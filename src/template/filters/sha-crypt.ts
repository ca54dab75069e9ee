import { createHash, randomInt } from 'node:crypto'
import { Fault } from '../errors.ts'

// Unix crypt with SHA-256 ($5$) and SHA-512 ($6$), after Ulrich Drepper's specification.

export type CryptType = 'sha256' | 'sha512'

const alphabet = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** Rounds as Ansible asks for where nobody says otherwise. */
const usualRounds: Readonly<Record<CryptType, number>> = { sha256: 535_000, sha512: 656_000 }

/** The rounds that a hash without a `rounds=` part stands for. */
const impliedRounds = 5000

/** A password's hash for /etc/shadow; without a salt with a random one. */
export function shaCrypt(password: string, type: CryptType, salt = randomSalt(), rounds = usualRounds[type]): string {
  if (!/^[./\dA-Za-z]{1,16}$/.test(salt))
    throw new Fault('a salt has 1 to 16 letters, digits, dots and slashes', `this one has ${salt.length} characters`)
  if (!Number.isInteger(rounds) || rounds < 1000 || rounds > 999_999_999)
    throw new Fault('rounds must be a whole number from 1000 to 999999999')
  const key = [type, rounds, salt, password].join('\0')
  const known = made.get(key)
  if (known !== undefined) return known
  const digest = crypt(Buffer.from(password, 'utf8'), Buffer.from(salt), type, rounds)
  const prefix = type === 'sha512' ? '$6$' : '$5$'
  const text = `${prefix}${rounds === impliedRounds ? '' : `rounds=${rounds}$`}${salt}$${encode(digest, type)}`
  if (made.size >= 100) made.clear()
  made.set(key, text)
  return text
}

/** Hashes made in this run: one takes seconds, and a play renders the same one for every host. */
const made = new Map<string, string>()

export function randomSalt(): string {
  return Array.from({ length: 16 }, () => alphabet[randomInt(alphabet.length)] ?? '').join('')
}

function crypt(password: Buffer, salt: Buffer, type: CryptType, rounds: number): Buffer {
  const hash = (...parts: readonly Buffer[]): Buffer => {
    const running = createHash(type)
    for (const part of parts) running.update(part)
    return running.digest()
  }
  /** As many bytes as wanted, the digest over and over. */
  const stretch = (digest: Buffer, length: number): Buffer => Buffer.alloc(length, digest)

  const alternate = hash(password, salt, password)
  const bits: Buffer[] = []
  for (let left = password.length; left > 0; left >>= 1) bits.push((left & 1) === 1 ? alternate : password)
  let digest = hash(password, salt, stretch(alternate, password.length), ...bits)

  const repeatedPassword = hash(...Array.from({ length: password.length }, () => password))
  const passwordBytes = stretch(repeatedPassword, password.length)
  const repeatedSalt = hash(...Array.from({ length: 16 + (digest[0] ?? 0) }, () => salt))
  const saltBytes = stretch(repeatedSalt, salt.length)
  for (let round = 0; round < rounds; round++) {
    const odd = (round & 1) === 1
    const parts = [odd ? passwordBytes : digest]
    if (round % 3 !== 0) parts.push(saltBytes)
    if (round % 7 !== 0) parts.push(passwordBytes)
    parts.push(odd ? digest : passwordBytes)
    digest = hash(Buffer.concat(parts))
  }
  return digest
}

/** The digest in crypt's own base 64: three bytes at a time, taken a third of the digest apart and rotating. */
function encode(digest: Buffer, type: CryptType): string {
  const third = Math.floor(digest.length / 3)
  const byte = (index: number): number => digest[index] ?? 0
  let text = ''
  const put = (value: number, characters: number): void => {
    for (let left = value, count = 0; count < characters; count++, left >>>= 6) text += alphabet[left & 63] ?? ''
  }
  let triple: [number, number, number] = [0, third, 2 * third]
  for (let count = 0; count < third; count++) {
    const [high, middle, low] = triple
    put((byte(high) << 16) | (byte(middle) << 8) | byte(low), 4)
    // SHA-512 rotates the order to the left at each step, SHA-256 to the right.
    triple = type === 'sha512' ? [middle + 1, low + 1, high + 1] : [low + 1, high + 1, middle + 1]
  }
  if (type === 'sha512') put(byte(63), 2)
  else put((byte(31) << 8) | byte(30), 3)
  return text
}
