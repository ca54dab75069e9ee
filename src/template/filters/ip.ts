import { Fault } from '../errors.ts'
import { str } from '../python/repr.ts'
import { truth } from '../python/truth.ts'
import { isList, type PyValue } from '../values.ts'
import { filter, type FilterEntry } from './filter.ts'
import * as ip from './ip-network.ts'
import type { IpNetwork } from './ip-network.ts'

/** What is asked of: the address, and the text it was written as. */
interface Asked {
  readonly net: IpNetwork
  readonly written: string
  /** Written without a prefix. */
  readonly lone: boolean
}

type Query = (asked: Asked) => PyValue

const within = (...ranges: readonly string[]) => {
  const outer = ranges.flatMap((range) => ip.parseIp(range) ?? [])
  return ({ net }: Asked): boolean => outer.some((range) => ip.isInside(net, range))
}
const isMulticast = within('224.0.0.0/4', 'ff00::/8')
const isLoopback = within('127.0.0.0/8', '::1')
const isLinkLocal = within('169.254.0.0/16', 'fe80::/10')
const isPrivate = within(
  ...['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.0.0.0/24', '192.168.0.0/16', '198.18.0.0/15'],
  ...['239.0.0.0/8', 'fc00::/7', 'fec0::/10', '169.254.0.0/16', 'fe80::/10'],
)
/** 255.255.255.0 or 0.0.0.255: no address that a host has. */
const isMask = ({ net: { version, bits } }: Asked): boolean => {
  const digits = bits.toString(2).padStart(version === 4 ? 32 : 128, '0')
  return /^(1*0*|0*1*)$/.test(digits)
}

const only =
  (holds: (asked: Asked) => boolean): Query =>
  (asked) =>
    holds(asked) ? asked.written : null

const many = ({ net }: Asked): boolean => ip.size(net) > 1n
/** Written as the network itself, not as an address in it. */
const isNetwork = (asked: Asked): boolean => many(asked) && asked.net.bits === ip.first(asked.net)
const isHost = (asked: Asked): boolean => !isNetwork(asked) || ip.size(asked.net) === 2n
const isUsable = ({ net }: Asked): boolean => net.bits >= ip.usable(net)[0] && net.bits <= ip.usable(net)[1]

const text =
  (part: (net: IpNetwork) => bigint) =>
  ({ net }: Asked): string =>
    ip.ipText({ ...net, bits: part(net) })
const whole = ({ net }: Asked): string => ip.cidr(net)
const pair =
  (one: (net: IpNetwork) => bigint, two: (net: IpNetwork) => bigint): Query =>
  (asked) =>
    `${text(one)(asked)} ${text(two)(asked)}`
const subnet: Query = ({ net }) => ip.cidr({ ...net, bits: ip.first(net) })
const host: Query = (asked) => (isHost(asked) && isUsable(asked) ? whole(asked) : false)

/** Questions about the addresses of a network; a lone address has none. */
const ofNetwork =
  (query: Query): Query =>
  (asked) => {
    if (asked.lone) throw new Fault('Not a network address')
    return many(asked) ? query(asked) : null
  }

const beside = (step: bigint): Query =>
  ofNetwork(({ net }) => {
    const bits = net.bits + step
    if (bits < 0n) throw new Fault('there is no address before the first one')
    const [low, high] = ip.usable(net)
    return bits >= low && bits <= high ? ip.ipText({ ...net, bits }) : null
  })

function number(value: bigint): number {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new Fault(`ipaddr: ${value} is too large for a number here`)
  return Number(value)
}

function reversed({ net: { version, bits } }: Asked): string {
  if (version === 4) return `${ip.ipText({ version, bits }).split('.').reverse().join('.')}.in-addr.arpa.`
  return `${[...bits.toString(16).padStart(32, '0')].reverse().join('.')}.ip6.arpa.`
}

function peer({ net, lone }: Asked): PyValue {
  if (lone) throw new Fault('Not a network address')
  const [low, high] = ip.usable(net)
  if (ip.size(net) !== 2n && ip.size(net) !== 4n) throw new Fault('Not a point-to-point network')
  if (net.bits !== low && net.bits !== high) throw new Fault('Not a point-to-point address')
  return ip.ipText({ ...net, bits: net.bits === low ? high : low })
}

/** The IPv4 address that an IPv6 one holds. */
function embedded({ bits, prefix }: IpNetwork): PyValue {
  const high = bits >> 32n
  if ((high !== 0n && high !== 0xffffn) || prefix < 96) return false
  return ip.cidr({ version: 4, bits: bits & 0xffffffffn, prefix: prefix - 96 })
}

