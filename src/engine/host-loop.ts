import type { Plan, StepResult } from '../modules/define.ts'
import { mergeEffects } from '../modules/effects.ts'
import type { Step } from '../shell/protocol.ts'
import { unitsAhead } from './ahead.ts'
import type { Entry } from './host-tasks.ts'
import { runIncludeVars } from './include-vars.ts'
import { failure, notConverged, type Outcome, stepFailure } from './outcome.ts'
import type { HostRun } from './host-run.ts'
import type { Unit } from './unit.ts'
import { runController } from './run-controller.ts'
import { reportAction, satisfiedOutcome } from './run-action.ts'
import { runSession } from './run-session.ts'

/**
 * The host loop: probe everything that can be probed in one exchange, then go through the tasks in order. A task that
 * is converged costs nothing; a change costs one exchange, which carries the probes that the next change needs.
 */
export async function runUnit(run: HostRun, entry: Entry, unit: Unit): Promise<Outcome> {
  const { module } = unit
  if (module.kind === 'controller') return runController(run, entry, unit, module)
  if (module.kind === 'structure') return runIncludeVars(run, entry, unit)
  if (module.kind === 'session') return runSession(run, entry, unit, module)
  if (module.kind === 'action') {
    if (unit.check) return { kind: 'skipped', message: `${module.name} does not run in a check`, result: {} }
    return runAction(run, entry, unit)
  }
  for (;;) {
    if (!isFresh(run, unit)) await look(run, entry, unit)
    const { probed } = unit
    if (probed && 'failed' in probed) return probed.failed
    const { plan, wish, state } = await planOf(run, unit)
    for (const warning of plan.warnings ?? []) run.warn(entry, warning)
    const result = module.result?.(wish, state) ?? {}
    if (plan.refuse !== undefined) return failure(plan.refuse, { result })
    if (plan.changes.length === 0 && !plan.uncertain?.length) return { kind: 'ok', result }
    if (unit.check) return announce(run, plan, result)
    await run.turn(entry)
    const outcome = await change(run, entry, unit, { plan, wish, state })
    if (outcome) return outcome
  }
}

/** A check run: say what would change, and let later tasks see it as if it had. */
function announce(run: HostRun, plan: Plan, result: Outcome['result']): Outcome {
  if (plan.effects) run.host.effects = mergeEffects(run.host.effects, plan.effects)
  if (plan.changes.length > 0) return { kind: 'changed', changes: plan.changes, result }
  return { kind: 'may-change', message: (plan.uncertain ?? []).join('; '), changes: [], result }
}

/** Applies a plan; undefined when the host was locked by another run meanwhile and has to be looked at again. */
async function change(run: HostRun, entry: Entry, unit: Unit, planned: Planned): Promise<Outcome | undefined> {
  const { module } = unit
  const { plan, wish, state } = planned
  if (module.kind !== 'state') throw new Error(`${module.name} has no plan`)
  const apply = module.apply(wish, state, plan)
  const ahead = await unitsAhead(run, entry, unit, planIsEmpty)
  const watched = [unit, ...ahead.filter((other) => run.link.sameSession(other, unit))]
  const step: Step = {
    script: apply.script,
    mutates: true,
    strict: true,
    environment: unit.environment,
    ...timeoutOf(unit, apply.timeout),
  }
  const results = await run.link.change(unit, [step, ...watched.map(probeStep)], apply.uploads ?? [])
  if (!results) return undefined
  const [applied, ...probes] = results as [StepResult, ...StepResult[]]
  watched.forEach((other, index) => remember(run, other, probes[index] as StepResult))
  if (applied.code !== 0) return stepFailure(applied, plan.changes, 'the change')
  const { probed } = unit
  if (probed && 'failed' in probed) return probed.failed
  const again = await planOf(run, unit)
  if ((again.plan.changes.length > 0 || again.plan.refuse !== undefined) && !module.everyTime?.(wish, state)) {
    return notConverged(again.plan, plan.changes)
  }
  return { kind: 'changed', changes: plan.changes, result: module.result?.(wish, again.state, state) ?? {} }
}

