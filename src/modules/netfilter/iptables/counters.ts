import { type Script, lines, sh } from '../../../shell/script.ts'
import { type Family, families } from '../intent.ts'
import { places } from './places.ts'
import type { Chains } from '../wish.ts'

/** Packets since the log chain was last filled: those that were logged, and those that were dropped. */
export interface Drops {
  readonly logged: number
  readonly dropped: number
}

/** A read-only script for proofs: asked before and after a packet that must be dropped. Not part of the probe, whose answer must not depend on traffic. */
export const dropsScript = ({ log }: Pick<Chains, 'log'>): Script =>
  lines(
    ...families.map(
      (family) => sh`echo ${`@${family}`}
{
  ${places[family].save} -c -t filter
  # ferm takes the legacy variant, where this host's own choice may be the other; asking for a table would make it.
  if grep -qsx filter ${places[family].legacyTables}; then
    case $(${places[family].tool} --version) in *nf_tables*) ${places[family].legacySave} -c -t filter ;; esac
  fi
} 2>/dev/null | grep -E -e ${`-A ${log} `} || :`,
    ),
  )

export function readDrops(output: string): Record<Family, Drops> {
  const drops = { ipv4: { logged: 0, dropped: 0 }, ipv6: { logged: 0, dropped: 0 } }
  let family: Family = 'ipv4'
  for (const line of output.split('\n')) {
    family = families.find((name) => line === `@${name}`) ?? family
    const [, packets, target] = /^\[(\d+):\d+\] -A \S+ (?:.* )?-j (LOG|NFLOG|DROP)\b/.exec(line) ?? []
    if (target?.endsWith('LOG')) drops[family].logged += Number(packets)
    if (target === 'DROP') drops[family].dropped += Number(packets)
  }
  return drops
}
