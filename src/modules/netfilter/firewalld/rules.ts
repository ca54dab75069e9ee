import { type Family, type Intent, type PacketAccept } from '../intent.ts'
import { type Network, networkText } from '../networks.ts'
import { portText } from '../ports.ts'
import { protocolWord } from '../protocols.ts'
import { icmpTypes, listenerTypes } from './icmp.ts'
import { priorities } from './places.ts'

/** What a firewalld is able to say, and what its zone does with packets that no rule knows. */
export interface Dialect {
  readonly version: Version
  /** It has names for multicast listener discovery. */
  readonly listenerTypes: boolean
  /** `default`, `%%REJECT%%`, `DROP` or `ACCEPT`. */
  readonly target: string
}

export type Version = readonly [major: number, minor: number, patch: number]

export const atLeast = (version: Version, ...wanted: readonly number[]): boolean => {
  const at = wanted.findIndex((number, index) => number !== version[index])
  return at < 0 || (version[at] ?? 0) > (wanted[at] ?? 0)
}

/**
 * The intent as rich rules, in the words in which firewalld prints them and in the order in which they may come into
 * force: what accepts first. It lets in what is established and what comes over `lo` by itself.
 */
export function richRules(intent: Intent, dialect: Dialect, sshPorts: readonly number[]): string[] {
  const rules: string[] = []
  for (const { accept, priority } of ordered(intent)) {
    const wanted = accept === 'ssh' ? sshPorts.map(sshAccept) : [accept]
    for (const one of wanted) rules.push(...acceptRules(one, priority, intent, dialect))
  }
  const only = intent.families.length === 1 ? intent.families[0] : undefined
  rules.push(words(head(priorities.rest, only), logging(intent, intent.log.prefix, dialect), intent.drop ? 'drop' : ''))
  return rules
}

const sshAccept = (port: number): PacketAccept => ({
  ...{ kind: 'packets', families: ['ipv4', 'ipv6'], protocol: 'tcp', ports: [{ from: port, to: port }] },
  ...{ icmpTypes: [], from: [], to: [] },
})

interface Ordered {
  readonly accept: PacketAccept | 'ssh'
  readonly priority: number
}

/** Rules of one priority are tried in no particular order, so what is logged and what is not never share one. */
function ordered(intent: Intent): Ordered[] {
  const found: Ordered[] = []
  const at = intent.accepts.findIndex(({ kind }) => kind === 'ssh')
  let priority: number = priorities.entries
  let log: string | undefined
  intent.accepts.forEach((accept, index) => {
    if (accept.kind === 'ssh') found.push({ accept: 'ssh', priority: priorities.ssh })
    if (accept.kind !== 'packets' || accept.interface === 'lo') return
    if (index > at) return found.push({ accept, priority: priorities.accepts })
    if (accept.log !== log) priority++
    log = accept.log
    found.push({ accept, priority })
  })
  return found
}

/** Why the intent cannot be said in this dialect; undefined: it can. */
export function unspeakable(intent: Intent, { version, listenerTypes: listeners }: Dialect): string | undefined {
  const { nflogGroup, limit } = intent.log
  if (nflogGroup !== undefined && !atLeast(version, 1, 2))
    return `firewalld ${version.join('.')} has no NFLOG (it came with 1.2): say log_target: LOG for this host`
  if (limit.count === 1 && limit.unit === 'day') return 'firewalld takes no limit as slow as 1/day: say 2/day or more'
  const all = ordered(intent)
  if (
    all.some(({ priority, accept }) => accept !== 'ssh' && priority >= priorities.ssh && priority < priorities.accepts)
  )
    return 'firewalld has no room for so many turns from logged to unlogged accepts: put those that are logged together'
  for (const { accept } of all) {
    if (accept === 'ssh') continue
    if (accept.interface !== undefined)
      return `firewalld filters by zones, and a rule of one cannot name an interface: put ${accept.interface} into a zone of its own (firewall-cmd --permanent --zone=ZONE --change-interface=NAME), which stays as it is, and leave the entry out for this host`
    for (const family of accept.families)
      for (const type of accept.icmpTypes)
        if (icmpName(family, type) === undefined && (listeners || !(type in listenerTypes)))
          return `firewalld has no name for type ${type} of ${accept.protocol ?? 'icmp'}, so it cannot be accepted by itself here`
  }
  return undefined
}

