import { z } from 'zod'
import { bool, int, text } from '../args.ts'
import { acceptEntry, networkIssues, networkSets } from './accept.ts'
import { backendNames } from './backend.ts'
import { logPrefix, portList } from './fields.ts'
import type { Route } from './intent.ts'
import { largestBurst, parseRate } from './rate.ts'
import { passing } from './wish.ts'

/** syslog's severities as the LOG target takes them. */
const levels = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug'] as const
const levelAliases: Readonly<Record<string, number>> = { panic: 0, emergency: 0, critical: 2, error: 3, warn: 4 }

const logLevel = () =>
  z.preprocess(
    (value) => (typeof value === 'number' ? String(value) : value),
    z.string().transform((value, context): number => {
      const name = value.trim().toLowerCase()
      const level = /^[0-7]$/.test(name)
        ? Number(name)
        : (levelAliases[name] ?? levels.findIndex((known) => known === name))
      if (level >= 0) return level
      context.addIssue({ code: 'custom', message: `must be 0 to 7 or one of ${levels.join(', ')}` })
      return z.NEVER
    }),
  )

const targetHints: Readonly<Record<string, string>> = {
  ULOG: 'ULOG was removed from Linux 3.17: use NFLOG, its successor (ulogd2 listens to it), or LOG',
}

const choice = <const Names extends readonly [string, ...string[]]>(
  names: Names,
  hints: Readonly<Record<string, string>> = {},
) =>
  z.enum(names, {
    error: (issue) => hints[String(issue.input)] ?? `must be one of ${names.join(', ')}`,
  })

const chainChoice = ['input', 'forward', 'docker-user'] as const satisfies readonly Route[]

const reserved = new Set(['INPUT', 'FORWARD', 'OUTPUT', 'PREROUTING', 'POSTROUTING', 'DROP_LOGGING', 'DOCKER-USER'])
for (const name of Object.values(passing)) reserved.add(name)

const chainName = () =>
  text()
    .refine(
      (value) => /^[A-Za-z][A-Za-z0-9_-]{0,27}$/.test(value),
      'must be a chain name: up to 28 letters, digits, "_" and "-", beginning with a letter',
    )
    .refine(
      (value) => !reserved.has(value) && !/^(ACCEPT|DROP|REJECT|RETURN|QUEUE|LOG|NFLOG|MARK)$/.test(value),
      'is taken: a built-in chain, a target, the chain of the recipe that is taken over, or another one of ours',
    )

const positionMessage = 'must be "first", "last" or a rule number from 1'

const position = () =>
  z.preprocess(
    (value) => (typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value),
    z.union(
      [z.enum(['first', 'last']), z.int().min(1, positionMessage).max(100_000, positionMessage)],
      positionMessage,
    ),
  )

export const netfilterArgs = z
  .strictObject({
    state: choice(['present', 'absent'])
      .default('present')
      .describe('`absent` takes chains, files and unit away again; packages stay.'),
    backend: choice(['auto', ...backendNames])
      .default('auto')
      .describe('What writes the rules. `auto` takes what is in charge of the host.'),
    chains: z
      .array(choice(chainChoice))
      .min(1, 'must name at least one')
      .prefault(['input'])
      .describe(
        'What is filtered: `input`, what is sent to the host; `forward`, what passes through it; `docker-user`, what is sent to ports that Docker publishes, by the published port. What passes through is logged and dropped unless it is accepted here; SSH is accepted to the host alone.',
      ),
    zones: z
      .array(text().refine((value) => /^[A-Za-z0-9_-]{1,17}$/.test(value), 'must be the name of a zone of firewalld'))
      .prefault([])
      .describe(
        'Where it is firewalld: the zones whose packets are filtered. Default: that of the interface the login came in on.',
      ),
    log_target: choice(['LOG', 'NFLOG'], targetHints)
      .default('LOG')
      .describe('`LOG`: the kernel log. `NFLOG`: a netlink group, where ulogd2 listens.'),
    nflog_group: int(0, 65_535).default(10).describe('The group of `NFLOG`.'),
    log_prefix: logPrefix()
      .default('IPTables/Dropped: ')
      .describe('What each line begins with: `IPTables/XXX: `, 29 characters at most.'),
    log_limit: text()
      .refine(
        (value) => parseRate(value) !== undefined,
        'must be a rate such as 60/min: a number, "/", and sec, min, hour or day',
      )
      .default('60/min')
      .describe('Log lines at most, on average; what is above is dropped all the same.'),
    log_burst: int(1, 10_000)
      .optional()
      .describe('Log lines before the limit begins to count. Default: 60, less where the limit is too slow for that.'),
    log_level: logLevel()
      .prefault(4)
      .describe(
        'Severity of `LOG`: 0 to 7 or a name; behind `NFLOG` it is ulogd that gives one. Default: 4 (warning).',
      ),
    allowed_tcp_ports: portList()
      .prefault([80, 443])
      .describe('Accepted TCP ports and ranges (`8000:8100`). SSH is always accepted.'),
    allowed_udp_ports: portList().prefault([]).describe('Accepted UDP ports and ranges.'),
    accept: z
      .array(acceptEntry)
      .prefault([])
      .describe('More that is accepted, tried in this order before everything else that is new; it may be logged.'),
    sets: networkSets().prefault({}).describe('Named lists of networks for `from` and `to`.'),
    drop: bool().default(true).describe('`false` only logs: no packet has another fate than without these rules.'),
    icmp: bool()
      .default(true)
      .describe('Accept echo requests and ICMP errors. What IPv6 cannot live without is accepted in any case.'),
    ipv6: bool().default(true).describe('The same rules for IPv6; `false` has none there.'),
    persist: bool().default(true).describe('Load the rules at boot, before the network is up.'),
    position: position()
      .default('first')
      .describe(
        'Place of the jump in INPUT and FORWARD, where it is iptables alone: `first` (but after the ban lists of fail2ban, sshguard and CrowdSec), `last`, or a rule number.',
      ),
    chain: chainName().default('SALLYPORT_IN').describe('The chain that INPUT jumps to.'),
    log_chain: chainName().default('SALLYPORT_LOG').describe('The chain that logs and drops.'),
  })
  .superRefine((args, context) => {
    if (args.chain === args.log_chain)
      context.addIssue({ code: 'custom', path: ['log_chain'], message: 'must differ from chain' })
    args.accept.forEach((entry, index) => {
      for (const { path, message } of networkIssues(entry, args.sets))
        context.addIssue({ code: 'custom', path: ['accept', index, ...path], message })
    })
    const rate = parseRate(args.log_limit)
    if (rate && args.log_burst !== undefined && args.log_burst > largestBurst(rate))
      context.addIssue({
        code: 'custom',
        path: ['log_burst'],
        message: `is more than the kernel can count at ${args.log_limit}: at most ${largestBurst(rate)}`,
      })
  })

export type NetfilterArgs = z.output<typeof netfilterArgs>
