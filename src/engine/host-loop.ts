import type { Plan, StepResult } from '../modules/define.ts'
import { mergeEffects } from '../modules/effects.ts'
import { tellPending, toldPending } from '../shell/confirm.ts'
import type { Step } from '../shell/protocol.ts'
import { lines } from '../shell/script.ts'
import { unitsAhead } from './ahead.ts'
import { leave, notStarted, send, type Sent, tooLong } from './background.ts'
import { confirmationOf, confirmedChange, settlePending } from './confirmed-change.ts'
import type { Entry } from './host-tasks.ts'
import { runIncludeVars } from './include-vars.ts'
import { failure, type Failure, isFailure, notConverged, type Outcome, stepFailure } from './outcome.ts'
import type { HostRun } from './host-run.ts'
import type { Planned, Unit } from './unit.ts'
import { runController } from './run-controller.ts'
import { outcomeOf, reportAction, satisfiedOutcome } from './run-action.ts'
import { runSession } from './run-session.ts'

/**
 * The host loop: probe everything that can be probed in one exchange, then go through the tasks in order. A task that
 * is converged costs nothing; a change costs one exchange, which carries the probes that the next change needs.
 */
export async function runUnit(run: HostRun, entry: Entry, unit: Unit): Promise<Outcome> {
  const { module } = unit
  if (module.kind === 'controller') return runController(run, entry, unit, module)
  if (module.kind === 'structure') return runIncludeVars(run, entry, unit)
  if (module.kind === 'session') return (await satisfied(run, entry, unit)) ?? runSession(run, entry, unit, module)
  if (module.kind === 'action') {
    if (unit.check) {
      const result = unit.job?.poll === 0 ? notStarted : {}
      return { kind: 'skipped', message: `${module.name} does not run in a check`, result, known: 'announced' }
    }
    return runAction(run, entry, unit)
  }
  for (;;) {
    if (!isFresh(run, unit)) await look(run, entry, unit)
    const { probed } = unit
    if (probed && 'failed' in probed) return probed.failed
    const { plan, wish, state } = await planOf(unit)
    for (const warning of plan.warnings ?? []) run.report.warn(entry, warning)
    const result = module.result?.(wish, state) ?? {}
    if (plan.refuse !== undefined) return failure(plan.refuse, { result })
    const pending = probed?.pending === true
    if (pending && unit.check) run.report.warn(entry, unsettled)
    if (plan.changes.length === 0 && !plan.uncertain?.length && !(pending && !unit.check)) return { kind: 'ok', result }
    if (unit.check) return announce(unit, plan, result)
    await run.turn(entry)
    // Others may have changed the host meanwhile.
    if (!isFresh(run, unit)) continue
    if (pending) {
      await settlePending(run.link(unit), unit)
      continue
    }
    const outcome = await change(run, entry, unit, { plan, wish, state })
    if (outcome) return outcome
  }
}

const unsettled = 'a change of another run waits here for its confirmation: what it changed may be taken back'

/** A check run: say what would change, and let later tasks see it as if it had. */
function announce({ host }: Unit, plan: Plan, result: Outcome['result']): Outcome {
  if (plan.effects) host.effects = mergeEffects(host.effects, plan.effects)
  const known = 'announced'
  if (plan.changes.length > 0) return { kind: 'changed', changes: plan.changes, result, known }
  return { kind: 'may-change', message: (plan.uncertain ?? []).join('; '), changes: [], result, known }
}

