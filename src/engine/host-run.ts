import { UserError } from '../errors.ts'
import type { Role, Task } from '../playbook/playbook.ts'
import type { HostState } from '../report/events.ts'
import { isMapping, plainText, type Value } from '../source/value.ts'
import { renderValue } from '../template/render.ts'
import { Unreachable, type Target } from '../transport/transport.ts'
import { throwAll } from '../source/collect.ts'
import { sleepFor } from '../timers.ts'
import { NotYetKnown } from '../variables/not-yet-known.ts'
import type { TaskScope } from '../variables/scope.ts'
import { Unforeseen } from '../variables/unforeseen.ts'
import type { BatchContext } from './batch-context.ts'
import { learnFacts, type Host } from './host.ts'
import type { HostLink } from './host-link.ts'
import { HostReport } from './host-report.ts'
import type { Entry, HostPrepareContext, HostTasks } from './host-tasks.ts'
import { keyword } from './keyword.ts'
import { runInclude } from './include.ts'
import { Itinerary } from './itinerary.ts'
import { runMeta } from './meta.ts'
import { Notifications } from './notifications.ts'
import { failure, isFailure, type Outcome, registered } from './outcome.ts'
import { beforeAll, behindAll, type Place } from './place.ts'
import { factsOf } from './run-controller.ts'
import { setBy } from './setters.ts'
import { wrongArguments } from './role-arguments.ts'
import { runsHere, shareResult, throttled } from './among-hosts.ts'
import { taskName } from './task-event.ts'
import { runTask, Stopped, taskFailure } from './task-run.ts'
import { isUnit, type Prepared, type Unit } from './unit.ts'

/** One host's way through one play. */
export class HostRun {
  readonly host: Host
  readonly batch: BatchContext
  readonly tasks: HostTasks
  readonly itinerary: Itinerary
  readonly notifications: Notifications
  readonly report: HostReport
  readonly #prepare: HostPrepareContext
  /** The hosts that this one's tasks run on, itself among them. */
  readonly #links = new Map<Host, HostLink>()
  #current: Entry | undefined
  /** Waits that are part of others are not counted twice. */
  #waits = 0
  /** A proof failed, and the host went on. */
  #refuted = false
  /** `meta` said that the play is over for this host. */
  #ended = false
  /** Roles whose arguments fit, those of which a task has run, and those that are through: these do not run again. */
  readonly #roles = { checked: new Set<Role>(), begun: new Set<string>(), done: new Set<string>() }

  constructor(host: Host, tasks: HostTasks, target: Target, batch: BatchContext) {
    this.host = host
    this.batch = batch
    this.tasks = tasks
    this.itinerary = new Itinerary(tasks.steps)
    this.notifications = new Notifications(batch.handlers, tasks)
    this.report = new HostReport(host, tasks.scopes, batch)
    this.#prepare = { ...batch.prepare, target }
  }

