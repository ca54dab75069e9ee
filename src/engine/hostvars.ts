import { hostMagic } from '../inventory/magic.ts'
import type { Inventory } from '../inventory/model.ts'
import type { Mapping, Value } from '../source/value.ts'
import { explaining } from '../template/missing.ts'
import type { Variables } from '../variables/load-variable.ts'
import { layered, lazyMapping, type Named } from '../variables/named.ts'
import { createScope, nothingPending, type Pending, type ScopeTools, type TaskScope } from '../variables/scope.ts'
import type { Host } from './host.ts'
import type { Learnt } from './past.ts'

/** Every host whose variables a task may ask for, whether the run goes there or not. */
export interface Fleet {
  /** Undefined for a name that the inventory does not have. */
  host(name: string): Host | undefined
  names(): Iterable<string>
  /** What the engine defines for a host whatever the play. */
  magic(host: string): Named<Value>
  /** Scopes that tasks have in common while the play is only being checked. */
  readonly shared: Map<string, TaskScope>
}

export function createFleet(
  inventory: Inventory,
  known: (name: string) => Host,
  run: ReadonlyMap<string, Value>,
): Fleet {
  const magics = new Map<string, Named<Value>>()
  return {
    host: (name) => (inventory.host(name) ? known(name) : undefined),
    names: () => inventory.hosts.keys(),
    shared: new Map(),
    magic(name) {
      let magic = magics.get(name)
      if (!magic) {
        const host = inventory.host(name)
        const own: Mapping = host ? hostMagic(host) : { inventory_hostname: name, group_names: [] }
        magics.set(name, (magic = layered([new Map(Object.entries(own)), run])))
      }
      return magic
    },
  }
}

/** How one host, at its place, sees the variables of others. */
export interface Sight {
  readonly fleet: Fleet
  readonly extra: Variables
  /** Of the play, that all hosts have. */
  readonly magic: Named<Value>
  readonly searchPaths: readonly string[]
  readonly tools: ScopeTools
  pending(host: Host): Pending
  /** Asked at every look-up: hosts go on. */
  learnt(host: Host): Learnt
  /** The host's scope that all have in common who see it as it is; undefined while this one sees it otherwise. */
  shared(host: Host, make: () => TaskScope): TaskScope | undefined
}

/**
 * `hostvars`: every host with its inventory's variables and what it has learnt, as Ansible has it without those of
 * plays, roles and tasks. Nothing is built for a host, or rendered of it, before somebody asks for it.
 */
export function hostvarsOf(sight: Sight): Mapping {
  const { fleet } = sight
  const own = new Map<Host, TaskScope>()
  const mapping = lazyMapping((name) => fleet.host(name) !== undefined, {
    get(name) {
      const host = fleet.host(name)
      if (!host) return undefined
      return explaining(variablesSeen(host, sight, own), (key) => `the host '${name}' has no variable '${key}'`)
    },
    keys: fleet.names,
  })
  return explaining(mapping, (name) => `the inventory has no host '${name}'`)
}

/** `vars`: a scope as a mapping. */
export function variablesOf(scope: TaskScope): Mapping {
  return lazyMapping((name) => scope.raw?.(name) !== undefined, {
    get: (name) => scope.get(name),
    keys: () => scope.names(),
  })
}

/** A variable looks at other hosts itself, and what it sees there is not everybody's. */
class NotForAll extends Error {}

/** `own` keeps the scopes that are this task's alone: on thousands of hosts there must not be one for each pair. */
function variablesSeen(host: Host, sight: Sight, own: Map<Host, TaskScope>): Mapping {
  const ownScope = (): TaskScope => {
    const known = own.get(host)
    if (known) return known
    const scope = scopeOn(host, sight, () => hostvarsOf(sight))
    own.set(host, scope)
    return scope
  }
  const scope = () => sight.shared(host, () => scopeOfAll(host, sight)) ?? ownScope()
  const look = (name: string): Value | undefined => {
    try {
      return scope().get(name)
    } catch (error) {
      if (error instanceof NotForAll) return ownScope().get(name)
      throw error
    }
  }
  return lazyMapping((name) => name !== 'hostvars' && scope().raw?.(name) !== undefined, {
    get: look,
    keys: () => scope().names(),
  })
}

function scopeOfAll(host: Host, sight: Sight): TaskScope {
  return scopeOn(host, { ...sight, pending: () => nothingPending, learnt: (one) => one }, () => {
    throw new NotForAll()
  })
}

const none: Variables = new Map()

function scopeOn(host: Host, sight: Sight, hostvars: () => Mapping): TaskScope {
  const { fleet, extra, magic, searchPaths, tools } = sight
  const now = <T>(part: (learnt: Learnt) => Named<T>): Named<T> => ({
    get: (name) => part(sight.learnt(host)).get(name),
    keys: () => part(sight.learnt(host)).keys(),
  })
  // It is there to be read, and not to be listed.
  const itself: Named<Value> = { get: (name) => (name === 'hostvars' ? hostvars() : undefined), keys: () => [] }
  return createScope(
    {
      roleDefaults: [],
      inventory: host.inventory,
      facts: now(({ facts }) => facts),
      play: none,
      varsFiles: none,
      roleVars: [],
      task: none,
      included: now(({ included }) => included),
      results: now(({ results }) => results),
      roleParams: none,
      extra,
      magic: layered([itself, magic, fleet.magic(host.name)]),
      pending: sight.pending(host),
    },
    searchPaths,
    tools,
  )
}