function icmpName(family: Family, type: number): string | undefined {
  return icmpTypes[family][type] ?? (family === 'ipv6' ? listenerTypes[type] : undefined)
}

/**
 * One rule can hold one network on either side and one port, range or type. Log-only does at once what the zone would
 * do in the end: a rich rule cannot just be left.
 */
function acceptRules(accept: PacketAccept, priority: number, intent: Intent, dialect: Dialect): string[] {
  const { protocol, ports, from, to } = accept
  const families = accept.families.filter((family) => intent.families.includes(family))
  const log = accept.log === undefined ? '' : logging(intent, accept.log, dialect)
  const isIcmp = protocol === 'icmp' || protocol === 'icmpv6'
  const verdict = (family: Family) => (intent.drop ? 'accept' : ownVerdict(dialect.target, isIcmp, family))
  const rules = (family: Family) =>
    side('source', from, family).flatMap((source) =>
      side('destination', to, family).flatMap((destination) =>
        elements(accept, family, dialect).map((element) => [source, destination, element]),
      ),
    )
  // Without a word of either family one rule does for both.
  const either = families.length === 2 && from.length + to.length === 0 && verdict('ipv4') === verdict('ipv6')
  if (either && protocol !== 'icmp' && protocol !== 'icmpv6')
    return rules('ipv4').map((rule) => words(head(priority), ...rule, log, verdict('ipv4')))
  return families.flatMap((family) => [
    ...rules(family).map((rule) => words(head(priority, family), ...rule, log, verdict(family))),
    ...(needsListeners(accept, dialect) && ports.length === 0
      ? [
          words(
            head(priority, family),
            'source address="fe80::/10"',
            'protocol value="ipv6-icmp"',
            log,
            verdict(family),
          ),
        ]
      : []),
  ])
}

/** An older firewalld cannot name those types. They come from link-local addresses alone (RFC 3810, 5.1.14). */
const needsListeners = (accept: PacketAccept, dialect: Dialect): boolean =>
  !dialect.listenerTypes && accept.families.includes('ipv6') && accept.icmpTypes.some((type) => type in listenerTypes)

function elements(accept: PacketAccept, family: Family, dialect: Dialect): string[] {
  const { protocol, ports } = accept
  if (ports.length > 0)
    return ports.map((range) => `port port="${portText(range, '-')}" protocol="${protocol ?? 'tcp'}"`)
  if (accept.icmpTypes.length > 0)
    return accept.icmpTypes.flatMap((type) => {
      const name = icmpName(family, type)
      return name === undefined || (type in listenerTypes && !dialect.listenerTypes) ? [] : [`icmp-type name="${name}"`]
    })
  return [protocol === undefined ? '' : `protocol value="${protocolWord(protocol)}"`]
}

function side(word: 'source' | 'destination', networks: readonly Network[], family: Family): readonly string[] {
  if (networks.length === 0) return ['']
  return networks
    .filter((network) => network.family === family)
    .map((network) => `${word} address="${networkText(network)}"`)
}

/** What becomes of a packet at the end of a zone with this target. */
function ownVerdict(target: string, icmp: boolean, family: Family): string {
  if (target === 'ACCEPT' || (target === 'default' && icmp)) return 'accept'
  if (target === 'DROP') return 'drop'
  return `reject type="${family === 'ipv4' ? 'icmp-admin-prohibited' : 'icmp6-adm-prohibited'}"`
}

const levels = ['emerg', 'alert', 'crit', 'error', 'warning', 'notice', 'info', 'debug']

function logging({ log: { limit, burst, level, nflogGroup } }: Intent, prefix: string, { version }: Dialect): string {
  const rate = `limit value="${limit.count}/${limit.unit.charAt(0)}"${atLeast(version, 2, 3) ? ` burst="${burst}"` : ''}`
  // ulogd puts a space of its own behind the prefix; with two, the intake does not know the event.
  if (nflogGroup !== undefined) return `nflog group="${nflogGroup}" prefix="${prefix.trimEnd()}" ${rate}`
  return `log prefix="${prefix}" level="${levels[level] ?? 'warning'}" ${rate}`
}

const head = (priority: number, family?: Family): string =>
  `rule priority="${priority}"${family === undefined ? '' : ` family="${family}"`}`

const words = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join(' ')
