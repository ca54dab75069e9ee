import type { IptablesWish } from './arguments.ts'

/** The words of a rule, in the order that Ansible gives them: an option follows the match or target it belongs to. */
export function ruleWords(wish: IptablesWish): readonly string[] {
  const words: string[] = []
  /** `!value` is the negation of an option. */
  const option = (flag: string, value: string | undefined) => {
    if (value === undefined || value === '') return
    if (value.startsWith('!')) words.push('!', flag, value.slice(1).trim())
    else words.push(flag, value)
  }
  const match = (name: string) => {
    if (!wish.match.includes(name)) words.push('-m', name)
  }
  option('-p', wish.protocol)
  option('-s', wish.source)
  option('-d', wish.destination)
  for (const one of wish.match) option('-m', one)
  const { flags = [], flags_set: set = [] } = wish.tcp_flags ?? {}
  if (flags.length > 0) words.push('--tcp-flags', flags.join(','), set.join(','))
  option('-j', wish.jump)
  option('--gateway', wish.gateway)
  option('--log-prefix', wish.log_prefix)
  option('--log-level', wish.log_level)
  option('--to-destination', wish.to_destination)
  if (wish.destination_ports.length > 0) {
    match('multiport')
    words.push('--dports', wish.destination_ports.join(','))
  }
  option('--to-source', wish.to_source)
  option('-g', wish.goto)
  option('-i', wish.in_interface)
  option('-o', wish.out_interface)
  option('-f', wish.fragment)
  if (wish.set_counters !== undefined) words.push('-c', ...wish.set_counters.split(/[\s,]+/))
  option('--source-port', wish.source_port)
  option('--destination-port', wish.destination_port)
  option('--to-ports', wish.to_ports)
  option('--set-dscp', wish.set_dscp_mark)
  option('--set-dscp-class', wish.set_dscp_mark_class)
  if (wish.syn !== 'ignore') words.push(...(wish.syn === 'negate' ? ['!'] : []), '--syn')
  if (wish.ctstate.length > 0) {
    const state = wish.match.includes('state') && !wish.match.includes('conntrack')
    if (!state) match('conntrack')
    words.push(state ? '--state' : '--ctstate', wish.ctstate.join(','))
  }
  if (wish.src_range !== undefined || wish.dst_range !== undefined) match('iprange')
  option('--src-range', wish.src_range)
  option('--dst-range', wish.dst_range)
  if (wish.match_set !== undefined) {
    match('set')
    option('--match-set', wish.match_set)
    words.push(wish.match_set_flags ?? 'src')
  }
  if (wish.limit !== undefined || wish.limit_burst !== undefined) match('limit')
  option('--limit', wish.limit)
  option('--limit-burst', wish.limit_burst)
  if (wish.uid_owner !== undefined || wish.gid_owner !== undefined) match('owner')
  option('--uid-owner', wish.uid_owner)
  option('--gid-owner', wish.gid_owner)
  if (wish.reject_with !== undefined && wish.jump === undefined) words.push('-j', 'REJECT')
  option('--reject-with', wish.reject_with)
  option(wish.ip_version === 'ipv4' ? '--icmp-type' : '--icmpv6-type', wish.icmp_type)
  if (wish.comment !== undefined) words.push('-m', 'comment', '--comment', wish.comment)
  return words
}
