import { dirname, resolve } from 'node:path'
import type { Module } from '../modules/define.ts'
import { loadModule } from '../modules/registry.ts'
import type { Inventory } from '../inventory/model.ts'
import { checkArguments } from '../playbook/argument-spec.ts'
import type { Play, Playbook, Task } from '../playbook/playbook.ts'
import type { HostState, RunEvent } from '../report/events.ts'
import { createTally } from '../report/stats.ts'
import { renderValue } from '../template/render.ts'
import { resolveTarget, type TargetDefaults } from '../transport/target.ts'
import type { Target, Transport } from '../transport/transport.ts'
import { loadVariablesFile } from '../variables/load.ts'
import type { Redactor } from '../variables/redaction.ts'
import { NotYetKnown } from '../variables/scope.ts'
import { cutBatches } from './batches.ts'
import { type ControllerCache, noDownloads } from './controller.ts'
import { createDownloader } from './downloads.ts'
import { exitCode } from './exit-code.ts'
import { freeGate, linearGate } from './gate.ts'
import { createHost, learnSecrets, type Host } from './host.ts'
import { HostRun, type BatchContext } from './host-run.ts'
import { allFacts, HostTasks, namesSetBy, type Entry } from './host-tasks.ts'
import { isCheck, type RunOptions } from './options.ts'
import { groupsOf, HostErrors, hostsOf, magicVariables, mergeVariables, playScope, tasksOf } from './play.ts'
import { createPool } from './pool.ts'
import { flag, keyword, type PrepareContext } from './prepare.ts'
import { HostSessions, type SessionCount } from './sessions.ts'

export interface RunInput {
  readonly playbooks: readonly Playbook[]
  readonly inventory: Inventory
  readonly options: RunOptions
  readonly transport: Transport
  readonly targets: TargetDefaults
  readonly redactor: Redactor
  emit(event: RunEvent): void
  /** Aborted by the first Ctrl-C: nothing new starts. */
  readonly stop: AbortSignal
  /** Aborted by the second: everything ends now. */
  readonly kill: AbortSignal
}

/** A run that was checked as a whole and may start. */
export interface PlannedRun {
  readonly plays: readonly PlannedPlay[]
  readonly modules: ReadonlyMap<string, Module>
  readonly cache: ControllerCache
  readonly warnings: readonly string[]
}

interface PlannedPlay {
  readonly play: Play
  readonly hosts: readonly string[]
  readonly tasks: readonly (Task | 'flush')[]
  readonly members: ReadonlyMap<string, PlannedHost>
}

interface PlannedHost {
  readonly host: Host
  readonly tasks: HostTasks
  readonly target: Target
}

export interface RunResult {
  readonly exitCode: number
  /** Round trips per host, for tests and profiles. */
  readonly counts: ReadonlyMap<string, SessionCount>
}

/**
 * Renders and checks everything that can be known for every play and host, without a connection or a download.
 * Throws all mistakes at once.
 */
export async function planRun(input: RunInput): Promise<PlannedRun> {
  const { inventory, options, redactor } = input
  learnSecrets(options.extraVars, redactor)
  const modules = await loadModules(input.playbooks, options)
  const { vaultSecrets } = options
  const cache: ControllerCache = { files: new Map(), download: noDownloads, vaultSecrets }
  const groups = groupsOf(inventory)
  const hosts = new Map<string, Host>()
  const warnings: string[] = []
  const errors = new HostErrors()
  const plays: PlannedPlay[] = []
  const pending = new Set<string>()
  for (const playbook of input.playbooks) {
    for (const play of playbook.plays) {
      const names = hostsOf(play, inventory, options)
      if (names.length === 0) warnings.push(`no hosts matched '${String(play.hosts.value)}'`)
      const planned: PlannedPlay = { play, hosts: names, tasks: tasksOf(play, options), members: new Map() }
      const members = planned.members as Map<string, PlannedHost>
      const varsFiles = await loadVarsFiles(play, options)
      learnSecrets(varsFiles, redactor)
      learnSecrets(play.vars, redactor)
      for (const role of play.roles)
        for (const part of [role.defaults, role.vars, role.params]) learnSecrets(part, redactor)
      for (const name of names) {
        let host = hosts.get(name)
        if (!host) hosts.set(name, (host = createHost(name, inventory, dirname(play.file), redactor)))
        try {
          const magic = magicVariables({ inventory, groups, host: name, play, playHosts: names, batch: names, options })
          const around = { host, play, varsFiles, extra: options.extraVars, magic, pending: new Set(pending) }
          const tasks = new HostTasks(planned.tasks, around)
          const target = targetOf(play, tasks, host, input)
          members.set(name, { host, tasks, target })
          await validate(play, tasks, {
            host: name,
            errors,
            redactor,
            context: validation(input, modules, cache, target),
          })
        } catch (error) {
          errors.add(error, name)
        }
      }
      for (const task of planned.tasks) {
        if (task === 'flush') continue
        for (const name of namesSetBy(task)) pending.add(name)
        if (task.module === 'setup') pending.add(allFacts)
      }
      plays.push(planned)
    }
  }
  errors.throwAny(hosts.size)
  return { plays, modules, cache, warnings }
}

