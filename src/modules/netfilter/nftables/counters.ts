import { type Script, sh } from '../../../shell/script.ts'
import type { Chains } from '../wish.ts'
import { table } from './places.ts'

/** A read-only script for proofs, as iptables' own: packets that were logged and dropped since the table was filled. */
export const dropsScript = ({ log }: Pick<Chains, 'log'>): Script =>
  sh`nft list chain ${table.split(' ')} ${log} 2>/dev/null || :`

export function readDrops(output: string): { readonly logged: number; readonly dropped: number } {
  const packets = (rule: RegExp) => Number(rule.exec(output)?.[1] ?? 0)
  return {
    logged: packets(/counter packets (\d+) bytes \d+ log /),
    dropped: packets(/counter packets (\d+) bytes \d+ drop/),
  }
}
