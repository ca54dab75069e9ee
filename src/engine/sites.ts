import { UserError } from '../errors.ts'
import type { Inventory } from '../inventory/model.ts'
import type { Directives, Play, Task, Templated } from '../playbook/playbook.ts'
import type { Position } from '../source/position.ts'
import { plainText } from '../source/value.ts'
import { renderValue } from '../template/render.ts'
import { isConnectionVariable, resolveTarget } from '../transport/target.ts'
import type { Target } from '../transport/transport.ts'
import { NotYetKnown } from '../variables/not-yet-known.ts'
import type { TaskScope } from '../variables/scope.ts'
import type { Host } from './host.ts'
import { keyword } from './keyword.ts'
import type { RunInput } from './plan-run.ts'
import { omit } from './prepare.ts'

/** Where a task runs: on which host, how it is reached, and that host's variables about both. */
export interface Site {
  readonly host: Host
  readonly target: Target
  readonly scope: TaskScope
}

/** Finds the sites of tasks that name one: `delegate_to`, or a connection of their own. */
export interface Sites {
  find(task: Task, here: Site, scopeOn: (host: Host) => TaskScope): Site
}

/** `known` gives the hosts of the run, and those that tasks only delegate to. */
export function createSites(play: Play, known: (name: string) => Host, input: RunInput): Sites {
  return {
    find(task, here, scopeOn) {
      if (!namesSite(task, play)) return here
      const host = hostOf(task, here)
      const scope = host === here.host ? here.scope : scopeOn(host)
      return { host, scope, target: targetOf(host, task.directives, scope, { at: task.at, input }) }
    },
  }

  function hostOf({ directives }: Task, here: Site): Host {
    const name = keyword(directives.delegateTo, here.scope)
    if (name === undefined || name === omit || name === here.host.name) return here.host
    if (typeof name !== 'string' || name === '') {
      throw new UserError('delegate_to: expected the name of a host', { at: directives.delegateTo?.at })
    }
    return known(inventoryName(name, input.inventory))
  }
}

/** A host may be named by its address as well. A name that the inventory does not have is an address itself. */
function inventoryName(name: string, inventory: Inventory): string {
  if (inventory.host(name)) return name
  const byAddress = [...inventory.hosts.values()].find((host) => host.vars.get('ansible_host')?.value === name)
  return byAddress?.name ?? name
}

function namesSite({ directives, vars }: Task, play: Play): boolean {
  if (directives.delegateTo) return true
  const own = (['connection', 'remoteUser', 'port'] as const).some((key) => directives[key] !== play.directives[key])
  return own || [...vars.keys()].some((name) => name.startsWith('ansible_'))
}

/** Where a host is reached: its `ansible_…` variables over the keywords over the command line. */
export function targetOf(
  host: Host,
  directives: Directives,
  scope: TaskScope | undefined,
  { at, input: { targets, options } }: { at: Position; input: RunInput },
): Target {
  const vars: Record<string, unknown> = {}
  for (const name of scope?.names() ?? []) {
    // A fact of such a name (`ansible_user`…) is what the host says of itself.
    if (isConnectionVariable(name) && !host.facts.has(name)) {
      vars[name] = beforehand(name, at, () => scope?.get(name))
    }
  }
  const text = (part: Templated | undefined): string | undefined =>
    part && scope
      ? beforehand('this', part.at, () => plainText(renderValue(part.value, { ...scope.context, at: part.at })))
      : undefined
  const remoteUser = text(directives.remoteUser)
  const connection = text(directives.connection)
  const port = text(directives.port)
  return resolveTarget(
    host.name,
    { ...options.connection, ...(port !== undefined && { ansible_port: Number(port) }), ...vars },
    { ...targets, ...(remoteUser !== undefined && { remoteUser }), ...(connection !== undefined && { connection }) },
    (name) => scope?.variable(name)?.at,
  )
}

/** What a connection needs must be known before there is one. */
function beforehand<T>(what: string, at: Position | undefined, render: () => T): T {
  try {
    return render()
  } catch (error) {
    if (!(error instanceof NotYetKnown)) throw error
    throw new UserError(`${what} says how to connect, and depends on what only the run will show: ${error.message}`, {
      at,
    })
  }
}
