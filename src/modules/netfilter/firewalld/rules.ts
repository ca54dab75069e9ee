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
    for (const one of wanted) {
      const { log } = one
      if (log !== undefined)
        rules.push(...matching(one, priority, intent.families, dialect, () => logging(intent, log, dialect)))
      const verdict = (family: Family) => (intent.drop ? 'accept' : ownVerdict(dialect.target, one, family))
      rules.push(...matching(one, log === undefined ? priority : priority + 1, intent.families, dialect, verdict))
    }
  }
  const only = intent.families.length === 1 ? intent.families[0] : undefined
  rules.push(words(head(priorities.log, only), logging(intent, intent.log.prefix, dialect)))
  if (intent.drop) rules.push(words(head(priorities.drop, only), 'drop'))
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

/**
 * Rules of one priority are tried in no particular order, so what is logged has two of its own. Log and verdict cannot
 * be one rule: where another rule has the same verdict, firewalld makes one of both, at the place of whichever came first.
 */
function ordered(intent: Intent): Ordered[] {
  const found: Ordered[] = []
  const at = intent.accepts.findIndex(({ kind }) => kind === 'ssh')
  let priority: number = priorities.entries
  let before: PacketAccept | undefined
  intent.accepts.forEach((accept, index) => {
    if (accept.kind === 'ssh') found.push({ accept: 'ssh', priority: priorities.ssh })
    if (accept.kind !== 'packets' || accept.interface === 'lo') return
    if (index > at) return found.push({ accept, priority: priorities.accepts })
    if (before?.log !== undefined) priority += 2
    else if (before && accept.log !== undefined) priority += 1
    before = accept
    found.push({ accept, priority })
  })
  return found
}

/** Why zones are not the place for it; undefined: they are. */
export function elsewhere({ routes }: Intent): string | undefined {
  const others = routes.filter((route) => route !== 'input')
  return others.length === 0
    ? undefined
    : `the rules of firewalld's zones are for what is sent to the host, and what passes through is decided by its policies, which are not written here: leave ${others.join(' and ')} out of chains for this host`
}

/** Why the intent cannot be said in this dialect; undefined: it can. */
export function unspeakable(intent: Intent, { version, listenerTypes: listeners }: Dialect): string | undefined {
  const { nflogGroup, limit } = intent.log
  if (nflogGroup !== undefined && !atLeast(version, 1, 2))
    return `firewalld ${version.join('.')} has no NFLOG (it came with 1.2): say log_target: LOG for this host`
  if (limit.count === 1 && limit.unit === 'day') return 'firewalld takes no limit as slow as 1/day: say 2/day or more'
  const all = ordered(intent)
  const entries = all.slice(
    0,
    all.findIndex(({ accept }) => accept === 'ssh'),
  )
  // The one after the last may be its verdict.
  if ((entries.at(-1)?.priority ?? 0) + 1 >= priorities.ssh)
    return 'the rules through firewalld have no room for so many accepts that are logged'
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

/** One rule can hold one network on either side and one port, range or type; its end is the same or that of its family. */
function matching(
  accept: PacketAccept,
  priority: number,
  wished: readonly Family[],
  dialect: Dialect,
  end: (family: Family) => string,
): string[] {
  const { protocol, from, to } = accept
  const families = accept.families.filter((family) => wished.includes(family))
  const rules = (family: Family) =>
    side('source', from, family).flatMap((source) =>
      side('destination', to, family).flatMap((destination) =>
        elements(accept, family, dialect).map((element) => [source, destination, element]),
      ),
    )
  // Without a word of either family one rule does for both.
  const either = families.length === 2 && from.length + to.length === 0 && end('ipv4') === end('ipv6')
  if (either && protocol !== 'icmp' && protocol !== 'icmpv6')
    return rules('ipv4').map((rule) => words(head(priority), ...rule, end('ipv4')))
  return families.flatMap((family) => [
    ...rules(family).map((rule) => words(head(priority, family), ...rule, end(family))),
    ...(needsListeners(accept, dialect)
      ? [words(head(priority, family), 'source address="fe80::/10"', 'protocol value="ipv6-icmp"', end(family))]
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

/** What becomes of a packet at the end of a zone with this target: log-only does that at once, as no rule can be left. */
function ownVerdict(target: string, { protocol }: PacketAccept, family: Family): string {
  const icmp = protocol === 'icmp' || protocol === 'icmpv6'
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
