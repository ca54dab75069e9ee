import { dirname } from 'node:path'
import { UserError, UserErrors } from '../errors.ts'
import type { Inventory } from '../inventory/model.ts'
import { selectHosts } from '../inventory/patterns.ts'
import type { HostOrder, Play, Step, Task } from '../playbook/playbook.ts'
import { filterSteps } from '../playbook/steps.ts'
import { plainText, type Value } from '../source/value.ts'
import { renderValue } from '../template/render.ts'
import type { Variables } from '../variables/load-variable.ts'
import { createScope, nothingPending } from '../variables/scope.ts'
import { flag } from './keyword.ts'
import type { RunOptions } from './options.ts'
import { shardOf } from './shard.ts'
import { isSelected } from './tags.ts'

/** The hosts of a play, in order: its pattern, narrowed by `--limit` and `--shard`. */
export function hostsOf(play: Play, inventory: Inventory, options: RunOptions): readonly string[] {
  const pattern = renderValue(play.hosts.value, { ...playScope(play, options).context, at: play.hosts.at })
  const patterns = Array.isArray(pattern) ? pattern.map(plainText) : plainText(pattern)
  const limit = options.limit === undefined ? {} : { limit: options.limit }
  const selected = selectHosts(inventory, patterns, { at: play.hosts.at, ...limit })
  const { shard } = options
  if (!shard) return ordered(selected, play.order)
  const ours = shardOf(inventory.hosts.keys(), shard)
  return ordered(
    selected.filter((host) => ours.has(host)),
    play.order,
  )
}

function ordered(hosts: readonly string[], order: HostOrder): readonly string[] {
  switch (order) {
    case 'inventory':
      return hosts
    case 'reverse_inventory':
      return [...hosts].reverse()
    case 'sorted':
      return [...hosts].sort(byCodePoint)
    case 'reverse_sorted':
      return [...hosts].sort(byCodePoint).reverse()
    case 'shuffle':
      return shuffled(hosts)
  }
}

const byCodePoint = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0)

function shuffled(hosts: readonly string[]): readonly string[] {
  const left = [...hosts]
  return hosts.flatMap(() => left.splice(Math.floor(Math.random() * left.length), 1))
}

/** The scope of a play's own keywords, which belong to no host. */
export function playScope(play: Play, options: RunOptions) {
  return createScope(
    {
      roleDefaults: [],
      inventory: new Map(),
      facts: new Map(),
      play: play.vars,
      varsFiles: new Map(),
      roleVars: [],
      task: new Map(),
      results: new Map(),
      roleParams: new Map(),
      extra: options.extraVars,
      magic: new Map<string, Value>([['playbook_dir', dirname(play.file)]]),
      pending: nothingPending,
    },
    [dirname(play.file)],
    { filters: play.filters },
  )
}

/** What a host runs in a play: facts first if wanted, then the tasks that the tags select, each part with its flush. */
export function stepsOf(play: Play, options: RunOptions): readonly Step[] {
  const selected = (task: Task) => isSelected(task.tags, options.tags, options.skipTags)
  const scope = playScope(play, options)
  const forced = options.forceHandlers || (flag(play.forceHandlers, scope) ?? false)
  const parts = play.parts.map((part) => filterSteps(part, selected))
  const gathers = flag(play.gatherFacts, scope) ?? true
  const gather = gatherTask(play)
  return [
    ...(gathers && selected(gather) ? [{ kind: 'task', task: gather } as const] : []),
    ...parts.flatMap((part): readonly Step[] => {
      if (!forced) return [...part, { kind: 'flush' }]
      return [{ kind: 'block', block: { at: play.at, block: part, rescue: [], always: [{ kind: 'flush' }] } }]
    }),
  ]
}

function gatherTask(play: Play): Task {
  const at = play.gatherFacts?.at ?? play.at
  return {
    name: { value: 'Gathering Facts', at },
    at,
    file: play.file,
    module: 'setup',
    writes: 'nothing',
    args: play.gatherArgs,
    argsNode: { kind: 'mapping', at, entries: [] },
    moreArgs: undefined,
    when: play.when,
    loop: undefined,
    until: [],
    retries: undefined,
    delay: undefined,
    async: undefined,
    poll: undefined,
    confirm: undefined,
    register: undefined,
    changedWhen: [],
    failedWhen: [],
    notify: [],
    listen: [],
    tags: play.tags.length > 0 ? play.tags : ['always'],
    vars: new Map(),
    params: new Map(),
    role: undefined,
    filters: play.filters,
    directives: play.directives,
  }
}

/** Mistakes met on many hosts, each told once with whom it concerns. */
export class HostErrors {
  readonly #found = new Map<string, { error: UserError; hosts: string[] }>()

  add(error: unknown, host: string): void {
    if (error instanceof UserErrors) for (const one of error.errors) this.add(one, host)
    else if (error instanceof UserError) {
      const key = JSON.stringify([error.message, error.at])
      const known = this.#found.get(key)
      if (known) known.hosts.push(host)
      else this.#found.set(key, { error, hosts: [host] })
    } else throw error
  }

  /** Throws them all; `total` hosts were looked at. */
  throwAny(total: number): void {
    const errors = [...this.#found.values()].map(({ error, hosts }) => {
      if (new Set(hosts).size === total) return error
      const [first = '', ...more] = [...new Set(hosts)]
      const whom = more.length === 0 ? first : `${first} and ${more.length} more`
      return new UserError(`${error.message} (on ${whom})`, { at: error.at, hint: error.hint, secret: error.secret })
    })
    const [only, ...others] = errors
    if (only) throw others.length === 0 ? only : new UserErrors(errors)
  }
}

/** Later files win. */
export function mergeVariables(files: readonly Variables[]): Variables {
  return new Map(files.flatMap((file) => [...file]))
}
