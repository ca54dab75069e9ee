import type { Family } from '../intent.ts'
import { type Wish, wishedChains } from '../wish.ts'
import { type Rule, allRules } from './rules.ts'
import { seats } from './seats.ts'
import type { State } from './state.ts'

/** ferm reads every file there that is not hidden. */
export const fermFile = '/etc/ferm/ferm.d/sallyport.ferm'

export const fermCannot = ({ intent }: Wish): string | undefined =>
  intent.routes.includes('docker-user')
    ? "ferm replaces the whole filter table whenever it is loaded, Docker's chains included: leave docker-user out of chains for this host"
    : undefined

/** undefined where no family is wished. */
export function fermText(wish: Wish, state: State, wished: readonly Family[]): string | undefined {
  if (wished.length === 0) return undefined
  const parts = wished.map((family) => fermDomain(wish, family, state.host.sshPorts))
  return `# Written by Sallyport. Edits are undone by its next run.\n${parts.join('')}`
}

export function fermDomain(wish: Wish, family: Family, sshPorts: readonly number[]): string {
  const rules = allRules(wish.intent, family, wish.chains, sshPorts)
  const chains = wishedChains(wish).map((chain) => {
    const own = rules.filter((rule) => rule[1] === chain)
    return `  chain ${chain} {\n${own.map((rule) => `    ${fermRule(rule)};\n`).join('')}  }\n`
  })
  const jumps = wish.intent.routes.map(
    (route) => `  chain ${seats.ferm.parents[route][family]} {\n    jump ${wish.chains[route]};\n  }\n`,
  )
  return `domain ${family === 'ipv4' ? 'ip' : 'ip6'} table filter {\n${chains.join('')}${jumps.join('')}}\n`
}

/** iptables' words in ferm's language, one by one: options keep their order, which the host's own dump keeps too. */
const words: Readonly<Record<string, (value: string) => string>> = {
  '-i': (device) => `interface ${quoted(device)}`,
  '-s': (network) => `saddr ${network}`,
  '-d': (network) => `daddr ${network}`,
  '-p': (protocol) => `proto ${protocol}`,
  '-m': (match) => (match === 'tcp' || match === 'icmp' || match === 'icmp6' ? '' : `mod ${match}`),
  '--dport': (port) => `dport ${port}`,
  '--dports': (ports) => `destination-ports (${ports.replaceAll(',', ' ')})`,
  '--icmp-type': (type) => `icmp-type ${type}`,
  '--icmpv6-type': (type) => `icmpv6-type ${type}`,
  '--ctstate': (states) => `ctstate (${states.replaceAll(',', ' ')})`,
  '--comment': (comment) => `comment ${quoted(comment)}`,
  '--limit': (rate) => `limit ${rate}`,
  '--limit-burst': (burst) => `limit-burst ${burst}`,
  '-j': (target) => (/^(ACCEPT|DROP|RETURN|LOG|NFLOG)$/.test(target) ? target : `jump ${target}`),
  '--log-prefix': (prefix) => `log-prefix ${quoted(prefix)}`,
  '--log-level': (level) => `log-level ${level}`,
  '--nflog-prefix': (prefix) => `nflog-prefix ${quoted(prefix)}`,
  '--nflog-group': (group) => `nflog-group ${group}`,
}

/** In single quotes ferm takes everything as it is; no text of ours holds one. */
const quoted = (text: string): string => `'${text}'`

export function fermRule([, , ...rest]: Rule): string {
  const parts: string[] = []
  for (let index = 0; index < rest.length; index += 2) {
    const [word = '', value = ''] = rest.slice(index, index + 2)
    const translate = words[word]
    if (!translate) throw new Error(`no word of ferm's for ${word}`)
    parts.push(translate(value))
  }
  return parts.filter((part) => part !== '').join(' ')
}