/** Applies a plan; undefined when the host was locked by another run meanwhile and has to be looked at again. */
async function change(run: HostRun, entry: Entry, unit: Unit, planned: Planned): Promise<Outcome | undefined> {
  const { module } = unit
  const { plan, wish, state } = planned
  if (module.kind !== 'state') throw new Error(`${module.name} has no plan`)
  const ahead = await unitsAhead(run, entry, unit, planIsEmpty)
  const watched = [unit, ...ahead.filter((other) => run.sameSession(other, unit))]
  const seen = await make(run, unit, planned, watched.map(probeStep))
  if (!seen || 'kind' in seen) return seen
  const [applied, ...looks] = seen.results as [StepResult, ...StepResult[]]
  watched.forEach((other, index) => remember(other, looks[index] as StepResult, seen.epoch))
  if (seen.job && applied.timedOut) return tooLong(unit, seen.job)
  if (applied.code !== 0) return stepFailure(applied, plan.changes, 'the change')
  const { probed } = unit
  if (probed && 'failed' in probed) return probed.failed
  const again = await planOf(unit)
  if ((again.plan.changes.length > 0 || again.plan.refuse !== undefined) && !module.everyTime?.(wish, state)) {
    return notConverged(again.plan, plan.changes)
  }
  const result = module.result?.(wish, again.state, state) ?? {}
  return { kind: 'changed', changes: plan.changes, result: { ...result, ...seen.job } }
}

/** The change and the probes behind it, in one exchange; or in those that a confirmed change takes. */
async function make(
  run: HostRun,
  unit: Unit,
  planned: Planned,
  probes: readonly Step[],
): Promise<Sent | Failure | undefined> {
  const { module } = unit
  const link = run.link(unit)
  const confirmation = confirmationOf(unit, planned)
  if (confirmation) return confirmedChange(link, unit, planned, confirmation, probes)
  if (module.kind !== 'state') throw new Error(`${module.name} has no plan`)
  const { script, timeout, uploads } = module.apply(planned.wish, planned.state, planned.plan)
  const step: Step = {
    script,
    mutates: true,
    strict: true,
    environment: unit.environment,
    owner: unit.at,
    ...timeoutOf(unit, timeout),
  }
  return send(link, unit, { step, uploads, probes }, unit.probed?.epoch)
}

async function runAction(run: HostRun, entry: Entry, unit: Unit): Promise<Outcome> {
  const { module, wish } = unit
  if (module.kind !== 'action') throw new Error(`${module.name} is no action`)
  for (;;) {
    const done = await satisfied(run, entry, unit)
    // A job that is left to itself is asked for later, also where there is nothing to do.
    if (done && (unit.job?.poll !== 0 || isFailure(done))) return done
    if (!module.readOnly || unit.job) await run.turn(entry)
    const link = run.link(unit)
    if (unit.job?.poll === 0) {
      const left = await leave(link, unit, module, guardSays(unit))
      if (left) return left
      continue
    }
    const { script, uploads, timeout } = module.run(wish)
    const step: Step = {
      script,
      mutates: !module.readOnly || unit.job !== undefined,
      ownLocale: true,
      environment: unit.environment,
      owner: unit.at,
      ...timeoutOf(unit, timeout),
    }
    const ahead = await unitsAhead(run, entry, unit, planIsEmpty)
    const watched = ahead.filter((other) => run.sameSession(other, unit))
    const probes = watched.map(probeStep)
    const seen: Sent | undefined =
      module.readOnly && !unit.job
        ? await link.look(unit, [step, ...probes])
        : await send(link, unit, { step, uploads, probes })
    if (!seen) continue
    const [ran, ...looks] = seen.results as [StepResult, ...StepResult[]]
    watched.forEach((other, index) => remember(other, looks[index] as StepResult, seen.epoch))
    if (!seen.job) return reportAction(module, wish, ran)
    if (ran.timedOut) return tooLong(unit, seen.job)
    const outcome = outcomeOf(module.report(wish, ran))
    return { ...outcome, result: { ...outcome.result, ...seen.job } }
  }
}

/** What a guard makes of the unit; undefined when it has to run. */
async function satisfied(run: HostRun, entry: Entry, unit: Unit): Promise<Outcome | undefined> {
  if (!isProbed(unit)) return undefined
  if (!isFresh(run, unit)) await look(run, entry, unit)
  const { probed } = unit
  if (probed && 'failed' in probed) return probed.failed
  const reason = guardSays(unit)
  return reason === undefined ? undefined : satisfiedOutcome(unit, reason)
}

