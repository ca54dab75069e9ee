import { UserError } from '../errors.ts'
import type { Task, Templated } from '../playbook/playbook.ts'
import type { HostState, RunEvent } from '../report/events.ts'
import { plainText } from '../source/value.ts'
import { renderValue } from '../template/render.ts'
import { Unreachable } from '../transport/transport.ts'
import type { Redactor } from '../variables/redaction.ts'
import type { TaskScope } from '../variables/scope.ts'
import type { Gate } from './gate.ts'
import { learnFacts, type Host } from './host.ts'
import { HostLink } from './host-link.ts'
import { isProbed } from './host-loop.ts'
import type { Entry, HostTasks } from './host-tasks.ts'
import { flag } from './keyword.ts'
import { Notifications } from './notifications.ts'
import { failure, isFailure, type Outcome, registered } from './outcome.ts'
import type { PrepareContext } from './prepare.ts'
import type { HostSessions } from './sessions.ts'
import { taskEvent, taskRef } from './task-event.ts'
import { runTask, Stopped, taskFailure } from './task-run.ts'
import { isUnit, type Prepared, type Unit } from './unit.ts'

/** What a host's run needs of the batch it belongs to. */
export interface BatchContext {
  readonly gate: Gate
  readonly redactor: Redactor
  readonly handlers: readonly Task[]
  readonly forceHandlers: boolean
  readonly diff: boolean
  readonly prepare: Omit<PrepareContext, 'scope' | 'loginUser'>
  emit(event: RunEvent): void
  /** True once no task at this place may start: interrupted, or too many hosts failed. */
  stopped(position: number): boolean
  /** Aborted by the first Ctrl-C: what only waits need not. */
  readonly interrupted: AbortSignal
  /** Gives the fork slot away while the host waits for others. */
  whileWaiting<T>(wait: () => Promise<T>): Promise<T>
  /** The host failed; the batch decides what that means for the others. */
  failed(host: string, position: number, fatal: boolean): void
}

/** One host's way through one play. */
export class HostRun {
  readonly host: Host
  readonly batch: BatchContext
  readonly link: HostLink
  readonly #tasks: HostTasks
  readonly #prepare: Omit<PrepareContext, 'scope'>
  readonly #notifications: Notifications
  #current: Entry | undefined

  constructor(host: Host, tasks: HostTasks, sessions: HostSessions, batch: BatchContext, loginUser: string) {
    this.host = host
    this.batch = batch
    this.link = new HostLink(sessions)
    this.#tasks = tasks
    this.#prepare = { ...batch.prepare, loginUser }
    this.#notifications = new Notifications(batch.handlers)
  }