  /** Goes through the play; never rejects for what happens on the host. */
  async run(): Promise<HostState> {
    try {
      for (
        let step = this.itinerary.next();
        step && !this.#ended && !this.batch.ended();
        step = this.itinerary.next()
      ) {
        if (this.batch.stopped(step.place)) return 'cancelled'
        this.tasks.arrive(step.place)
        if (step.kind === 'flush') this.itinerary.insert(this.notifications.flush(step.place))
        if (step.kind === 'role-end' && this.#roles.begun.has(step.role.key)) this.#roles.done.add(step.role.key)
        if (step.kind === 'entry' && !this.#isThrough(step.entry)) await this.#runEntry(step.entry)
      }
      if (this.itinerary.failed && !this.batch.ended()) return this.#out()
      return this.#refuted ? 'failed' : 'done'
    } catch (error) {
      return this.#broken(error, this.#current)
    } finally {
      this.tasks.arrive(behindAll)
      for (const link of this.#links.values()) link.release()
    }
  }

  /** The host's part in the play ends here, and well. */
  end(place: Place): void {
    this.#ended = true
    this.batch.progress.leave(this.host.name, place)
  }

  #isThrough({ task, handler }: Entry): boolean {
    return !handler && task.role !== undefined && !task.role.allowDuplicates && this.#roles.done.has(task.role.key)
  }

  async #runEntry(entry: Entry): Promise<void> {
    const started = performance.now()
    this.#current = entry
    this.batch.gate.passed(this.host.name, entry.place)
    this.batch.progress.past.before(this.host, setBy(entry.task), entry.place)
    await this.#settleKeywords(entry)
    const wrong = this.#wrongArguments(entry)
    if (wrong) return this.conclude(entry, wrong, started)
    if (entry.task.include) {
      if (!(await runsHere(this, entry))) return
      await runInclude(this, entry, started)
      shareResult(this, entry, {})
    } else if (entry.task.module === 'meta') await runMeta(this, entry, started)
    else if (await runsHere(this, entry)) {
      const outcome = await throttled(this, entry, () => this.#reached(entry, started))
      if (outcome) this.conclude(entry, this.#notify(entry, doubted(entry, outcome)), started)
    }
  }

  /** Where a role begins; what could be known of its arguments was looked at before the run. */
  #wrongArguments(entry: Entry): Outcome | undefined {
    const { role } = entry.task
    if (!role?.argumentSpec || this.#roles.checked.has(role)) return undefined
    try {
      throwAll(wrongArguments(role, this.tasks.scopes.of(entry, entry.task), this.batch.redactor))
    } catch (error) {
      return taskFailure(error)
    }
    this.#roles.checked.add(role)
    return undefined
  }

  /** What a finished task means for the host: results, facts, events, and where it goes on. */
  conclude(entry: Entry, outcome: Outcome, started: number): void {
    const { task } = entry
    entry.done = true
    const result = registered(outcome)
    if (outcome.kind !== 'skipped') this.#begin(task.role)
    this.record(entry, result)
    shareResult(this, entry, result)
    const failed = isFailure(outcome)
    const ignored = failed && this.report.flag(entry, task.directives.ignoreErrors)
    const rescued = failed && !ignored && this.itinerary.rescues
    this.report.task(entry, outcome, { started, ignored, rescued })
    if (!failed || ignored) return
    if (rescued) {
      this.host.results.set('ansible_failed_task', describe(task, taskName(task, this.scope(entry))))
      this.host.results.set('ansible_failed_result', result)
    }
    // Where nothing is changed nothing depends on a proof: what else can be proven of the host is of interest still.
    if (outcome.proof && !rescued && this.batch.verifies) {
      this.#refuted = true
      return
    }
    this.itinerary.fail()
    this.tasks.forgetAhead(this.itinerary.ahead())
  }

  /** A task's result and facts, as this host will see them. */
  record({ task, place, prepared }: Entry, result: Readonly<Record<string, Value>>): void {
    const unit = prepared?.kind === 'units' ? prepared.units.find(isUnit) : undefined
    const whose = unit ? factsOf(this, task, unit) : this.host
    if (whose !== this.host) this.batch.progress.past.before(whose, setBy(task), place)
    if (task.module !== 'include_vars') learnFacts(whose, result)
    if (task.register !== undefined) this.host.results.set(task.register, result)
    if (this.tasks.scopes.writesHere(task)) this.batch.prepare.cache.files.clear()
  }

  /** Runs the task; undefined when its host went away and the task says to go on then. */
  async #reached(entry: Entry, started: number): Promise<Outcome | undefined> {
    try {
      return await runTask(this, entry, started)
    } catch (error) {
      if (!(error instanceof Unreachable) || this.batch.stopped(behindAll)) throw error
      if (!this.report.flag(entry, entry.task.directives.ignoreUnreachable)) throw error
      for (const link of this.#links.values()) link.outdate()
      entry.done = true
      const result = { unreachable: true, changed: false, msg: error.message }
      this.record(entry, result)
      shareResult(this, entry, result)
      this.report.unreachable(entry, error, { started, ignored: true })
      return undefined
    }
  }

  /** The link to the host that a unit runs on. */
  link({ host }: Unit): HostLink {
    let link = this.#links.get(host)
    if (!link) {
      this.#links.set(host, (link = this.batch.links.to(host)))
      link.hold()
    }
    return link
  }

  /** The next exchange with this host logs in anew. */
  reconnect(): void {
    this.#links.get(this.host)?.dropAll()
  }

  sameSession(one: Unit, other: Unit): boolean {
    return this.link(one).sessionKey(one) === this.link(other).sessionKey(other)
  }

  #begin(role: Role | undefined): void {
    if (role) this.#roles.begun.add(role.key)
  }

  prepare(entry: Entry): Promise<Prepared> {
    return this.settled(entry, () => this.tasks.prepare(entry, this.#prepare))
  }

  /**
   * Does what may ask for variables of other hosts. What they have yet to set is waited for; with `strategy: free`
   * everybody takes what is there.
   */
  async settled<T>(entry: Entry, work: () => T | Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      if (!(error instanceof NotYetKnown) || error instanceof Unforeseen) throw error
      await this.turn(entry)
      return work()
    }
  }

  prepareEarly(entry: Entry): Promise<Prepared | undefined> {
    return this.tasks.prepareEarly(entry, this.#prepare)
  }

  scope(entry: Entry): TaskScope {
    return this.tasks.scopes.of(entry, entry.task)
  }

  /** Waits until the strategy lets this host change something for the task. */
  async turn(entry: Entry): Promise<void> {
    const { gate } = this.batch
    if (gate.isOpen(entry.place)) return
    await this.waiting(this.batch.whileWaiting(() => gate.wait(entry.place)))
    if (this.batch.stopped(entry.place)) throw new Stopped()
  }

  async sleep(seconds: number): Promise<void> {
    const { interrupted } = this.batch
    await this.waiting(
      sleepFor(seconds, interrupted).catch(() => {
        throw new Stopped()
      }),
    )
  }

  /** What is waited for is not time at work, in a profile. */
  async waiting<T>(wait: Promise<T>): Promise<T> {
    const started = performance.now()
    this.#waits++
    try {
      return await wait
    } finally {
      this.#waits--
      if (this.#waits === 0) this.batch.links.stopwatch(this.host.name)?.waited(performance.now() - started)
    }
  }

  /** Notifies a changed task's handlers. A name that turns out to be nobody's fails the task: it would be lost. */
  #notify(entry: Entry, outcome: Outcome): Outcome {
    if (outcome.kind !== 'changed' && outcome.kind !== 'may-change') return outcome
    const render = (text: string, handler = entry.task): string =>
      plainText(renderValue(text, this.tasks.scopes.of(entry, handler).context))
    try {
      for (const written of entry.task.notify) {
        const name = render(written)
        if (this.notifications.notify(name, render, outcome.kind === 'changed')) continue
        const { changes, result } = outcome
        return failure(`no handler of this play is called '${name}'`, { changes, result })
      }
      return outcome
    } catch (error) {
      return taskFailure(error)
    }
  }

  /** A failure that nothing rescued. */
  #out(): HostState {
    this.host.out = true
    const entry = this.#current
    this.batch.failed(this.host.name, entry?.place ?? beforeAll, entry !== undefined && this.#isFatal(entry))
    return 'failed'
  }

  /** Keywords that are judged while nothing can wait: what other hosts have yet to set for them is waited for now. */
  async #settleKeywords(entry: Entry): Promise<void> {
    const { directives } = entry.task
    const { ignoreErrors, ignoreUnreachable, noLog, anyErrorsFatal, diff, runOnce, throttle } = directives
    const templates = [ignoreErrors, ignoreUnreachable, noLog, anyErrorsFatal, diff, runOnce, throttle].filter(
      (part) => typeof part?.value === 'string',
    )
    for (const part of templates) {
      try {
        await this.settled(entry, () => keyword(part, this.scope(entry)))
      } catch (error) {
        // What the task itself will register may be missing: told when it is asked for.
        if (!(error instanceof UserError) && !(error instanceof NotYetKnown)) throw error
      }
    }
  }

  /** The host went away, or the run was stopped under it. */
  #broken(error: unknown, entry: Entry | undefined): HostState {
    if (error instanceof Stopped) return 'cancelled'
    if (!(error instanceof Unreachable)) throw error
    this.host.out = true
    if (this.batch.stopped(behindAll)) return 'cancelled'
    this.report.unreachable(entry, error, { started: performance.now(), ignored: false })
    this.batch.failed(this.host.name, entry?.place ?? beforeAll, entry !== undefined && this.#isFatal(entry))
    return 'unreachable'
  }

  /** Whether the failure of a task ends the play for all: what should have run once for all of them did not. */
  #isFatal(entry: Entry): boolean {
    const { anyErrorsFatal, runOnce } = entry.task.directives
    return (
      this.report.flag(entry, anyErrorsFatal) || (this.batch.runOnce !== undefined && this.report.flag(entry, runOnce))
    )
  }
}

/** In a check: what a handler would change if it were to run. */
function doubted({ doubtful }: Entry, outcome: Outcome): Outcome {
  if (!doubtful || outcome.kind !== 'changed') return outcome
  return { ...outcome, kind: 'may-change', message: 'if what notifies it changes anything' }
}

/** `ansible_failed_task` */
function describe({ name, module, args, role }: Task, title: string) {
  return {
    name: name === undefined ? '' : title,
    action: module,
    args: isMapping(args) ? args : { _raw_params: args },
    ...(role && { role: { _role_name: role.name, _role_path: role.dir } }),
  }
}