/** Runs what was planned. Rejects only for bugs; everything that happens on hosts is in the events and the exit code. */
export async function executeRun(plan: PlannedRun, input: RunInput): Promise<RunResult> {
  const { options } = input
  const started = performance.now()
  const tally = createTally()
  const emit = (event: RunEvent) => {
    tally.add(event)
    input.emit(event)
  }
  const counts = new Map<string, SessionCount>()
  const { modules, cache } = plan
  cache.download = createDownloader()
  const run: RunContext = { input, modules, emit, counts, cache, pool: createPool(options.forks) }
  emit({ event: 'run-start', playbooks: input.playbooks.map(({ file }) => file), mode: options.mode })
  for (const message of plan.warnings) emit({ event: 'warning', message })
  for (const play of plan.plays) {
    if (input.stop.aborted) break
    await executePlay(play, run)
  }
  const hosts = tally.hosts()
  const cancelled = input.stop.aborted
  const code = cancelled ? 130 : exitCode(options.mode, hosts, tally.states())
  emit({ event: 'recap', hosts, ms: Math.round(performance.now() - started), exitCode: code, cancelled })
  return { exitCode: code, counts }
}

interface RunContext {
  readonly input: RunInput
  readonly modules: ReadonlyMap<string, Module>
  readonly cache: ControllerCache
  readonly counts: Map<string, SessionCount>
  readonly pool: ReturnType<typeof createPool>
  emit(event: RunEvent): void
}

async function executePlay(planned: PlannedPlay, run: RunContext): Promise<void> {
  const { play } = planned
  const { emit, input } = run
  const name = play.name ?? String(play.hosts.value)
  const hosts = planned.hosts.filter((host) => planned.members.get(host)?.host.out === false)
  const tasks = planned.tasks.filter((task) => task !== 'flush').length
  emit({ event: 'play-start', play: name, hosts, tasks })
  const serial = keyword(play.serial, playScope(play, input.options))
  const batches = cutBatches(hosts, serial, play.serial?.at)
  let halted = false
  for (const [index, batch] of batches.entries()) {
    if (halted || input.stop.aborted) {
      for (const host of batch) emit({ event: 'host-end', host, play: name, state: 'not-started' })
      continue
    }
    if (batches.length > 1) {
      emit({ event: 'batch-start', play: name, batch: index + 1, batches: batches.length, hosts: batch })
    }
    halted = await executeBatch(planned, name, batch, run)
  }
  emit({ event: 'play-end', play: name })
}

/** Runs one batch; true when the play must not go on to the next one. */
async function executeBatch(
  planned: PlannedPlay,
  playName: string,
  batch: readonly string[],
  run: RunContext,
): Promise<boolean> {
  const { play } = planned
  const { input, emit, pool } = run
  const limitValue = keyword(play.maxFailPercentage, playScope(play, input.options))
  const limit = limitValue === undefined || limitValue === null ? undefined : Number(limitValue)
  const gate = play.strategy === 'free' ? freeGate : linearGate(batch)
  const failed = new Set<string>()
  let halted = false
  const context: BatchContext = {
    gate,
    redactor: input.redactor,
    handlers: play.handlers,
    forceHandlers: input.options.forceHandlers || (flag(play.forceHandlers, playScope(play, input.options)) ?? false),
    diff: input.options.diff,
    prepare: prepareContext(input, run.modules, run.cache),
    emit,
    stopped: () => halted || input.stop.aborted,
    async whileWaiting(wait) {
      pool.release()
      try {
        return await wait()
      } finally {
        await pool.acquire()
      }
    },
    failed(host, fatal) {
      failed.add(host)
      if (fatal || (limit !== undefined && (failed.size / batch.length) * 100 > limit)) halted = true
    },
  }
  await Promise.all(
    batch.map(async (name) => {
      await pool.acquire()
      let state: HostState = 'not-started'
      try {
        const member = planned.members.get(name)
        if (member && !context.stopped()) state = await executeHost(member, playName, context, run)
      } finally {
        gate.left(name)
        pool.release()
      }
      emit({ event: 'host-end', host: name, play: playName, state })
    }),
  )
  return halted || failed.size === batch.length
}