const queries: Readonly<Record<string, Query>> = {
  '': ({ net, lone }) => (lone ? ip.ipText(net) : ip.cidr(net)),
  bool: () => true,
  address: (asked) => (isHost(asked) || asked.net.version === 6 ? ip.ipText(asked.net) : null),
  broadcast: (asked) => (ip.size(asked.net) > 2n ? text(ip.last)(asked) : null),
  cidr: whole,
  first_usable: ofNetwork(text((net) => ip.usable(net)[0])),
  gateway: host,
  host: (asked) => (isHost(asked) ? whole(asked) : null),
  'host/prefix': host,
  hostmask: text(ip.hostMask),
  int: ({ net, lone }) => (lone ? number(net.bits) : `${net.bits}/${net.prefix}`),
  'ip/prefix': (asked) => (many(asked) && isHost(asked) ? whole(asked) : null),
  ipv4: ({ net, written }) => (net.version === 4 ? written : embedded(net)),
  ipv6: ({ net, written }) => (net.version === 6 ? written : `::ffff:${ip.ipText(net)}/${net.prefix + 96}`),
  ip_netmask: (asked) => (many(asked) && isHost(asked) ? pair((net) => net.bits, ip.netMask)(asked) : null),
  last_usable: ofNetwork(text((net) => ip.usable(net)[1])),
  'link-local': only(isLinkLocal),
  loopback: only(isLoopback),
  multicast: only(isMulticast),
  net: (asked) => (isNetwork(asked) ? whole(asked) : null),
  netmask: text(ip.netMask),
  network: text(ip.first),
  network_netmask: pair(ip.first, ip.netMask),
  network_wildcard: pair(ip.first, ip.hostMask),
  next_usable: beside(1n),
  peer,
  prefix: ({ net }) => net.prefix,
  previous_usable: beside(-1n),
  private: only(isPrivate),
  public: only((asked) => !isMulticast(asked) && !isPrivate(asked) && !isLoopback(asked) && !isMask(asked)),
  range_usable: ofNetwork(({ net }) =>
    ip
      .usable(net)
      .map((bits) => ip.ipText({ ...net, bits }))
      .join('-'),
  ),
  revdns: reversed,
  size: ({ net }) => number(ip.size(net)),
  size_usable: ({ net }) => number(ip.size(net) > 2n ? ip.size(net) - 2n : ip.size(net) === 2n ? 2n : 0n),
  subnet,
  type: (asked) => (isNetwork(asked) ? 'network' : 'address'),
  unicast: only((asked) => !isMulticast(asked)),
  version: ({ net }) => net.version,
  wrap: ({ net, written, lone }) =>
    net.version === 4 ? written : `[${ip.ipText(net)}]${lone ? '' : `/${net.prefix}`}`,
}

const aliases: Readonly<Record<string, string>> = {
  'address/prefix': 'host/prefix',
  gw: 'gateway',
  'host/netmask': 'ip_netmask',
  hostnet: 'host/prefix',
  ip: 'address',
  lo: 'loopback',
  'network/prefix': 'subnet',
  network_id: 'network',
  router: 'gateway',
  wildcard: 'hostmask',
}

/** The query's answer for one address; `false` for what is none, or not of that version. */
function ask(value: PyValue, query: PyValue, version: PyValue, name: string): PyValue {
  if (isList(value)) return value.map((item) => ask(item, query, version, name)).filter((item) => truth(item))
  const asked = askedOf(value, version === 6)
  if (!asked || (version !== null && asked.net.version !== Number(version))) return false
  const wanted = str(query)
  const known = queries[aliases[wanted] ?? wanted]
  if (known) return known(asked)
  if (/^-?\d+$/.test(wanted)) return nth(asked, BigInt(wanted))
  const outer = ip.parseIp(wanted)
  if (outer) return ip.isInside(asked.net, outer) ? asked.written : null
  throw new Fault(`${name}: there is no query '${wanted}'`)
}

function askedOf(value: PyValue, long = false): Asked | undefined {
  if (typeof value === 'number') {
    const net = ip.ipOfNumber(value, long)
    return net && { net, written: ip.cidr(net), lone: true }
  }
  if (typeof value !== 'string') return undefined
  const net = ip.parseIp(value)
  return net && { net, written: value, lone: !value.includes('/') }
}

/** From the network's own address, or from its end. */
function nth({ net, lone }: Asked, index: bigint): PyValue {
  if (ip.size(net) === 1n) return lone ? ip.ipText(net) : ip.cidr(net)
  const bits = index < 0n ? ip.last(net) + 1n + index : ip.first(net) + index
  return bits >= ip.first(net) && bits <= ip.last(net) ? ip.cidr({ ...net, bits }) : false
}

/** The basics of `ansible.utils.ipaddr`; what it says was compared with that collection's own answers. */
export const ipFilters: readonly FilterEntry[] = [
  filter('ipaddr', ['query?', 'version?'], (value, [query, version]) =>
    ask(value, query ?? '', version ?? null, 'ipaddr'),
  ),
  filter('ipv4', ['query?'], (value, [query]) => ask(value, query ?? '', 4, 'ipv4')),
  filter('ipv6', ['query?'], (value, [query]) => ask(value, query ?? '', 6, 'ipv6')),
  filter('ipwrap', ['query?'], (value, [query]) => {
    const wrapped = (item: PyValue): PyValue =>
      askedOf(item) ? ask(item, query === undefined || query === '' ? 'wrap' : query, null, 'ipwrap') : item
    return isList(value) ? value.map(wrapped) : wrapped(value)
  }),
]
