import { lines, type Script, sh } from '../../shell/script.ts'
import type { IptablesWish } from './arguments.ts'
import { ruleWords } from './rule.ts'

export interface State {
  readonly command: boolean
  readonly rule: boolean
  readonly chain: boolean
  /** The chain, or the table, has rules. */
  readonly filled: boolean
  readonly policy: string | undefined
}

export const program = ({ ip_version: version }: IptablesWish): string =>
  version === 'ipv4' ? 'iptables' : 'ip6tables'
export const tables = (wish: IptablesWish): string[] => [program(wish), '-w', wish.wait, '-t', wish.table]
export const chainOf = ({ chain }: IptablesWish): string[] => (chain === undefined ? [] : [chain])

/** What the task is about: each has its own question and its own command. */
export function subject(wish: IptablesWish): 'flush' | 'policy' | 'rule' | 'chain' {
  if (wish.flush) return 'flush'
  if (wish.policy !== undefined) return 'policy'
  return ruleWords(wish).length > 0 ? 'rule' : 'chain'
}

/** One command, or as few as it takes. */
export function changeScript(wish: IptablesWish, state: State): Script {
  const [command, chain, rule] = [tables(wish), chainOf(wish), [...ruleWords(wish)]]
  switch (subject(wish)) {
    case 'flush':
      return sh`${command} -F ${chain}`
    case 'policy':
      return sh`${command} -P ${chain} ${wish.policy ?? ''}`
    case 'chain':
      return wish.state === 'present' ? sh`${command} -N ${chain}` : sh`${command} -X ${chain}`
    case 'rule': {
      // The same rule may stand there more than once.
      if (wish.state === 'absent')
        return sh`${command} -D ${chain} ${rule}\nwhile ${command} -C ${chain} ${rule} 2>/dev/null; do ${command} -D ${chain} ${rule}; done`
      const at =
        wish.action === 'insert'
          ? ['-I', ...chain, ...(wish.rule_num === undefined ? [] : [wish.rule_num])]
          : ['-A', ...chain]
      return lines(state.chain ? sh`:` : sh`${command} -N ${chain}`, sh`${command} ${at} ${rule}`)
    }
  }
}