async function executeHost(
  { host, tasks, target }: PlannedHost,
  play: string,
  context: BatchContext,
  { input, emit, counts }: RunContext,
): Promise<HostState> {
  emit({ event: 'host-start', host: host.name, play })
  const sessions = new HostSessions(input.transport, target, input.options.holder, {
    warning: (message) => emit({ event: 'warning', message, host: host.name }),
    notice: (message) => emit({ event: 'notice', message, host: host.name }),
  })
  counts.set(host.name, sessions.count)
  const kill = () => sessions.close()
  input.kill.addEventListener('abort', kill, { once: true })
  try {
    return await new HostRun(host, tasks, sessions, context, target.user).run()
  } finally {
    input.kill.removeEventListener('abort', kill)
    sessions.close()
  }
}

interface Validation {
  readonly host: string
  readonly errors: HostErrors
  readonly redactor: Redactor
  readonly context: Omit<PrepareContext, 'scope'>
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
  const entries = tasks.steps.flatMap((step) => (step.kind === 'entry' ? [step.entry] : []))
  for (const role of play.roles) {
    const { argumentSpec } = role
    const entry = entries.find(({ task }) => task.role === role)
    if (!argumentSpec || !entry) continue
    const scope = tasks.scope(entry, entry.task)
    await attempt(() => {
      const found = checkArguments(
        argumentSpec,
        (name) => scope.get(name),
        (name) => scope.variable(name)?.at,
      )
      for (const error of found) errors.add(error, host)
    })
    for (const [name, option] of argumentSpec.options) {
      if (option.no_log) await attempt(() => redactor.add(scope.get(name) ?? null))
    }
  }
  for (const entry of entries) {
    if (forgives(entry, tasks)) await tasks.prepareEarly(entry, context)
    else await attempt(() => tasks.prepare(entry, context))
  }
}

/** A task whose failure is ignored may be wrong on purpose. */
function forgives(entry: Entry, tasks: HostTasks): boolean {
  try {
    return flag(entry.task.directives.ignoreErrors, tasks.scope(entry, entry.task)) ?? false
  } catch {
    return false
  }
}

function validation(
  input: RunInput,
  modules: ReadonlyMap<string, Module>,
  cache: ControllerCache,
  target: Target,
): Omit<PrepareContext, 'scope'> {
  return { ...prepareContext(input, modules, cache), loginUser: target.user }
}

function prepareContext(
  { options, redactor }: RunInput,
  modules: ReadonlyMap<string, Module>,
  cache: ControllerCache,
): Omit<PrepareContext, 'scope' | 'loginUser'> {
  return {
    check: isCheck(options),
    cache,
    redactor,
    becomeOptions: { become: options.become, user: options.becomeUser, password: options.becomePassword },
    module(name) {
      const module = modules.get(name)
      if (!module) throw new Error(`the module ${name} was not loaded`)
      return module
    },
  }
}

/** Where a host is reached: its `ansible_…` variables over the play's keywords over the command line. */
function targetOf(play: Play, tasks: HostTasks, host: Host, { targets, options }: RunInput): Target {
  const first = tasks.steps.find((step) => step.kind === 'entry')
  const scope = first?.kind === 'entry' ? tasks.scope(first.entry, first.entry.task) : undefined
  const vars: Record<string, unknown> = {}
  for (const name of scope?.names() ?? []) {
    if (name.startsWith('ansible_') && !host.facts.has(name) && !name.startsWith('ansible_play')) {
      vars[name] = scope?.get(name)
    }
  }
  const text = (part: { value: unknown } | undefined): string | undefined =>
    part && scope ? String(renderValue(part.value as string, scope.context)) : undefined
  const remoteUser = text(play.directives.remoteUser)
  const connection = text(play.directives.connection)
  const port = text(play.directives.port)
  return resolveTarget(
    host.name,
    { ...options.connection, ...(port !== undefined && { ansible_port: Number(port) }), ...vars },
    { ...targets, ...(remoteUser !== undefined && { remoteUser }), ...(connection !== undefined && { connection }) },
  )
}

async function loadVarsFiles(play: Play, options: RunOptions) {
  const scope = playScope(play, options)
  const files = await Promise.all(
    play.varsFiles.map(async ({ value, at }) => {
      const path = String(renderValue(value, { ...scope.context, at }))
      return loadVariablesFile(resolve(dirname(play.file), path), options.vaultSecrets)
    }),
  )
  return mergeVariables(files)
}

async function loadModules(
  playbooks: readonly Playbook[],
  options: RunOptions,
): Promise<ReadonlyMap<string, Module>> {
  const plays = playbooks.flatMap((playbook) => playbook.plays)
  const tasks = plays.flatMap((play) => [...play.handlers, ...tasksOf(play, options).filter((task) => task !== 'flush')])
  const names = new Set(tasks.map(({ module }) => module))
  return new Map(await Promise.all([...names].map(async (name) => [name, await loadModule(name)] as const)))
}

/** The folders of the playbooks, for what stands beside them. */
export function playbookDirs(files: readonly string[]): readonly string[] {
  return [...new Set(files.map((file) => dirname(resolve(file))))]
}
