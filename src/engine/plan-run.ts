import { existsSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { UserError } from '../errors.ts'
import type { Inventory } from '../inventory/model.ts'
import type { Included, Play, Playbook, Role, Task } from '../playbook/playbook.ts'
import type { RunEvent } from '../report/events.ts'
import { isMapping, plainText, type Value } from '../source/value.ts'
import { renderValue } from '../template/render.ts'
import type { TargetDefaults } from '../transport/target.ts'
import type { Target, Transport } from '../transport/transport.ts'
import { loadVariablesFile } from '../variables/load.ts'
import type { Redactor } from '../variables/redaction.ts'
import { NotYetKnown } from '../variables/not-yet-known.ts'
import type { TaskScope } from '../variables/scope.ts'
import { type ControllerCache, noDownloads } from './controller.ts'
import { createHost, learnSecrets, type Host } from './host.ts'
import { HostTasks, type Entry, type HostPrepareContext } from './host-tasks.ts'
import { entriesIn } from './itinerary.ts'
import { wrongArguments } from './role-arguments.ts'
import { dependenciesOf } from './role-layers.ts'
import { setBy, setByAll, together, type Sets } from './setters.ts'
import { isSelected, unknownTags } from './tags.ts'
import { isCheck, type RunOptions } from './options.ts'
import { type Pace, paceOf } from './pace.ts'
import { outlineOf, type PlayOutline } from './outline.ts'
import { createSites, targetOf, type Sites } from './sites.ts'
import { createFleet } from './hostvars.ts'
import { playMagic, runMagic } from './magic.ts'
import { HostErrors, mergeVariables, playScope } from './play.ts'
import { flag } from './keyword.ts'
import type { PrepareContext } from './prepare.ts'
import { inventoryLookup } from './inventory-lookup.ts'

export interface RunInput {
  readonly playbooks: readonly Playbook[]
  readonly inventory: Inventory
  readonly options: RunOptions
  readonly transport: Transport
  readonly targets: TargetDefaults
  readonly redactor: Redactor
  emit(event: RunEvent): void
  /** Asks whoever sits at the terminal; left out: nobody does. */
  ask?(question: string, how: { readonly echo: boolean }): Promise<string>
  /** Aborted by the first Ctrl-C: nothing new starts. Its reason may be the exit code (130, or 143 after a TERM). */
  readonly stop: AbortSignal
  /** Aborted by the second: everything ends now. */
  readonly kill: AbortSignal
}

/** A run that was checked as a whole and may start. */
export interface PlannedRun {
  readonly plays: readonly PlannedPlay[]
  readonly cache: ControllerCache
  readonly warnings: readonly string[]
}

export interface PlannedPlay extends PlayOutline {
  readonly members: ReadonlyMap<string, PlannedHost>
  readonly pace: Pace
  readonly sites: Sites
}

export interface PlannedHost {
  readonly host: Host
  readonly tasks: HostTasks
  readonly target: Target
}

/**
 * Renders and checks everything that can be known for every play and host, without a connection or a download.
 * Throws all mistakes at once.
 */
export async function planRun(input: RunInput): Promise<PlannedRun> {
  const { inventory, options, redactor } = input
  learnSecrets(options.extraVars, redactor)
  const { vaultSecrets } = options
  const cache: ControllerCache = { files: new Map(), download: noDownloads, vaultSecrets }
  const magicOfRun = runMagic(inventory, options)
  const lookup = inventoryLookup(inventory)
  const hosts = new Map<string, Host>()
  const allPlays = input.playbooks.flatMap(({ plays }) => plays)
  const warnings = unknownTags(allPlays, [...options.tags, ...options.skipTags])
  const errors = new HostErrors()
  const plays: PlannedPlay[] = []
  let pending: Sets = together([])
  for (const { play, hosts: names, steps } of outlineOf(input)) {
    if (names.length === 0 && !options.shard) warnings.push(`no hosts matched '${plainText(play.hosts.value)}'`)
    const known = knownHosts(hosts, play, input)
    const planned: PlannedPlay = {
      play,
      hosts: names,
      steps,
      members: new Map(),
      pace: paceOf(play, options),
      sites: createSites(play, known, input),
    }
    const members = planned.members as Map<string, PlannedHost>
    const varsFiles = await loadVarsFiles(play, options)
    learnSecrets(varsFiles, redactor)
    learnSecrets(play.vars, redactor)
    // Not answered: what depends on them cannot be judged yet.
    const asked = play.prompts.map(({ value }) => (isMapping(value) ? plainText(value['name']) : ''))
    const unknown = together([pending, { names: asked, facts: false, anything: false }])
    for (const role of rolesOf(play))
      for (const part of [role.defaults, role.vars, role.givenVars, role.params]) learnSecrets(part, redactor)
    const around = {
      play,
      hosts: names,
      varsFiles,
      extra: options.extraVars,
      magic: playMagic(play, names),
      fleet: createFleet(inventory, known, magicOfRun),
      lookup,
      pending: unknown,
      selected: (task: Task) => isSelected(task.tags, options.tags, options.skipTags),
    }
    for (const name of names) {
      const host = known(name)
      try {
        const tasks = new HostTasks(planned.steps, { ...around, host })
        const target = targetOf(host, play.directives, firstScope(tasks), { at: play.at, input })
        tasks.scopes.reach(target)
        members.set(name, { host, tasks, target })
        await validate(play, tasks, {
          host: name,
          errors,
          redactor,
          context: { ...prepareContext(input, cache), target, sites: planned.sites },
        })
      } catch (error) {
        errors.add(error, name)
      }
    }
    pending = together([pending, setByPlay(planned)])
    plays.push(planned)
  }
  errors.throwAny(new Set(plays.flatMap((planned) => planned.hosts)).size)
  return { plays, cache, warnings }
}

/** What it leaves behind for the plays after it. */
function setByPlay({ play, steps, members }: PlannedPlay): Sets {
  const sets = together([setByAll(steps), ...play.handlers.map(setBy)])
  const here = sets.files === 'here' || [...members.values()].some(({ target }) => target.kind === 'local')
  return sets.files && here ? { ...sets, files: 'here' } : sets
}

/** Finds the hosts of a run by name, also those that a play only delegates to, or asks for their variables. */
function knownHosts(hosts: Map<string, Host>, play: Play, { inventory, redactor }: RunInput): (name: string) => Host {
  return (name) => {
    let host = hosts.get(name)
    if (!host) hosts.set(name, (host = createHost(name, inventory, dirname(play.file), redactor)))
    return host
  }
}

interface Validation {
  readonly host: string
  readonly errors: HostErrors
  readonly redactor: Redactor
  readonly context: HostPrepareContext
}

/** Renders every task and handler of a host that can be rendered now, and checks the roles' arguments. */
async function validate(play: Play, tasks: HostTasks, { host, errors, redactor, context }: Validation): Promise<void> {
  const attempt = async (work: () => unknown): Promise<void> => {
    try {
      await work()
    } catch (error) {
      if (!(error instanceof NotYetKnown)) errors.add(error, host)
    }
  }
  /**
   * Judged at the first task of the role; the roles it depends on are among `roles` themselves. What a wrong role brings in may
   * be wrong for its sake alone: an argument that it only passes on.
   */
  const wrong = async (roles: readonly Role[], entries: readonly Entry[]): Promise<readonly Role[]> => {
    const found: Role[] = []
    for (const role of roles.toSorted((one, other) => one.parents.length - other.parents.length)) {
      if (role.parents.some((parent) => found.includes(parent))) {
        found.push(role)
        continue
      }
      const first = entries.find(({ task }) => task.role === role)
      const judge = () => (first ? wrongArguments(role, tasks.scopes.of(first, first.task), redactor) : [])
      let mistakes: readonly UserError[] = []
      await attempt(() => (mistakes = judge()))
      for (const error of mistakes) errors.add(error, host)
      if (mistakes.length > 0) found.push(role)
    }
    return found
  }
  // Tasks that use a wrong argument would only repeat it in other words.
  if ((await wrong(rolesOf(play), [...entriesIn(tasks.steps, true)])).length > 0) return
  const broken = new Set<Role>()
  const prepare = async (entry: Entry): Promise<void> => {
    if (entry.task.role && broken.has(entry.task.role)) return
    if (forgives(entry, tasks)) await tasks.prepareEarly(entry, context)
    else await attempt(() => tasks.prepare(entry, context))
    const { prepared } = entry
    if (!entry.task.include || !prepared) return
    let found: readonly Included[] = []
    await attempt(async () => (found = await tasks.include(entry, prepared)))
    const roles = found.flatMap(({ role }) => (role ? [...dependenciesOf(role), role] : []))
    for (const role of await wrong(roles, [...entriesIn(entry.included ?? [], true)])) broken.add(role)
  }
  // What turns out to be included follows its include.
  for (const entry of entriesIn(tasks.steps, true)) await prepare(entry)
  for (const entry of tasks.handlerEntries()) await prepare(entry)
}

/** A task whose failure is ignored may be wrong on purpose. */
function forgives(entry: Entry, tasks: HostTasks): boolean {
  try {
    return flag(entry.task.directives.ignoreErrors, tasks.scopes.of(entry, entry.task)) ?? false
  } catch {
    return false
  }
}

/** Connections are for all of a host's tasks: its first one's variables say how. */
function firstScope(tasks: HostTasks): TaskScope | undefined {
  const [first] = entriesIn(tasks.steps, true)
  return first && tasks.scopes.of(first, first.task)
}

export function prepareContext(
  { options, redactor }: RunInput,
  cache: ControllerCache,
): Omit<PrepareContext, 'scope' | 'site' | 'beforeSource'> {
  return {
    check: isCheck(options),
    cache,
    redactor,
    pollInterval: options.pollInterval,
    taskTimeout: options.taskTimeout,
    becomeOptions: {
      become: options.become,
      method: options.becomeMethod,
      user: options.becomeUser,
      password: options.becomePassword,
    },
  }
}

async function loadVarsFiles(play: Play, options: RunOptions) {
  const scope = playScope(play, options)
  const files = await Promise.all(
    play.varsFiles.map(async ({ value, at }) => {
      const written = Array.isArray(value) ? (value as readonly Value[]) : [value]
      const paths = written.map((path) =>
        resolve(dirname(play.file), plainText(renderValue(path, { ...scope.context, at }))),
      )
      // Of a list within the list the first that is there.
      const path = paths.find((each) => existsSync(each))
      if (path === undefined)
        throw new UserError(`vars_files: there is no ${paths.length > 1 ? 'one of ' : 'file '}${paths.join(', ')}`, {
          at,
        })
      return loadVariablesFile(path, options.vaultSecrets)
    }),
  )
  return mergeVariables(files)
}

/** The roles of a play with what they depend on. */
function rolesOf({ roles }: Play): readonly Role[] {
  return [...new Set(roles.flatMap((role) => [...dependenciesOf(role), role]))]
}

/** The files of the playbooks and of those they import. */
export function playFiles(playbooks: readonly Playbook[]): readonly string[] {
  return playbooks.flatMap(({ file, plays }) => [file, ...plays.map((play) => play.file)])
}

/** The folders of the playbooks, for what stands beside them. */
export function playbookDirs(files: readonly string[]): readonly string[] {
  return [...new Set(files.map((file) => dirname(resolve(file))))]
}