/** Why a guarded unit has nothing to do, by what was seen last; undefined when it has, or is not guarded. */
function guardSays({ module, probed, wish }: Unit): string | undefined {
  if ((module.kind !== 'action' && module.kind !== 'session') || !probed || 'failed' in probed) return undefined
  return module.satisfied?.(wish, String(probed.state))
}

/** Probes this unit and, in the same exchange, everything behind it whose arguments are known. */
async function look(run: HostRun, entry: Entry, unit: Unit): Promise<void> {
  const all = [unit, ...(await unitsAhead(run, entry, unit))].filter((other) => !isFresh(run, other))
  const keyOf = (other: Unit): string => run.link(other).sessionKey(other)
  const keys = [...new Set(all.map(keyOf))]
  await Promise.all(
    keys.map(async (key) => {
      const units = all.filter((other) => keyOf(other) === key)
      const [first = unit] = units
      const link = run.link(first)
      const seen = await (key === keyOf(unit)
        ? link.look(unit, units.map(probeStep))
        : link.lookAhead(first, units.map(probeStep), first.host === run.host))
      seen?.results.forEach((result, index) => remember(units[index] as Unit, result, seen.epoch))
    }),
  )
}

function probeStep(unit: Unit): Step {
  const { module, wish } = unit
  const script = module.kind === 'state' ? module.probe(wish) : 'guard' in module ? module.guard?.(wish) : undefined
  if (!script) throw new Error(`${module.name} has nothing to probe`)
  const told = unit.confirm === undefined ? script : lines(tellPending, script)
  return { script: told, environment: unit.environment, owner: unit.at, ...timeoutOf(unit, undefined) }
}

function timeoutOf(unit: Unit, own: number | undefined): { timeout?: number } {
  const timeout = unit.timeout ?? own
  return timeout === undefined ? {} : { timeout }
}

function remember(unit: Unit, step: StepResult, epoch: number): void {
  const { module, wish } = unit
  if (step.code !== 0) {
    unit.probed = { failed: stepFailure(step, [], 'looking at the present state'), epoch }
    return
  }
  const output = step.stdout.toString('utf8')
  const state = module.kind === 'state' ? module.parse(output, wish) : output
  unit.probed = { state, epoch, ...(toldPending(step.stderr) && { pending: true }) }
}

function isFresh(run: HostRun, unit: Unit): boolean {
  return unit.probed?.epoch === run.link(unit).epoch
}

/** The state as the plan sees it: as probed, in a check run with the announced changes laid over it. */
function stateOf(unit: Unit): unknown {
  const { module, probed, wish } = unit
  if (!probed || 'failed' in probed) throw new Error(`${module.name} was not probed`)
  if (module.kind !== 'state' || !unit.check || !module.overlay) return probed.state
  return module.overlay(probed.state, unit.host.effects, wish)
}

async function planOf(unit: Unit): Promise<Planned> {
  const { module } = unit
  const state = stateOf(unit)
  if (module.kind !== 'state') return { plan: { changes: [] }, wish: unit.wish, state }
  const wish = module.complete ? await module.complete(unit.wish, state, unit.controller) : unit.wish
  return { plan: module.plan(wish, state), wish, state }
}

/** By what is known of it, the unit will have nothing to do. */
async function planIsEmpty(_run: HostRun, unit: Unit): Promise<boolean> {
  const { module, probed } = unit
  if (module.kind === 'controller' || module.kind === 'structure') return true
  if (!probed || 'failed' in probed) return module.kind === 'state'
  if (module.kind !== 'state') return guardSays(unit) !== undefined
  try {
    return (await planOf(unit)).plan.changes.length === 0
  } catch {
    // It will fail in its own turn, with its own message.
    return false
  }
}

/** Whether there is something to look at on the host for this unit. */
export function isProbed(unit: Unit): boolean {
  const { module, wish } = unit
  if (module.kind === 'state') return true
  const runs = module.kind === 'action' ? !unit.check : module.kind === 'session' && (!unit.check || module.inCheck)
  return runs === true && 'guard' in module && module.guard?.(wish) !== undefined
}
