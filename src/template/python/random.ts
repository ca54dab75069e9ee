import { createHash, randomInt } from 'node:crypto'
import { Fault } from '../errors.ts'
import { itemsOf, numberOf, type PyValue, typeName } from '../values.ts'

/** A source of whole numbers from 0 up to, not including, a bound. */
export type RandomBelow = (bound: number) => number

/**
 * Without a seed, numbers nobody can guess. With one, exactly those of Python's `Random(seed)`: a minute that was
 * drawn by `60 | random(seed=inventory_hostname)` stays the same on every run, with either tool.
 */
export function randomBelow(seed: PyValue | undefined): RandomBelow {
  if (seed === undefined || seed === null) return (bound) => randomInt(bound)
  const next = mersenneTwister(seedWords(seed))
  return (bound) => {
    const bits = bound.toString(2).length
    for (;;) {
      // Python draws the low 32 bits first.
      const number = bits <= 32 ? next() >>> (32 - bits) : next() + (next() >>> (64 - bits)) * 2 ** 32
      if (number < bound) return number
    }
  }
}

/** Python's `random.shuffle`. */
export function shuffled(items: readonly PyValue[], below: RandomBelow): PyValue[] {
  const result = [...items]
  for (let index = result.length - 1; index > 0; index--) {
    const other = below(index + 1)
    const [a, b] = [result[index], result[other]]
    if (a !== undefined && b !== undefined) [result[index], result[other]] = [b, a]
  }
  return result
}

/** The 32-bit words of a seed, lowest first: a text's bytes followed by their SHA-512, or a whole number's. */
function seedWords(seed: PyValue): Uint32Array {
  let bytes: Buffer
  if (typeof seed === 'string') {
    const text = Buffer.from(seed, 'utf8')
    bytes = Buffer.concat([text, createHash('sha512').update(text).digest()])
  } else {
    const number = numberOf(seed)
    if (number === undefined || !Number.isSafeInteger(number) || itemsOf(seed) !== undefined)
      throw new Fault(`a seed must be text or a whole number, not ${typeName(seed)}`)
    const hex = Math.abs(number).toString(16)
    bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
  }
  let start = 0
  while (start < bytes.length - 1 && bytes[start] === 0) start++
  const significant = bytes.subarray(start)
  const words = new Uint32Array(Math.max(1, Math.ceil(significant.length / 4)))
  for (const [index, byte] of [...significant].reverse().entries())
    words[index >> 2] = (words[index >> 2] ?? 0) | (byte << ((index & 3) * 8))
  return words
}

const size = 624
const middle = 397

/** MT19937, seeded by an array as its authors define it; yields unsigned 32-bit numbers. */
function mersenneTwister(key: Uint32Array): () => number {
  const state = new Uint32Array(size)
  const at = (index: number): number => state[index] ?? 0
  const mix = (index: number, factor: number): number =>
    at(index) ^ Math.imul(at(index - 1) ^ (at(index - 1) >>> 30), factor)

  state[0] = 19650218
  for (let index = 1; index < size; index++)
    state[index] = Math.imul(1812433253, at(index - 1) ^ (at(index - 1) >>> 30)) + index
  let [index, word] = [1, 0]
  const advance = (): void => {
    index++
    if (index < size) return
    state[0] = at(size - 1)
    index = 1
  }
  for (let count = Math.max(size, key.length); count > 0; count--) {
    state[index] = mix(index, 1664525) + (key[word] ?? 0) + word
    advance()
    word = (word + 1) % key.length
  }
  for (let count = size - 1; count > 0; count--) {
    state[index] = mix(index, 1566083941) - index
    advance()
  }
  state[0] = 0x80000000

  let position = size
  return () => {
    if (position === size) {
      for (let i = 0; i < size; i++) {
        const y = (at(i) & 0x80000000) | (at((i + 1) % size) & 0x7fffffff)
        state[i] = at((i + middle) % size) ^ (y >>> 1) ^ ((y & 1) === 0 ? 0 : 0x9908b0df)
      }
      position = 0
    }
    let y = at(position++)
    y ^= y >>> 11
    y ^= (y << 7) & 0x9d2c5680
    y ^= (y << 15) & 0xefc60000
    y ^= y >>> 18
    return y >>> 0
  }
}