  /** Goes through the play; never rejects for what happens on the host. */
  async run(): Promise<HostState> {
    try {
      for (let index = 0; index < this.#tasks.steps.length; index++) {
        const step = this.#tasks.steps[index]
        const position = step?.kind === 'entry' ? step.entry.position : (step?.position ?? 0)
        if (this.batch.stopped(position)) return 'cancelled'
        if (step?.kind === 'flush') this.#tasks.insertHandlers(index, this.#notifications.take())
        if (step?.kind !== 'entry') continue
        const { entry } = step
        if (!(await this.#runEntry(entry))) return await this.#fail(entry)
        if (entry.handler) this.#tasks.insertHandlers(index, this.#notifications.take(this.#tasks.orderOf(entry)))
      }
      return 'done'
    } catch (error) {
      return this.#broken(error, this.#current)
    }
  }

  /** Runs one task to its end; false when the host is out. */
  async #runEntry(entry: Entry): Promise<boolean> {
    const started = performance.now()
    this.#current = entry
    this.batch.gate.passed(this.host.name, entry.position)
    const outcome = this.#notify(entry, await runTask(this, entry, started))
    entry.done = true
    const { task } = entry
    const result = registered(outcome)
    learnFacts(this.host, result)
    if (task.register !== undefined) this.host.results.set(task.register, result)
    const ignored = isFailure(outcome) && this.#flag(entry, task.directives.ignoreErrors)
    this.emitTask(entry, outcome, { started, ignored })
    return !isFailure(outcome) || ignored
  }

  prepare(entry: Entry): Promise<Prepared> {
    return this.#tasks.prepare(entry, this.#prepare)
  }

  scope(entry: Entry): TaskScope {
    return this.#tasks.scope(entry, entry.task)
  }

  /**
   * The units behind `unit` that an exchange may carry along: those of tasks that can be rendered now, up to and
   * including the first that `goOn` does not let pass.
   */
  async unitsAhead(
    entry: Entry,
    unit: Unit,
    goOn: (run: HostRun, unit: Unit) => boolean | Promise<boolean> = () => true,
  ): Promise<Unit[]> {
    const ahead: Unit[] = []
    const own = entry.prepared?.kind === 'units' ? entry.prepared.units : []
    const rest = own.slice(own.indexOf(unit) + 1).filter(isUnit)
    for (const other of rest) {
      if (isProbed(other)) ahead.push(other)
      if (!(await goOn(this, other))) return ahead
    }
    for (const step of this.#tasks.steps) {
      if (step.kind !== 'entry' || step.entry.position <= entry.position) continue
      const prepared = await this.#tasks.prepareEarly(step.entry, this.#prepare)
      if (prepared?.kind !== 'units') continue
      for (const other of prepared.units.filter(isUnit)) {
        if (isProbed(other)) ahead.push(other)
        if (!(await goOn(this, other))) return ahead
      }
    }
    return ahead
  }

  /** Waits until the strategy lets this host change something for the task. */
  async turn(entry: Entry): Promise<void> {
    const { gate } = this.batch
    if (gate.isOpen(entry.position)) return
    await this.batch.whileWaiting(() => gate.wait(entry.position))
    if (this.batch.stopped(entry.position)) throw new Stopped()
  }

  warn(entry: Entry, message: string): void {
    const { redactor, emit } = this.batch
    emit({ event: 'warning', message: redactor.redact(message), host: this.host.name, task: taskRef(entry, redactor) })
  }

  /** Notifies a changed task's handlers. A name that turns out to be nobody's fails the task: it would be lost. */
  #notify(entry: Entry, outcome: Outcome): Outcome {
    if (outcome.kind !== 'changed' && outcome.kind !== 'may-change') return outcome
    const render = (text: string, handler = entry.task): string =>
      plainText(renderValue(text, this.#tasks.scope(entry, handler).context))
    try {
      for (const written of entry.task.notify) {
        const name = render(written)
        if (this.#notifications.notify(name, render)) continue
        const { changes, result } = outcome
        return failure(`no handler of this play is called '${name}'`, { changes, result })
      }
      return outcome
    } catch (error) {
      return taskFailure(error)
    }
  }

  async #fail(entry: Entry): Promise<HostState> {
    this.host.out = true
    this.batch.failed(this.host.name, entry.position, this.#flag(entry, entry.task.directives.anyErrorsFatal))
    if (this.batch.forceHandlers && !entry.handler) await this.#runNotified(entry)
    return 'failed'
  }

  /** A keyword that is judged after the task. One that cannot be rendered excuses nothing. */
  #flag(entry: Entry, part: Templated | undefined): boolean {
    try {
      return flag(part, this.#tasks.scope(entry, entry.task)) ?? false
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      this.warn(entry, error.message)
      return false
    }
  }

  /** `no_log`, also where it cannot be rendered: better hidden than told. */
  #hides(entry: Entry): boolean {
    try {
      return flag(entry.task.directives.noLog, this.#tasks.scope(entry, entry.task)) ?? false
    } catch {
      return true
    }
  }

  /** `--force-handlers`: what was notified before the failure still runs. */
  async #runNotified(after: Entry): Promise<void> {
    const index = this.#tasks.steps.findIndex((step) => step.kind === 'flush' && step.position > after.position)
    this.#tasks.insertHandlers(index, this.#notifications.take())
    for (let at = index + 1; ; at++) {
      const step = this.#tasks.steps[at]
      if (step?.kind !== 'entry' || !step.entry.handler) break
      if (!(await this.#runEntry(step.entry))) break
      this.#tasks.insertHandlers(at, this.#notifications.take(this.#tasks.orderOf(step.entry)))
    }
  }

  /** The host went away, or the run was stopped under it. */
  #broken(error: unknown, entry: Entry | undefined): HostState {
    if (error instanceof Stopped) return 'cancelled'
    if (!(error instanceof Unreachable)) throw error
    this.host.out = true
    const position = entry?.position ?? 0
    if (this.batch.stopped(Infinity)) return 'cancelled'
    const { redactor } = this.batch
    this.batch.emit({
      event: 'task',
      host: this.host.name,
      task: entry ? taskRef(entry, redactor) : { name: 'Connect', module: 'ping', at: '' },
      outcome: 'unreachable',
      check: this.batch.prepare.check,
      changes: [],
      message: redactor.redact(error.message),
      ...(error.hint !== undefined && { hint: redactor.redact(error.hint) }),
      ms: 0,
    })
    const fatal = entry !== undefined && this.#flag(entry, entry.task.directives.anyErrorsFatal)
    this.batch.failed(this.host.name, position, fatal)
    return 'unreachable'
  }

  emitStart(entry: Entry, unit: Unit): void {
    const { emit, redactor } = this.batch
    emit({ event: 'task-start', host: this.host.name, task: taskRef(entry, redactor, unit) })
  }

  emitTask(entry: Entry, outcome: Outcome, how: { started: number; ignored: boolean; item?: string }): void {
    const { emit, redactor, prepare } = this.batch
    const { directives } = entry.task
    // A task that fails before it is rendered has no unit yet that says so.
    const noLog = directives.noLog !== undefined && entry.prepared === undefined && this.#hides(entry)
    const diff = directives.diff === undefined ? this.batch.diff : this.#flag(entry, directives.diff)
    emit(taskEvent(this.host.name, entry, outcome, { ...how, redactor, diff, noLog, check: prepare.check }))
  }
}