async function runAction(run: HostRun, entry: Entry, unit: Unit): Promise<Outcome> {
  const { module, wish } = unit
  if (module.kind !== 'action') throw new Error(`${module.name} is no action`)
  for (;;) {
    if (module.guard?.(wish)) {
      if (!isFresh(run, unit)) await look(run, entry, unit)
      if (unit.probed && 'failed' in unit.probed) return unit.probed.failed
      const reason = module.satisfied?.(wish, String(unit.probed?.state))
      if (reason !== undefined) return satisfiedOutcome(module, reason)
    }
    if (!module.readOnly) await run.turn(entry)
    const { script, uploads = [], timeout } = module.run(wish)
    const step: Step = {
      script,
      mutates: !module.readOnly,
      ownLocale: true,
      environment: unit.environment,
      ...timeoutOf(unit, timeout),
    }
    const ahead = await unitsAhead(run, entry, unit, planIsEmpty)
    const watched = ahead.filter((other) => run.link.sameSession(other, unit))
    const steps = [step, ...watched.map(probeStep)]
    const results = module.readOnly ? await run.link.look(unit, steps) : await run.link.change(unit, steps, uploads)
    if (!results) continue
    const [ran, ...probes] = results as [StepResult, ...StepResult[]]
    watched.forEach((other, index) => remember(run, other, probes[index] as StepResult))
    return reportAction(module, wish, ran)
  }
}

/** Probes this unit and, in the same exchange, everything behind it whose arguments are known. */
async function look(run: HostRun, entry: Entry, unit: Unit): Promise<void> {
  const all = [unit, ...(await unitsAhead(run, entry, unit))].filter((other) => !isFresh(run, other))
  const keys = [...new Set(all.map((other) => run.link.sessionKey(other)))]
  const own = run.link.sessionKey(unit)
  await Promise.all(
    keys.map(async (key) => {
      const units = all.filter((other) => run.link.sessionKey(other) === key)
      const results = await (key === own
        ? run.link.look(unit, units.map(probeStep))
        : run.link.lookAhead(units[0] as Unit, units.map(probeStep)))
      results?.forEach((result, index) => remember(run, units[index] as Unit, result))
    }),
  )
}

function probeStep(unit: Unit): Step {
  const { module, wish } = unit
  const script =
    module.kind === 'state' ? module.probe(wish) : module.kind === 'action' ? module.guard?.(wish) : undefined
  if (!script) throw new Error(`${module.name} has nothing to probe`)
  return { script, environment: unit.environment, ...timeoutOf(unit, undefined) }
}

function timeoutOf(unit: Unit, own: number | undefined): { timeout?: number } {
  const timeout = unit.timeout ?? own
  return timeout === undefined ? {} : { timeout }
}

function remember(run: HostRun, unit: Unit, step: StepResult): void {
  const { module, wish } = unit
  const epoch = run.link.epoch
  if (step.code !== 0) {
    unit.probed = { failed: stepFailure(step, [], 'looking at the present state'), epoch }
    return
  }
  const output = step.stdout.toString('utf8')
  unit.probed = { state: module.kind === 'state' ? module.parse(output, wish) : output, epoch }
}

function isFresh(run: HostRun, unit: Unit): boolean {
  return unit.probed?.epoch === run.link.epoch
}

/** The state as the plan sees it: as probed, in a check run with the announced changes laid over it. */
function stateOf(run: HostRun, unit: Unit): unknown {
  const { module, probed, wish } = unit
  if (!probed || 'failed' in probed) throw new Error(`${module.name} was not probed`)
  if (module.kind !== 'state' || !unit.check || !module.overlay) return probed.state
  return module.overlay(probed.state, run.host.effects, wish)
}

interface Planned {
  readonly plan: Plan
  /** The unit's wish, completed by what the state asked for. */
  readonly wish: unknown
  readonly state: unknown
}

async function planOf(run: HostRun, unit: Unit): Promise<Planned> {
  const { module } = unit
  const state = stateOf(run, unit)
  if (module.kind !== 'state') return { plan: { changes: [] }, wish: unit.wish, state }
  const wish = module.complete ? await module.complete(unit.wish, state, unit.controller) : unit.wish
  return { plan: module.plan(wish, state), wish, state }
}

/** By what is known of it, the unit will have nothing to do. */
async function planIsEmpty(run: HostRun, unit: Unit): Promise<boolean> {
  const { module, probed, wish } = unit
  if (module.kind === 'controller' || module.kind === 'structure') return true
  if (!probed || 'failed' in probed) return module.kind === 'state'
  if (module.kind === 'action') return module.satisfied?.(wish, String(probed.state)) !== undefined
  try {
    return (await planOf(run, unit)).plan.changes.length === 0
  } catch {
    // It will fail in its own turn, with its own message.
    return false
  }
}

/** Whether there is something to look at on the host for this unit. */
export function isProbed(unit: Unit): boolean {
  const { module, wish } = unit
  return module.kind === 'state' || (module.kind === 'action' && !unit.check && module.guard?.(wish) !== undefined)
}
