import { type SavedFile, readSaved } from '../files.ts'
import type { HostFacts } from '../host.ts'
import type { Family } from '../intent.ts'
import { type Sections, linesOf, said } from '../sections.ts'
import { type Dump, parseDump } from './dump.ts'

/** What the probe found. */
export interface State {
  readonly host: HostFacts
  /** Which iptables this host has; undefined: none. */
  readonly variant: 'nft' | 'legacy' | undefined
  /** As the tool prints it: `iptables v1.8.9 (nf_tables)`. */
  readonly version: string
  readonly families: Readonly<Record<Family, FamilyState>>
  readonly unit: SavedFile | undefined
  readonly unitEnabled: boolean
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
  readonly saved: SavedFile | undefined
}

export function readState(sections: Sections, host: HostFacts): State {
  const [variant, ...version] = sections.get('tool')?.attributes ?? []
  return {
    host,
    variant: variant === 'nft' || variant === 'legacy' ? variant : undefined,
    version: version.join(' '),
    families: {
      ipv4: readFamily(sections, 'ipv4', variant !== undefined),
      ipv6: readFamily(sections, 'ipv6', variant !== undefined && said(sections, 'tool-ipv6')),
    },
    unit: readSaved(sections.get('unit')),
    unitEnabled: said(sections, 'unit-link'),
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
    saved: readSaved(sections.get(`saved-${family}`)),
  }
}
