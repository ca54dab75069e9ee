import { recipeChain } from '../hand-made.ts'
import type { Intent, PacketAccept } from '../intent.ts'
import { type PortRange, covers, parsePorts, portText } from '../ports.ts'
import { type Dump, rulesIn, targetOf } from './dump.ts'

/** What a hand-followed recipe left in the filter table, for our chains to take over. */
export interface Recipe {
  /** Its bare rules in INPUT, as the dump prints them. */
  readonly input: readonly string[]
  /** The rules of its chain. */
  readonly chain: readonly string[]
  /** Why it cannot be taken over by itself; one line each. Empty: clear. */
  readonly unclear: readonly string[]
}

const established = /^-A INPUT -m (?:conntrack --ctstate|state --state) RELATED,ESTABLISHED -j ACCEPT$/
const accepted =
  /^-A INPUT -p (tcp|udp) (?:-m (?:tcp|udp) --dport|-m multiport --dports) (\S+) -m (?:conntrack --ctstate|state --state) NEW,ESTABLISHED -j ACCEPT$/
const logged = /^-A DROP_LOGGING (-m limit .*)?-j LOG --log-prefix "?IPTables\//
const dropped = /^-A DROP_LOGGING -j (DROP|REJECT)( --reject-with \S+)?$/
// It decides nothing: Ansible's iptables leaves one when it makes a chain.
const counting = /^-A DROP_LOGGING$/
const jumped = `-A INPUT -j ${recipeChain}`

/** undefined where nobody followed the recipe. Only its very rules count; every other stays as it is. */
export function findRecipe(dump: Dump, intent: Intent, sshPorts: readonly number[]): Recipe | undefined {
  const chain = dump.chains.get(recipeChain)
  if (!chain?.some((rule) => logged.test(rule))) return undefined
  const unclear: string[] = chain
    .filter((rule) => ![logged, dropped, counting].some((known) => known.test(rule)))
    .map((rule) => `${rule}  (not of the recipe)`)
  const input: string[] = []
  for (const rule of rulesIn(dump, 'INPUT')) {
    const [, protocol, ports] = accepted.exec(rule) ?? []
    if (rule === jumped || established.test(rule)) input.push(rule)
    else if (protocol !== undefined && ports !== undefined) {
      const closed = missing(ports, protocol, intent, sshPorts)
      if (closed.length === 0) input.push(rule)
      else unclear.push(`${rule}  (${closed.join(', ')} is not in allowed_${protocol}_ports)`)
    }
  }
  for (const [name, rules] of dump.chains)
    for (const rule of rules)
      if (targetOf(rule) === recipeChain && rule !== jumped)
        unclear.push(`${rule}  (another rule leads from ${name} to it)`)
  return { input, chain, unclear }
}

/** Ports the hand-made rule opens and the task does not. */
function missing(ports: string, protocol: string, intent: Intent, sshPorts: readonly number[]): string[] {
  const open: PortRange[] = protocol === 'tcp' ? sshPorts.map((port) => ({ from: port, to: port })) : []
  for (const accept of intent.accepts)
    if (accept.kind === 'packets' && accept.protocol === protocol && opensToAll(accept)) open.push(...accept.ports)
  return ports.split(',').flatMap((text) => {
    const range = parsePorts(text)
    return range && covers(open, range) ? [] : [range ? portText(range) : text]
  })
}

const opensToAll = ({ from, to, interface: device, families }: PacketAccept) =>
  from.length + to.length === 0 && device === undefined && families.includes('ipv4')
