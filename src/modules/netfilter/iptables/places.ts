import { folder, ownUnit } from '../files.ts'
import type { Family } from '../intent.ts'

/** What a family is called where: tools, files, and the words people know them by. */
export interface FamilyPlaces {
  readonly tool: string
  readonly save: string
  readonly restore: string
  readonly legacySave: string
  readonly nftSave: string
  /** Names the tables the legacy tool has in this network namespace; asking it for another one would make that. */
  readonly legacyTables: string
  /** Our rules for the next boot. */
  readonly file: string
}

export const unit = ownUnit('sallyport-netfilter.service')

export const places: Readonly<Record<Family, FamilyPlaces>> = {
  ipv4: {
    tool: 'iptables',
    save: 'iptables-save',
    restore: 'iptables-restore',
    legacySave: 'iptables-legacy-save',
    nftSave: 'iptables-nft-save',
    legacyTables: '/proc/net/ip_tables_names',
    file: `${folder}/netfilter.v4`,
  },
  ipv6: {
    tool: 'ip6tables',
    save: 'ip6tables-save',
    restore: 'ip6tables-restore',
    legacySave: 'ip6tables-legacy-save',
    nftSave: 'ip6tables-nft-save',
    legacyTables: '/proc/net/ip6_tables_names',
    file: `${folder}/netfilter.v6`,
  },
}

/** The host's own choice of the two variants, or the legacy one by name: ferm takes that where it is there. */
export type Suffix = '' | '-legacy'

export function toolsOf(family: Family, suffix: Suffix): Pick<FamilyPlaces, 'tool' | 'save' | 'restore'> {
  const { tool } = places[family]
  return { tool: `${tool}${suffix}`, save: `${tool}${suffix}-save`, restore: `${tool}${suffix}-restore` }
}
