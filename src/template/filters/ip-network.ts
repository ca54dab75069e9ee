import { isIPv4, isIPv6 } from 'node:net'

/** An address with the network around it; a lone address is a network of one. */
export interface IpNetwork {
  readonly version: 4 | 6
  readonly bits: bigint
  readonly prefix: number
}

const width = (version: 4 | 6): number => (version === 4 ? 32 : 128)

/** `192.0.2.1`, `192.0.2.0/24`, `192.0.2.0/255.255.255.0`, `2001:db8::/32`; undefined for anything else. */
export function parseIp(text: string): IpNetwork | undefined {
  const [address = '', mask, ...rest] = text.split('/')
  const version = isIPv4(address) ? 4 : isIPv6(address) && !address.includes('%') ? 6 : undefined
  if (version === undefined || rest.length > 0) return undefined
  const prefix = mask === undefined ? width(version) : prefixOf(mask, version)
  return prefix === undefined ? undefined : { version, bits: toBits(address, version), prefix }
}

/** The address that a whole number stands for; `long`: an IPv6 address however small it is. */
export function ipOfNumber(value: number, long: boolean): IpNetwork | undefined {
  if (!Number.isSafeInteger(value) || value <= 0) return undefined
  const version = value < 2 ** 32 && !long ? 4 : 6
  return { version, bits: BigInt(value), prefix: width(version) }
}

export const ipText = ({ version, bits }: Pick<IpNetwork, 'version' | 'bits'>): string =>
  version === 4 ? dotted(bits) : colons(bits)
export const cidr = (network: IpNetwork): string => `${ipText(network)}/${network.prefix}`

export const size = ({ version, prefix }: IpNetwork): bigint => 1n << BigInt(width(version) - prefix)
export const hostMask = (network: IpNetwork): bigint => size(network) - 1n
export const first = (network: IpNetwork): bigint => network.bits & ~hostMask(network)
export const last = (network: IpNetwork): bigint => network.bits | hostMask(network)
export const netMask = (network: IpNetwork): bigint => ((1n << BigInt(width(network.version))) - 1n) ^ hostMask(network)
/** The first and last address that a host may have; of two and of one all of them. */
export const usable = (network: IpNetwork): readonly [bigint, bigint] =>
  size(network) > 2n ? [first(network) + 1n, last(network) - 1n] : [first(network), last(network)]

export const isInside = (inner: IpNetwork, outer: IpNetwork): boolean =>
  inner.version === outer.version && first(inner) >= first(outer) && last(inner) <= last(outer)

function prefixOf(mask: string, version: 4 | 6): number | undefined {
  if (/^\d{1,3}$/.test(mask)) return Number(mask) <= width(version) ? Number(mask) : undefined
  if (version !== 4 || !isIPv4(mask)) return undefined
  const [, ones = '', zeros = ''] = /^(1*)(0*)$/.exec(toBits(mask, 4).toString(2).padStart(32, '0')) ?? []
  return ones.length + zeros.length === 32 ? ones.length : undefined
}

function toBits(address: string, version: 4 | 6): bigint {
  if (version === 4) return address.split('.').reduce((bits, byte) => (bits << 8n) | BigInt(byte), 0n)
  const [head = '', tail] = canonical(address).split('::')
  const groups = (text = '') => (text === '' ? [] : text.split(':'))
  const [left, right] = [groups(head), groups(tail)]
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0')
  return [...left, ...zeros, ...right].reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n)
}

const dotted = (bits: bigint): string => [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 255n).join('.')

function colons(bits: bigint): string {
  // An IPv4 address inside an IPv6 one is shown as such.
  if (bits >> 32n === 0xffffn) return `::ffff:${dotted(bits & 0xffffffffn)}`
  if (bits >> 32n === 0n && bits > 0xffffn) return `::${dotted(bits)}`
  return canonical(
    bits
      .toString(16)
      .padStart(32, '0')
      .replace(/.{4}(?=.)/g, '$&:'),
  )
}

/** URLs spell IPv6 addresses as RFC 5952 says. */
const canonical = (address: string): string => new URL(`http://[${address}]`).hostname.slice(1, -1)
