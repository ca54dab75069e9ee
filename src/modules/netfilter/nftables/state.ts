import { type SavedFile, readShown } from '../files.ts'
import type { HostFacts } from '../host.ts'
import { type Sections, linesOf, said } from '../sections.ts'

/** What the probe found. */
export interface State {
  readonly host: HostFacts
  readonly tool: boolean
  /** Our table as the host prints it; undefined: there is none. */
  readonly live: readonly string[] | undefined
  /** The wish as the host would print it. */
  readonly normal: readonly string[] | undefined
  /** What the host's nft has against the wish. */
  readonly rejected: string | undefined
  readonly saved: SavedFile | undefined
  readonly unit: SavedFile | undefined
  readonly unitEnabled: boolean
  /** What nftables.service loads. */
  readonly configuration: (SavedFile & { readonly path: string }) | undefined
  /** An earlier task of this check run brings nft. */
  readonly toolPending: boolean
}

export function readState(sections: Sections, host: HostFacts): State {
  const lines = (name: string) => (said(sections, name) ? linesOf(sections, name) : undefined)
  const configuration = readShown(sections.get('nft-configuration'))
  const path = linesOf(sections, 'nft-configuration-path')[0]
  return {
    host,
    tool: said(sections, 'nft-tool'),
    live: lines('nft-live'),
    normal: lines('nft-wish'),
    rejected: lines('nft-rejected')?.join('; '),
    saved: readShown(sections.get('nft-saved')),
    unit: readShown(sections.get('nft-unit')),
    unitEnabled: said(sections, 'nft-unit-link'),
    configuration: configuration && path !== undefined ? { ...configuration, path } : undefined,
    toolPending: false,
  }
}
