/**
 * What `iptables-save -t filter` says, as far as it concerns us: INPUT, our own chains, the recipe's, and every rule
 * that leads to one of those. Built-in chains come without their counters, so that two dumps of the same rules are equal.
 */
export interface Dump {
  /** Chain → its rules in order, as the tool prints them (`-A CHAIN …`). */
  readonly chains: ReadonlyMap<string, readonly string[]>
  /** INPUT's policy; undefined where the table does not exist yet. */
  readonly policy: string | undefined
  /** The table holds rules that only `nft` can show: nothing here can be trusted. */
  readonly incompatible: boolean
}

export function parseDump(lines: readonly string[]): Dump {
  const chains = new Map<string, string[]>()
  const rulesOf = (chain: string): string[] => {
    const rules = chains.get(chain) ?? []
    chains.set(chain, rules)
    return rules
  }
  let policy: string | undefined
  let incompatible = false
  for (const line of lines) {
    const [, chain = '', rest = ''] = /^(?::|-A )(\S+) ?(.*)$/.exec(line) ?? []
    if (line.startsWith(':')) {
      rulesOf(chain)
      if (chain === 'INPUT') policy = rest.split(' ')[0]
    } else if (line.startsWith('-A ')) rulesOf(chain).push(line)
    else if (/^#.*incompatible/.test(line)) incompatible = true
  }
  return { chains, policy, incompatible }
}

export const rulesIn = (dump: Dump, chain: string): readonly string[] => dump.chains.get(chain) ?? []

/** Where a rule leads to: the name after its `-j` or `-g`; the last one, as no match option of ours comes after it. */
export function targetOf(rule: string): string | undefined {
  const outside = rule.replace(/"(?:[^"\\]|\\.)*"/g, '""')
  return / -[jg] (\S+)/.exec(outside)?.[1]
}

/** `-A INPUT …` as the command that removes this very rule. */
export const deletionOf = (rule: string): string => rule.replace(/^-A /, '-D ')

/** `-A INPUT …` as the command that puts this rule at a place. */
export const insertionOf = (rule: string, at: number): string =>
  rule.replace(/^-A (\S+)/, (_, chain) => `-I ${chain} ${at}`)
