import type { Value } from '../source/value.ts'
import type { Variable } from '../variables/load-variable.ts'
import type { Named } from '../variables/named.ts'
import type { Gate } from './gate.ts'
import type { Host } from './host.ts'
import { behind, type Place } from './place.ts'
import type { Sets } from './setters.ts'

/** What a host has learnt so far, as one that reads its variables sees it. */
export type Learnt = {
  readonly results: Named<Value>
  readonly included: Named<Variable>
  readonly facts: Named<Value>
}

/**
 * What hosts knew before they went on: a host that is ahead of the others may have set anew what these are yet to
 * read, and under `strategy: linear` they read what it was at their own place.
 */
export interface Past {
  /** The host is about to do what sets this at this place. */
  before(host: Host, sets: Sets, place: Place): void
  /** What the host had learnt when it came to this place. */
  at(host: Host, place: Place): Learnt
}

interface Moment {
  readonly place: Place
  readonly results: ReadonlyMap<string, Value | undefined>
  /** Undefined where they stay as they are. */
  readonly included: ReadonlyMap<string, Variable> | undefined
  readonly facts: ReadonlyMap<string, Value> | undefined
}

export function createPast(gate: Gate): Past {
  const moments = new Map<Host, Moment[]>()
  const isOver = (place: Place) => gate.isOpen(behind(place))
  return {
    before(host, { names, facts, anything }, place) {
      if (names.length === 0 && !facts && !anything) return
      const kept = (moments.get(host) ?? []).filter((moment) => !isOver(moment.place))
      moments.set(host, kept)
      // What was there when the first one came is what counts.
      if (isOver(place) || kept.some((moment) => moment.place === place)) return
      const everything = new Map<string, Value | undefined>(anything ? host.results : [])
      for (const name of names) everything.set(name, host.results.get(name))
      kept.push({
        place,
        results: everything,
        included: anything ? new Map(host.included) : undefined,
        facts: facts || anything || names.includes('ansible_facts') ? new Map(host.facts) : undefined,
      })
    },
    at(host, place) {
      const later = (moments.get(host) ?? []).filter((moment) => moment.place >= place)
      if (later.length === 0) return host
      later.sort((one, other) => (one.place < other.place ? -1 : 1))
      const results: Named<Value> = {
        get: (name) => {
          const then = later.find((moment) => moment.results.has(name))
          return then ? then.results.get(name) : host.results.get(name)
        },
        keys: () => [...host.results.keys()].filter((name) => results.get(name) !== undefined),
      }
      return {
        results,
        included: later.find((moment) => moment.included)?.included ?? host.included,
        facts: later.find((moment) => moment.facts)?.facts ?? host.facts,
      }
    },
  }
}
