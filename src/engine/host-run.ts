import { setTimeout as sleep } from 'node:timers/promises'
import { UserError } from '../errors.ts'
import type { StepResult, Upload } from '../modules/define.ts'
import type { Task, Templated } from '../playbook/playbook.ts'
import type { HostState, RunEvent } from '../report/events.ts'
import type { Step } from '../shell/protocol.ts'
import { BecomeError, UploadError } from '../shell/session.ts'
import { isMapping, plainText, type Mapping, type Value } from '../source/value.ts'
import { renderValue, test } from '../template/render.ts'
import { Unreachable } from '../transport/transport.ts'
import type { Redactor } from '../variables/redaction.ts'
import { NotYetKnown } from '../variables/scope.ts'
import { DownloadError } from './downloads.ts'
import type { Gate } from './gate.ts'
import type { Host } from './host.ts'
import { isProbed, runUnit } from './host-loop.ts'
import type { Entry, HostTasks } from './host-tasks.ts'
import { failure, isFailure, type Outcome, registered, skipped } from './outcome.ts'
import { taskEvent, taskRef } from './task-event.ts'
import { flag, keyword, type PrepareContext } from './prepare.ts'
import { keyOf, Locked, type HostSessions } from './sessions.ts'
import { isUnit, type SkippedItem, type Unit } from './unit.ts'

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
  readonly #tasks: HostTasks
  readonly #sessions: HostSessions
  readonly #batch: BatchContext
  readonly #prepare: Omit<PrepareContext, 'scope'>
  /** Places of handlers among the play's. */
  readonly #notified = new Set<number>()
  #current: Entry | undefined
  /** Session keys that sudo refused ahead of their turn. */
  readonly #refused = new Set<string>()
  /** Counts changes: what was probed in an earlier epoch is stale. */
  epoch = 0

  constructor(host: Host, tasks: HostTasks, sessions: HostSessions, batch: BatchContext, loginUser: string) {
    this.host = host
    this.#tasks = tasks
    this.#sessions = sessions
    this.#batch = batch
    this.#prepare = { ...batch.prepare, loginUser }
  }

  /** Goes through the play; never rejects for what happens on the host. */
  async run(): Promise<HostState> {
    try {
      for (let index = 0; index < this.#tasks.steps.length; index++) {
        const step = this.#tasks.steps[index]
        const position = step?.kind === 'entry' ? step.entry.position : (step?.position ?? 0)
        if (this.#batch.stopped(position)) return 'cancelled'
        if (step?.kind === 'flush') this.#tasks.insertHandlers(index, this.#takeNotified())
        if (step?.kind !== 'entry') continue
        const { entry } = step
        if (!(await this.#runEntry(entry))) return await this.#fail(entry)
        if (entry.handler) this.#tasks.insertHandlers(index, this.#takeNotified(this.#tasks.orderOf(entry)))
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
    this.#batch.gate.passed(this.host.name, entry.position)
    const outcome = this.#notify(entry, await this.#outcomeOf(entry, started))
    entry.done = true
    const { task } = entry
    const result = registered(outcome)
    this.#learnFacts(result)
    if (task.register !== undefined) this.host.results.set(task.register, result)
    const ignored = isFailure(outcome) && this.#flag(entry, task.directives.ignoreErrors)
    this.#emitTask(entry, outcome, { started, ignored })
    return !isFailure(outcome) || ignored
  }

  async #outcomeOf(entry: Entry, started: number): Promise<Outcome> {
    try {
      const prepared = await this.#tasks.prepare(entry, this.#prepare)
      if (prepared.kind === 'skipped') return skipped(prepared.reason)
      if (prepared.kind === 'failed') return failure(prepared.message, { hint: prepared.hint })
      if (!prepared.looped) return await this.#runRetried(entry, prepared.units[0] as Unit)
      return await this.#runItems(entry, prepared.units, started)
    } catch (error) {
      return taskFailure(error)
    }
  }

  async #runItems(entry: Entry, units: readonly (Unit | SkippedItem)[], started: number): Promise<Outcome> {
    const outcomes: Outcome[] = []
    const results: Value[] = []
    for (const unit of units) {
      // What the items did so far is in their events; the task itself did not come to an end.
      if (this.#batch.stopped(entry.position)) throw new Stopped()
      const outcome = isUnit(unit) ? await this.#runRetried(entry, unit) : skipped(unit.skipped)
      outcomes.push(outcome)
      const item = unit.item
      results.push({
        ...registered(outcome),
        ...(item && { [item.variable]: item.value, ansible_loop_var: item.variable }),
      })
      this.#emitTask(entry, outcome, { started, ignored: false, item: item?.label ?? '' })
    }
    return foldItems(outcomes, results)
  }

  /** `until`, `retries`, `delay`; then `changed_when` and `failed_when`. */
  async #runRetried(entry: Entry, unit: Unit): Promise<Outcome> {
    const { task } = entry
    const retries = Number(keyword(task.retries, unit.scope) ?? 3)
    const delay = Number(keyword(task.delay, unit.scope) ?? 5)
    for (let attempt = 1; ; attempt++) {
      this.#batch.emit({ event: 'task-start', host: this.host.name, task: taskRef(entry, this.#batch.redactor, unit) })
      const outcome = this.#judge(entry, unit, await runUnit(this, entry, unit))
      if (outcome.kind === 'skipped') return outcome
      if (task.until.length === 0 && !(task.retries && isFailure(outcome))) return outcome
      const retried = { ...outcome, result: { ...outcome.result, attempts: attempt } }
      const done = task.until.length > 0 ? this.#holds(entry, unit, task.until, outcome) : !isFailure(outcome)
      if (done) return retried
      if (attempt > retries || this.#batch.interrupted.aborted)
        return isFailure(retried)
          ? retried
          : failure(`the condition of until did not hold after ${attempt} attempts`, retried)
      await sleep(delay * 1000, undefined, { signal: this.#batch.interrupted }).catch(() => undefined)
      unit.probed = undefined
    }
  }

  #judge(entry: Entry, unit: Unit, outcome: Outcome): Outcome {
    const { task } = entry
    if (outcome.kind === 'skipped') return outcome
    let judged = outcome
    if (task.failedWhen.length > 0) {
      const fails = this.#holds(entry, unit, task.failedWhen, outcome)
      const result: Mapping = { ...outcome.result, failed_when_result: fails }
      if (fails && !isFailure(judged)) judged = failure('failed_when holds', { result })
      else if (!fails && isFailure(judged)) {
        const changed = result['changed'] === true || judged.changes.length > 0
        judged = changed ? { kind: 'changed', changes: judged.changes, result } : { kind: 'ok', result }
      }
    }
    if (task.changedWhen.length === 0 || isFailure(judged)) return judged
    const changed = this.#holds(entry, unit, task.changedWhen, judged)
    if (!changed) return { kind: 'ok', result: judged.result }
    return judged.kind === 'ok' ? { kind: 'changed', changes: [], result: judged.result } : judged
  }

  /** Conditions about a result, which they see under the task's `register`. */
  #holds(entry: Entry, unit: Unit, conditions: Task['until'], outcome: Outcome): boolean {
    const { register } = entry.task
    const before = register === undefined ? undefined : this.host.results.get(register)
    if (register !== undefined) this.host.results.set(register, registered(outcome))
    try {
      return conditions.every(({ value, at }) => test(value, { ...unit.scope.context, at }))
    } finally {
      if (register !== undefined && before !== undefined) this.host.results.set(register, before)
    }
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
    const { gate } = this.#batch
    if (gate.isOpen(entry.position)) return
    await this.#batch.whileWaiting(() => gate.wait(entry.position))
    if (this.#batch.stopped(entry.position)) throw new Stopped()
  }

  look(unit: Unit, steps: readonly Step[]): Promise<StepResult[]> {
    return this.#sessions.look(unit.become, steps)
  }

  /**
   * Looks for tasks whose turn has not come. That one cannot become their user is theirs to say: a task before them
   * may create it. It is not tried again before their turn, since wrong passwords may lock an account.
   */
  async lookAhead(unit: Unit, steps: readonly Step[]): Promise<StepResult[] | undefined> {
    const key = this.sessionKey(unit)
    if (this.#refused.has(key)) return undefined
    try {
      return await this.look(unit, steps)
    } catch (error) {
      if (!(error instanceof BecomeError)) throw error
      this.#refused.add(key)
      this.#sessions.forget(unit.become)
      return undefined
    }
  }

  /** Steps of which the first changes the host. */
  async change(unit: Unit, steps: readonly Step[], uploads: readonly Upload[]): Promise<StepResult[] | undefined> {
    try {
      return await this.#sessions.change(unit.become, steps, uploads)
    } finally {
      this.epoch++
    }
  }

  sessionKey(unit: Unit): string {
    return keyOf(unit.become)
  }

  sameSession(one: Unit, other: Unit): boolean {
    return this.sessionKey(one) === this.sessionKey(other)
  }

  warn(entry: Entry, message: string): void {
    const { redactor, emit } = this.#batch
    emit({ event: 'warning', message: redactor.redact(message), host: this.host.name, task: taskRef(entry, redactor) })
  }

  /** Notifies a changed task's handlers. A name that turns out to be nobody's fails the task: it would be lost. */
  #notify(entry: Entry, outcome: Outcome): Outcome {
    if (outcome.kind !== 'changed' && outcome.kind !== 'may-change') return outcome
    const { handlers } = this.#batch
    try {
      for (const written of entry.task.notify) {
        const name = this.#rendered(entry, entry.task, written)
        // Of several handlers with one name the last is meant, as in Ansible; a topic reaches all who listen.
        const named = handlers.findLastIndex((task) => this.#nameOf(entry, task) === name)
        const listening = handlers.flatMap((task, order) => (task.listen.includes(name) ? [order] : []))
        const found = named < 0 ? listening : [named, ...listening]
        if (found.length === 0) {
          return failure(`no handler of this play is called '${name}'`, {
            changes: outcome.changes,
            result: outcome.result,
          })
        }
        for (const order of found) this.#notified.add(order)
      }
      return outcome
    } catch (error) {
      return taskFailure(error)
    }
  }

  #nameOf(entry: Entry, handler: Task): string | undefined {
    const name = plainText(handler.name?.value ?? '')
    try {
      return this.#rendered(entry, handler, name)
    } catch {
      // It is called something else than what was asked for.
      return undefined
    }
  }

  #rendered(entry: Entry, task: Task, text: string): string {
    return plainText(renderValue(text, this.#tasks.scope(entry, task).context))
  }

  /** The handlers that were notified and come behind the place `after`, in the order in which the play defines them. */
  #takeNotified(after = -1): number[] {
    const found = [...this.#notified].filter((order) => order > after).sort((a, b) => a - b)
    for (const order of found) this.#notified.delete(order)
    return found
  }

  /** `ansible_facts` of a result are variables of the host from now on. */
  #learnFacts(result: Readonly<Record<string, Value>>): void {
    const facts = result['ansible_facts']
    if (!isMapping(facts)) return
    for (const [name, value] of Object.entries(facts)) {
      if (this.host.results.get(name) === value) continue
      this.host.facts.set(name, value)
    }
    const known = [...this.host.facts].filter(([name]) => name !== 'ansible_facts')
    const short = known.map(([name, value]) => [name.replace(/^ansible_/, ''), value] as const)
    this.host.facts.set('ansible_facts', Object.fromEntries(short))
  }

  async #fail(entry: Entry): Promise<HostState> {
    this.host.out = true
    this.#batch.failed(this.host.name, entry.position, this.#flag(entry, entry.task.directives.anyErrorsFatal))
    if (this.#batch.forceHandlers && !entry.handler) await this.#runNotified(entry)
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
    this.#tasks.insertHandlers(index, this.#takeNotified())
    for (let at = index + 1; ; at++) {
      const step = this.#tasks.steps[at]
      if (step?.kind !== 'entry' || !step.entry.handler) break
      if (!(await this.#runEntry(step.entry))) break
      this.#tasks.insertHandlers(at, this.#takeNotified(this.#tasks.orderOf(step.entry)))
    }
  }

  /** The host went away, or the run was stopped under it. */
  #broken(error: unknown, entry: Entry | undefined): HostState {
    if (error instanceof Stopped) return 'cancelled'
    if (!(error instanceof Unreachable)) throw error
    this.host.out = true
    const position = entry?.position ?? 0
    if (this.#batch.stopped(Infinity)) return 'cancelled'
    const { redactor } = this.#batch
    this.#batch.emit({
      event: 'task',
      host: this.host.name,
      task: entry ? taskRef(entry, redactor) : { name: 'Connect', module: 'ping', at: '' },
      outcome: 'unreachable',
      check: this.#batch.prepare.check,
      changes: [],
      message: redactor.redact(error.message),
      ...(error.hint !== undefined && { hint: redactor.redact(error.hint) }),
      ms: 0,
    })
    const fatal = entry !== undefined && this.#flag(entry, entry.task.directives.anyErrorsFatal)
    this.#batch.failed(this.host.name, position, fatal)
    return 'unreachable'
  }

  #emitTask(entry: Entry, outcome: Outcome, how: { started: number; ignored: boolean; item?: string }): void {
    const { emit, redactor, prepare } = this.#batch
    const { directives } = entry.task
    // A task that fails before it is rendered has no unit yet that says so.
    const noLog = directives.noLog !== undefined && entry.prepared === undefined && this.#hides(entry)
    const diff = directives.diff === undefined ? this.#batch.diff : this.#flag(entry, directives.diff)
    emit(taskEvent(this.host.name, entry, outcome, { ...how, redactor, diff, noLog, check: prepare.check }))
  }
}

/** The run was stopped while this host waited for its turn. */
class Stopped extends Error {}

/** What becomes of an error inside a task. What is not the task's own goes on to whom it concerns. */
function taskFailure(error: unknown): Outcome {
  if (error instanceof UserError) return failure(error.message, { hint: error.hint })
  if (error instanceof NotYetKnown) return failure(`${error.message}: the task that sets it has not run`)
  if (error instanceof BecomeError || error instanceof UploadError || error instanceof Locked)
    return failure(error.message)
  if (error instanceof DownloadError) return failure(error.message)
  throw error
}

function foldItems(outcomes: readonly Outcome[], results: readonly Value[]): Outcome {
  const result = { results, msg: 'All items completed' }
  const failed = outcomes.filter(isFailure)
  const changes = outcomes.flatMap((outcome) => ('changes' in outcome ? outcome.changes : []))
  const [first] = failed
  if (first) {
    const message = failed.length === 1 ? first.message : `${failed.length} items failed, the first: ${first.message}`
    return failure(message, { hint: first.hint, changes, result: { ...result, msg: 'One or more items failed' } })
  }
  if (outcomes.some(({ kind }) => kind === 'changed')) return { kind: 'changed', changes, result }
  if (outcomes.some(({ kind }) => kind === 'may-change')) {
    return { kind: 'may-change', message: 'some items may change', changes, result }
  }
  if (outcomes.every(({ kind }) => kind === 'skipped')) {
    return { kind: 'skipped', message: 'All items skipped', result: { ...result, msg: 'All items skipped' } }
  }
  return { kind: 'ok', result }
}
