import { type SavedFile, readSaved, readShown } from '../files.ts'
import type { HostFacts } from '../host.ts'
import type { Family } from '../intent.ts'
import { type Sections, linesOf, said } from '../sections.ts'
import { type Dump, parseDump } from './dump.ts'
import type { Suffix } from './places.ts'
import type { Seat } from './seats.ts'

/** What the probe found. */
export interface State {
  readonly host: HostFacts
  /** Which iptables this host has; undefined: none. */
  readonly variant: 'nft' | 'legacy' | undefined
  /** As the tool prints it: `iptables v1.8.9 (nf_tables)`. */
  readonly version: string
  readonly families: Readonly<Record<Family, FamilyState>>
  readonly seat: Seat
  readonly suffix: Suffix
  readonly unit: SavedFile | undefined
  readonly unitEnabled: boolean
  /** What UFW loads behind its own rules. */
  readonly ufw: Readonly<Record<Family, SavedFile | undefined>>
  /** Our file among ferm's. */
  readonly ferm: SavedFile | undefined
  /** ferm reads the folder in which our file is. */
  readonly fermIncludes: boolean
  /** An earlier task of this check run brings iptables. */
  readonly toolPending: boolean
}

export interface FamilyState {
  readonly tool: boolean
  readonly live: Dump
  /** The wish in the host's normal form. */
  readonly normal: Dump | undefined
  /** What the host's tool has against the wish. */
  readonly rejected: string | undefined
  /** Without a normal form: the wished rules that `-C` did not find. */
  readonly missing: readonly string[] | undefined
  /** Rules in the filter table of the other variant (nft or legacy), which this one cannot see. */
  readonly elsewhere: number
  /** Those among them that somebody's following the recipe left. */
  readonly handMadeElsewhere: readonly string[]
  readonly saved: SavedFile | undefined
}

export function readState(seat: Seat, sections: Sections, host: HostFacts): State {
  const [variant, ...version] = sections.get('tool')?.attributes ?? []
  return {
    host,
    variant: variant === 'nft' || variant === 'legacy' ? variant : undefined,
    version: version.join(' '),
    families: {
      ipv4: readFamily(sections, 'ipv4', variant !== undefined),
      ipv6: readFamily(sections, 'ipv6', variant !== undefined && said(sections, 'tool-ipv6')),
    },
    seat,
    suffix: said(sections, 'legacy-tools') ? '-legacy' : '',
    unit: readSaved(sections.get('unit')),
    unitEnabled: said(sections, 'unit-link'),
    ufw: { ipv4: readShown(sections.get('ufw-ipv4')), ipv6: readShown(sections.get('ufw-ipv6')) },
    ferm: readShown(sections.get('ferm')),
    fermIncludes: said(sections, 'ferm-includes'),
    toolPending: false,
  }
}

function readFamily(sections: Sections, family: Family, tool: boolean): FamilyState {
  const normal = sections.get(`wish-${family}`)
  const rejected = sections.get(`rejected-${family}`)
  return {
    tool,
    live: parseDump(linesOf(sections, `live-${family}`)),
    normal: normal && parseDump(normal.lines),
    rejected: rejected && linesOf(sections, `rejected-${family}`).join('; '),
    missing: sections.get(`missing-${family}`)?.lines,
    elsewhere: Number(sections.get(`elsewhere-${family}`)?.attributes[0] ?? 0),
    handMadeElsewhere: linesOf(sections, `elsewhere-${family}`),
    saved: readSaved(sections.get(`saved-${family}`)),
  }
}
