/** What firewalld is called on the system bus; its own tool asks there too, at ten times the cost. */
export const bus = {
  name: 'org.fedoraproject.FirewallD1',
  path: '/org/fedoraproject/FirewallD1',
  config: '/org/fedoraproject/FirewallD1/config',
} as const

/** Zones that somebody has changed, ours included; those as shipped are elsewhere. */
export const changedZones = '/etc/firewalld/zones'
export const shippedZones = '/usr/lib/firewalld/zones'
export const shippedIcmpTypes = '/usr/lib/firewalld/icmptypes'

/**
 * Rich rules have no names and no comments: ours are those of these priorities. They are behind whatever the zone's own
 * services, ports and rules decide, and in the order of the intent.
 */
export const priorities = {
  /** Entries of `accept`, up to the next: one that is logged takes two, those that are not share one. */
  entries: 32_211,
  /** SSH's ports, by which later runs know which ports to keep. */
  ssh: 32_288,
  accepts: 32_289,
  /** What nothing has accepted. */
  log: 32_298,
  drop: 32_299,
} as const

export const isOurs = (rule: string): boolean => {
  const priority = Number(/^rule priority="(-?\d+)"/.exec(rule)?.[1])
  return priority >= priorities.entries && priority <= priorities.drop
}

/** The same for grep, in a zone's XML. */
export const oursInXml = 'priority="322(1[1-9]|[2-9][0-9])"'
