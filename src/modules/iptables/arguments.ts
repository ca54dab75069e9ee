import { z } from 'zod'
import { bool, nonEmptyText, text, textList } from '../args.ts'

/** A word of a rule: no option of iptables, and on one line. */
const word = () =>
  text().refine((value) => !/^-|[\r\n]/.test(value) && value !== '', 'must be a word that begins with no dash')

const levels = [
  '0',
  '1',
  '2',
  '3',
  '4',
  '5',
  '6',
  '7',
  'emerg',
  'alert',
  'crit',
  'error',
  'warning',
  'notice',
  'info',
  'debug',
] as const
const level = z.preprocess((value) => (typeof value === 'number' ? String(value) : value), z.enum(levels))

export const iptablesArguments = z
  .strictObject({
    table: z.enum(['filter', 'nat', 'mangle', 'raw', 'security']).default('filter').describe('The table.'),
    chain: word().optional().describe('The chain; with flush it may be left out: all of the table.'),
    state: z.enum(['present', 'absent']).default('present').describe('Whether the rule is to be there.'),
    action: z.enum(['append', 'insert']).default('append').describe('Where a new rule goes: at the end, or in front.'),
    rule_num: text()
      .refine((value) => /^[1-9]\d*$/.test(value), 'must be a number')
      .optional()
      .describe('With insert: its number.'),
    ip_version: z.enum(['ipv4', 'ipv6']).default('ipv4').describe('iptables or ip6tables.'),
    wait: text()
      .refine((value) => /^\d+$/.test(value), 'must be seconds')
      .default('30')
      .describe('Seconds to wait for the lock of the tables.'),
    protocol: word().optional().describe('tcp, udp, icmp, …; a ! in front of this and others negates.'),
    source: word().optional().describe('Address or network it comes from.'),
    destination: word().optional().describe('Address or network it goes to.'),
    match: textList().default([]).describe('Extensions to load.'),
    tcp_flags: z
      .strictObject({ flags: z.array(word()).optional(), flags_set: z.array(word()).optional() })
      .optional()
      .describe('flags: those that are looked at; flags_set: those that must be set.'),
    jump: word().optional().describe('The target: ACCEPT, DROP, a chain, …'),
    goto: word().optional().describe('A chain that does not return here.'),
    gateway: word().optional().describe('With jump TEE: where the copy goes.'),
    log_prefix: text()
      .refine((value) => !/[\r\n]/.test(value), 'must be one line')
      .optional()
      .describe('With jump LOG: what the message begins with.'),
    log_level: level.optional().describe('With jump LOG: the severity.'),
    in_interface: word().optional().describe('Interface it comes in by.'),
    out_interface: word().optional().describe('Interface it goes out by.'),
    fragment: text().optional().describe('Not supported: the option -f of iptables takes no value.'),
    set_counters: text()
      .refine((value) => /^\d+[\s,]+\d+$/.test(value), 'must be two numbers')
      .optional()
      .describe('Packets and bytes that a new rule begins with.'),
    source_port: word().optional().describe('Port or range A:B; needs a protocol.'),
    destination_port: word().optional().describe('Port or range A:B; needs a protocol.'),
    destination_ports: textList().default([]).describe('Several ports or ranges (multiport).'),
    to_ports: word().optional().describe('With jump REDIRECT or MASQUERADE: the ports.'),
    to_destination: word().optional().describe('With jump DNAT: the address.'),
    to_source: word().optional().describe('With jump SNAT: the address.'),
    set_dscp_mark: word().optional().describe('With jump DSCP: the mark.'),
    set_dscp_mark_class: word().optional().describe('With jump DSCP: the class.'),
    ctstate: textList().default([]).describe('States of the connection: NEW, ESTABLISHED, RELATED, INVALID, …'),
    src_range: word().optional().describe('Addresses A-B it comes from.'),
    dst_range: word().optional().describe('Addresses A-B it goes to.'),
    match_set: word().optional().describe('An ipset.'),
    match_set_flags: z
      .enum(['src', 'dst', 'src,dst', 'dst,src'])
      .optional()
      .describe('What of the packet is looked up in it.'),
    limit: word().optional().describe('At most so many: 5/minute.'),
    limit_burst: word().optional().describe('So many before the limit counts.'),
    uid_owner: word().optional().describe('User whose packet it is.'),
    gid_owner: word().optional().describe('Group whose packet it is.'),
    reject_with: word().optional().describe('What a rejection says; jump is REJECT then.'),
    icmp_type: word().optional().describe('Type of ICMP; needs the protocol.'),
    syn: z
      .enum(['ignore', 'match', 'negate'])
      .default('ignore')
      .describe('Packets that begin a connection, or all others.'),
    comment: nonEmptyText()
      .refine((value) => !/[\r\n]/.test(value), 'must be one line')
      .optional()
      .describe('A comment in the rule.'),
    flush: bool().default(false).describe('Remove every rule of the chain, or of the table.'),
    policy: z.enum(['ACCEPT', 'DROP', 'QUEUE', 'RETURN']).optional().describe("The chain's policy."),
    chain_management: bool()
      .default(false)
      .describe('Make the chain where it is missing; with absent and no rule: remove it.'),
  })
  .superRefine((given, context) => {
    const refuse = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message })
    const logs = given.log_prefix !== undefined || given.log_level !== undefined
    if (given.chain === undefined && !given.flush) refuse('chain', 'or flush is needed')
    if (given.flush && given.policy !== undefined) refuse('policy', 'and flush exclude each other')
    if (given.set_dscp_mark !== undefined && given.set_dscp_mark_class !== undefined)
      refuse('set_dscp_mark', 'and set_dscp_mark_class exclude each other')
    if (given.jump?.toUpperCase() === 'TEE' && given.gateway === undefined)
      refuse('gateway', 'is needed with jump: TEE')
    if (logs && given.jump !== undefined && given.jump !== 'LOG') refuse('log_prefix', 'and log_level need jump: LOG')
    if (given.fragment !== undefined) refuse('fragment', 'is not supported: the option -f of iptables takes no value')
    for (const field of ['match', 'destination_ports', 'ctstate'] as const)
      if (given[field].some((one) => !/^[A-Za-z0-9_:-]+$/.test(one) || one.startsWith('-')))
        refuse(field, 'must be plain words')
  })
  .transform((given) => {
    const logs = given.log_prefix !== undefined || given.log_level !== undefined
    return { ...given, ...(logs ? { jump: 'LOG' } : {}) }
  })

export type IptablesWish = z.output<typeof iptablesArguments>
