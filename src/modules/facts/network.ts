import type { Value } from '../../source/value.ts'
import type { Sections } from './sections.ts'

/** Interfaces and addresses: Ansible's subset `network`. */
export const networkQuestions: Readonly<Record<string, string>> = {
  links: `for _d in /sys/class/net/*; do
[ -d "$_d" ] || continue
printf '%s' "\${_d##*/}"
for _f in address mtu operstate type flags; do printf ' %s' "$(cat "$_d/$_f" || echo -)"; done
[ ! -d "$_d/bridge" ] || printf ' bridge'
[ ! -d "$_d/bonding" ] || printf ' bonding'
echo
done`,
  addresses: 'ip -o address show',
  route4: 'ip -4 route get 8.8.8.8',
  route6: 'ip -6 route get 2404:6800:400a:800::1012',
}

interface Address {
  readonly device: string
  readonly family: 'inet' | 'inet6'
  readonly address: string
  readonly prefix: number
  readonly broadcast: string
  readonly scope: string
}

const linkTypes: Readonly<Record<string, string>> = {
  '1': 'ether',
  '32': 'infiniband',
  '512': 'ppp',
  '772': 'loopback',
  '65534': 'tunnel',
}

export function networkFacts(sections: Sections): Record<string, Value> {
  const addresses = (sections.get('addresses') ?? []).flatMap(parseAddress)
  const links = (sections.get('links') ?? []).map((row) => link(row, addresses))
  const v4 = defaultRoute(sections.get('route4')?.[0], '8.8.8.8')
  const v6 = defaultRoute(sections.get('route6')?.[0], '2404:6800:400a:800::1012')
  const own = (family: Address['family']) => addresses.filter((address) => address.family === family)
  return {
    interfaces: links.map(({ device }) => device),
    ...Object.fromEntries(links.map((each) => [each.device.replaceAll('-', '_'), each])),
    all_ipv4_addresses: own('inet').flatMap(({ address }) => (address.startsWith('127.') ? [] : [address])),
    all_ipv6_addresses: own('inet6').flatMap(({ address }) => (address === '::1' ? [] : [address])),
    default_ipv4: { ...v4, ...details(v4['address'], own('inet'), links, v4Details) },
    default_ipv6: { ...v6, ...details(v6['address'], own('inet6'), links, v6Details) },
  }
}

/** `2: eth0    inet 192.0.2.2/24 brd 192.0.2.255 scope global eth0 …`; a peer stands before the prefix. */
function parseAddress(row: string): Address[] {
  const match = /^\d+: (\S+)\s+(inet6?) ([0-9a-fA-F.:]+)(?: peer [0-9a-fA-F.:]+)?(?:\/(\d+))?(.*)$/.exec(row)
  if (!match) return []
  const [, device = '', family = '', address = '', prefix, rest = ''] = match
  const word = (name: string) => new RegExp(`\\b${name} (\\S+)`).exec(rest)?.[1] ?? ''
  return [
    {
      device: device.split('@')[0] ?? '',
      family: family === 'inet6' ? 'inet6' : 'inet',
      address,
      prefix: Number(prefix ?? (family === 'inet6' ? 128 : 32)),
      broadcast: word('brd'),
      scope: word('scope'),
    },
  ]
}

type Link = { readonly device: string } & Record<string, Value>

function link(row: string, addresses: readonly Address[]): Link {
  const [device = '', mac = '-', mtu = '-', state = '', type = '', flags = '0', special] = row.split(' ')
  const own = addresses.filter((address) => address.device === device)
  const v4 = own.filter(({ family }) => family === 'inet').map(v4Details)
  const v6 = own
    .filter(({ family }) => family === 'inet6')
    .map((each) => ({ address: each.address, ...v6Details(each) }))
  const withAddress = own.filter(({ family }) => family === 'inet').map(({ address }, at) => ({ address, ...v4[at] }))
  return {
    device,
    ...(mac !== '-' && mac !== '' && mac !== '00:00:00:00:00:00' && { macaddress: mac }),
    ...(mtu !== '-' && { mtu: Number(mtu) }),
    active: state !== 'down',
    type: special ?? linkTypes[type] ?? 'unknown',
    promisc: (Number(flags) & 0x100) !== 0,
    ...(withAddress[0] && { ipv4: withAddress[0] }),
    ...(withAddress.length > 1 && { ipv4_secondaries: withAddress.slice(1) }),
    ...(v6.length > 0 && { ipv6: v6 }),
  }
}

function v4Details({ address, prefix, broadcast }: Address): Record<string, Value> {
  const mask = prefix === 0 ? 0 : (0xffffffff << (32 - prefix)) >>> 0
  const number = address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0)
  return { broadcast, netmask: dotted(mask), network: dotted((number & mask) >>> 0), prefix: String(prefix) }
}

function v6Details({ prefix, scope }: Address): Record<string, Value> {
  return { prefix: String(prefix), scope }
}

function dotted(number: number): string {
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join('.')
}

/** `8.8.8.8 via 192.0.2.1 dev eth0 src 192.0.2.2 uid 0`; nothing where there is no way out. */
function defaultRoute(row: string | undefined, asked: string): Record<string, string> {
  const words = (row ?? '').trim().split(/\s+/)
  if (words[0] !== asked) return {}
  const after = (name: string) => (words.includes(name) ? words[words.indexOf(name) + 1] : undefined)
  const [device, address, gateway] = [after('dev'), after('src'), after('via')]
  return { ...(device && { interface: device }), ...(address && { address }), ...(gateway && { gateway }) }
}

function details(
  address: string | undefined,
  addresses: readonly Address[],
  links: readonly Link[],
  more: (address: Address) => Record<string, Value>,
): Record<string, Value> {
  const own = addresses.find((each) => each.address === address)
  const device = links.find((each) => each.device === own?.device)
  if (!own || !device) return {}
  const { macaddress, mtu, type } = device
  return {
    ...more(own),
    ...(macaddress !== undefined && { macaddress }),
    ...(mtu !== undefined && { mtu }),
    ...(type !== undefined && { type }),
    ...(own.family === 'inet' && { alias: own.device }),
  }
}
