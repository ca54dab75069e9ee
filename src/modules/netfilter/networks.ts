import { isIPv4, isIPv6 } from 'node:net'
import type { Family } from './intent.ts'

/** All addresses that begin like this one; a single address has all its bits as prefix. */
export interface Network {
  readonly family: Family
  /** In its canonical spelling (RFC 5952 for IPv6), without host bits. */
  readonly address: string
  readonly prefix: number
}

const width: Readonly<Record<Family, number>> = { ipv4: 32, ipv6: 128 }

/** `10.0.0.0/8`, `2001:db8::1`, …; a text says what is wrong. */
export function parseNetwork(text: string): Network | string {
  const [, address = '', length] = /^([0-9A-Fa-f.:]+)(?:\/(\d{1,3}))?$/.exec(text) ?? []
  const family: Family | undefined = isIPv4(address) ? 'ipv4' : isIPv6(address) ? 'ipv6' : undefined
  if (!family) return `"${text}" is neither an address, a network such as 10.0.0.0/8, nor a name among sets`
  const prefix = length === undefined ? width[family] : Number(length)
  if (prefix > width[family]) return `"${text}": the prefix is at most ${width[family]}`
  if (prefix === 0) return `"${text}" is every address: leave it out`
  const bits = toBits(family, address)
  const network = { family, address: toAddress(family, masked(family, bits, prefix)), prefix }
  return masked(family, bits, prefix) === bits
    ? network
    : `"${text}" has bits set behind its prefix: the network is ${networkText(network)}`
}

export const networkText = ({ family, address, prefix }: Network): string =>
  prefix === width[family] ? address : `${address}/${prefix}`

/** In order, without those that another one covers: nft takes no overlaps in one set. */
export function mergeNetworks(networks: readonly Network[]): Network[] {
  const bits = (network: Network) => toBits(network.family, network.address)
  const ordered = [...networks].sort(
    (a, b) => width[a.family] - width[b.family] || a.prefix - b.prefix || (bits(a) < bits(b) ? -1 : 1),
  )
  const kept: Network[] = []
  for (const network of ordered) {
    const covers = (wide: Network) =>
      wide.family === network.family && masked(wide.family, bits(network), wide.prefix) === bits(wide)
    if (!kept.some(covers)) kept.push(network)
  }
  return kept
}

const masked = (family: Family, bits: bigint, prefix: number): bigint => {
  const host = BigInt(width[family] - prefix)
  return (bits >> host) << host
}

function toBits(family: Family, address: string): bigint {
  if (family === 'ipv4') return address.split('.').reduce((bits, byte) => (bits << 8n) | BigInt(byte), 0n)
  const [head = '', tail] = canonical(address).split('::')
  const groups = (text = '') => (text === '' ? [] : text.split(':'))
  const left = groups(head)
  const right = groups(tail)
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0')
  return [...left, ...zeros, ...right].reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n)
}

function toAddress(family: Family, bits: bigint): string {
  if (family === 'ipv4') return [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 255n).join('.')
  const digits = bits.toString(16).padStart(32, '0')
  return canonical(digits.replace(/.{4}(?=.)/g, '$&:'))
}

/** URLs spell IPv6 addresses as RFC 5952 says. */
const canonical = (address: string): string => new URL(`http://[${address}]`).hostname.slice(1, -1)
