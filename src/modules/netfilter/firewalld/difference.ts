import type { Wish } from '../wish.ts'
import { isOurs } from './places.ts'
import { type Dialect, richRules } from './rules.ts'
import type { State } from './state.ts'

/** What is not yet as it shall be in one zone. */
export interface ZoneDifference {
  readonly zone: string
  /** The zone has none of firewalld's processes behind it: only files. */
  readonly idle: boolean
  readonly runtime: RuleDifference
  readonly permanent: RuleDifference
}

export interface RuleDifference {
  /** Ours, as the zone has them. */
  readonly ours: readonly string[]
  readonly wished: readonly string[]
  /** In the order in which they may come into force. */
  readonly add: readonly string[]
  readonly remove: readonly string[]
}

/** Zones with nothing to change are left out. */
export function differences(wish: Wish, state: State): ZoneDifference[] {
  return Object.entries(state.zones)
    .map(([zone, { runtime, permanent, idle }]) => {
      const wished = state.meant.includes(zone) && !wish.absent ? wishedRules(wish, state, zone) : []
      return {
        ...{ zone, idle },
        runtime: difference(runtime?.rules ?? [], runtime === undefined ? [] : wished),
        permanent: difference(permanent?.rules ?? [], wish.persist ? wished : []),
      }
    })
    .filter(({ runtime, permanent }) => isDifferent(runtime) || isDifferent(permanent))
}

export const isDifferent = ({ add, remove }: RuleDifference): boolean => add.length + remove.length > 0

function difference(rules: readonly string[], wished: readonly string[]): RuleDifference {
  const ours = rules.filter(isOurs)
  const order = (rule: string) => wished.indexOf(rule)
  return {
    ours: [...ours].sort((a, b) => order(a) - order(b) || (a < b ? -1 : 1)),
    wished,
    add: wished.filter((rule) => !ours.includes(rule)),
    remove: ours.filter((rule) => !wished.includes(rule)),
  }
}

const wishedRules = (wish: Wish, state: State, zone: string): string[] => [
  ...new Set(richRules(intentHere(wish, state), dialectOf(state, zone), state.host.sshPorts)),
]

/** firewalld leaves IPv6 alone where the host has none. */
export const intentHere = ({ intent }: Wish, { host }: State): Wish['intent'] =>
  host.ipv6 ? intent : { ...intent, families: intent.families.filter((family) => family === 'ipv4') }

export const dialectOf = ({ version, listenerTypes, zones }: State, zone: string): Dialect => ({
  version: version ?? [0, 0, 0],
  listenerTypes,
  target: zones[zone]?.runtime?.target ?? 'default',
})
