import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Change, ConfirmedParts, Diff, StepResult } from '../modules/define.ts'
import {
  armScript,
  awaitPending,
  changeScript,
  confirmScript,
  type GuardedChange,
  type GuardState,
  stateScript,
  tooLate,
} from '../shell/confirm.ts'
import type { Step } from '../shell/protocol.ts'
import type { Script } from '../shell/script.ts'
import { BecomeError } from '../shell/open-shell.ts'
import { Unreachable } from '../transport/transport.ts'
import type { HostLink, Seen } from './host-link.ts'
import { failure, type Failure, stepFailure } from './outcome.ts'
import type { HostSessions, OwnShell } from './sessions.ts'
import type { Planned, Unit } from './unit.ts'

/**
 * A change that may cut the way in. The host arms a timer and makes the change in memory; a login over new connections
 * takes the token from the timer, and only then the change is made to last. Where none comes in time the host takes it
 * back by itself, whatever has become of the controller; `shell/confirm.ts` is its side.
 */
export interface Confirmation {
  /** Until the host takes the change back. */
  readonly seconds: number
  readonly parts: ConfirmedParts
}

/** Undefined where the change needs no confirmation. */
export function confirmationOf(unit: Unit, { plan, wish, state }: Planned): Confirmation | undefined {
  const { module, confirm: seconds } = unit
  if (seconds === undefined || module.kind !== 'state') return undefined
  const parts = module.confirm?.parts(wish, state, plan)
  return parts && { seconds, parts }
}

/** Under the run lock no change waits: whoever takes it has settled what a run that is gone left there. */
export async function settlePending(link: HostLink, unit: Unit): Promise<void> {
  const epoch = unit.probed?.epoch ?? link.epoch
  await link.change(unit, [{ ...stepOf(unit, awaitPending), mutates: true }], [], epoch)
}

/** Milliseconds between two tries to log in, or to see how far the host is. */
const pause = 500
/** Seconds that a host may take to restore, and its network to find it again. */
const healing = 60

/** The change's own result and those of the probes behind it; undefined when the plan was out of date. */
export async function confirmedChange(
  link: HostLink,
  unit: Unit,
  planned: Planned,
  { seconds, parts }: Confirmation,
  probes: readonly Step[],
): Promise<Seen | Failure | undefined> {
  const guard = { id: randomBytes(8).toString('hex'), seconds, parts }
  const epoch = unit.probed?.epoch ?? link.epoch
  const done = await link.alone(unit, epoch, (sessions) => carryOut({ sessions, unit, planned, guard, probes }))
  if (!done?.value) return undefined
  return 'kind' in done.value ? done.value : { results: [...done.value], epoch: done.epoch }
}

interface Undertaking {
  readonly sessions: HostSessions
  readonly unit: Unit
  readonly planned: Planned
  readonly guard: GuardedChange
  readonly probes: readonly Step[]
}

type Results = readonly StepResult[]

async function carryOut(work: Undertaking): Promise<Results | Failure | undefined> {
  const { sessions, unit, planned, guard } = work
  const { before } = guard.parts
  if (before) {
    const step: Step = { ...stepOf(unit, before.script, before.timeout), mutates: true, strict: true }
    const [first] = (await sessions.change(unit.become, [step], before.uploads ?? [])) ?? []
    if (!first) return undefined
    if (first.code !== 0) return stepFailure(first, planned.plan.changes, 'the preparation of the change')
  }
  const change = await makeChange(work)
  if (change.kind === 'over') return change.outcome
  const confirmed = await confirm(work, change)
  if (confirmed.kind === 'confirmed') {
    // What the change has cut without a word would be waited for in vain.
    if (!change.answered()) sessions.drop()
    return confirmed.results
  }
  sessions.drop()
  if (confirmed.gone && !change.armed && change.lost) throw change.lost
  return rolledBack(work, change.armedAt, confirmed.reason)
}

type Made =
  | { readonly kind: 'over'; readonly outcome: Failure | undefined }
  | {
      readonly kind: 'begun'
      /** The change has been made for certain. */
      readonly made: boolean
      /** The host has been heard to be armed. */
      readonly armed: boolean
      /** A little later than it was. */
      readonly armedAt: number
      /** How the change's own exchange broke. */
      readonly lost: Unreachable | undefined
      answered(): boolean
    }

/** Sends the change. Its answer may never come: then the login is tried without it. */
async function makeChange({ sessions, unit, planned, guard }: Undertaking): Promise<Made> {
  const steps: Step[] = [
    { ...stepOf(unit, armScript(guard)), mutates: true, strict: true },
    { ...stepOf(unit, changeScript(guard)), mutates: true },
  ]
  let armedAt: number | undefined
  let answered = false
  const patience = Math.min(5000, (guard.seconds * 1000) / 6)
  let losePatience = (): void => undefined
  const impatience = new Promise<undefined>((resolve) => (losePatience = () => resolve(undefined)))
  const heard = (index: number, code: number) => {
    if (index > 0 || code !== 0) return
    armedAt = performance.now()
    setTimeout(losePatience, patience).unref()
  }
  const settled = sessions.change(unit.become, steps, [], heard).then(
    (results) => {
      answered = true
      return { results }
    },
    (error: unknown) => {
      if (error instanceof Unreachable) return { lost: error }
      throw error
    },
  )
  const first = await Promise.race([settled, impatience])
  const armed = armedAt !== undefined
  const begun = { kind: 'begun', armed, armedAt: armedAt ?? performance.now(), answered: () => answered } as const
  if (!first) return { ...begun, made: false, lost: undefined }
  if ('lost' in first) return { ...begun, made: false, lost: first.lost }
  const failed = first.results?.find(({ code }) => code !== 0)
  if (failed) return { kind: 'over', outcome: stepFailure(failed, planned.plan.changes, 'the change') }
  return first.results ? { ...begun, made: true, lost: undefined } : { kind: 'over', outcome: undefined }
}

type Confirmed =
  | { readonly kind: 'confirmed'; readonly results: Results }
  /** `gone`: nothing of the change was to be seen on the host. */
  | { readonly kind: 'missed'; readonly reason: string; readonly gone?: boolean }

/** Logs in anew until that works, as long as the host waits. */
async function confirm(work: Undertaking, change: Extract<Made, { kind: 'begun' }>): Promise<Confirmed> {
  const { unit, guard, probes } = work
  // The login's time is over before the timer's: what was confirmed shall not be what is just taken back.
  const deadline = change.armedAt + guard.seconds * 1000 - Math.max(1000, guard.seconds * 100)
  const steps = [stepOf(unit, confirmScript(guard)), ...probes]
  let { made } = change
  let reason = ''
  for (let left = deadline - performance.now(); left > 0; left = deadline - performance.now()) {
    try {
      const results = await inNewShell(work, left, async (shell) => {
        if (made) return shell.exchange(steps)
        const state = await stateOf(shell, work)
        if (state === 'gone') return state
        // This login may be older than the change and proves nothing; the next one will.
        made = state === 'made'
        return undefined
      })
      if (results === 'gone') return { kind: 'missed', reason: 'the login came too late', gone: true }
      if (results) {
        if (results[0]?.stdout.toString().trim() === tooLate)
          return { kind: 'missed', reason: 'the login came too late' }
        return { kind: 'confirmed', results }
      }
      if (made) continue
    } catch (error) {
      if (!(error instanceof Unreachable || error instanceof BecomeError)) throw error
      reason = error.message
      // Asking again would not help, and may lock an account.
      if (error instanceof BecomeError || error.phase === 'login' || error.phase === 'host-key') break
    }
    await sleep(pause)
  }
  return { kind: 'missed', reason: reason || 'the host did not finish the change in time' }
}

/** Waits until the host has healed itself, sees to it that it has, and says so. */
async function rolledBack(work: Undertaking, armedAt: number, reason: string): Promise<Results | Failure> {
  const { unit, planned, guard, probes } = work
  const due = armedAt + guard.seconds * 1000
  await sleep(Math.max(0, due - performance.now()))
  for (;;) {
    const late = performance.now() > due + healing * 1000
    try {
      const seen = await inNewShell(work, 10_000, async (shell) => {
        const [state, ...results] = await shell.exchange([stepOf(unit, stateScript(guard.id)), ...probes])
        return state?.stdout.toString().trim() === 'gone' ? { state, results } : undefined
      })
      if (seen) return outcomeOf(planned, unit, guard, reason, [seen.state, ...seen.results])
      if (late) return failure(`no new login (${reason}), and the host has not taken the change back`)
    } catch (error) {
      if (!(error instanceof Unreachable || error instanceof BecomeError)) throw error
      if (late)
        throw new Unreachable(
          error instanceof Unreachable ? error.phase : 'become',
          `after a change that no new login confirmed: ${error.message}`,
        )
    }
    await sleep(pause)
  }
}

/** The probes say what it came to: the confirmation itself may have got through, and only its answer was lost. */
function outcomeOf(
  { plan, wish }: Planned,
  { module, wish: asked }: Unit,
  { seconds }: GuardedChange,
  reason: string,
  results: Results,
): Results | Failure {
  const probe = results[1]
  if (module.kind === 'state' && probe?.code === 0) {
    const again = module.plan(wish, module.parse(probe.stdout.toString('utf8'), asked))
    if (again.changes.length === 0 && again.refuse === undefined) return results
  }
  const message = [
    `rolled back by the host: no new login within ${seconds} s: ${reason}`,
    ...plan.changes.flatMap(told),
  ]
  return failure(message.join('\n'), {
    changes: plan.changes,
    hint: 'the host is as it was before. Something in these changes, or beside them on the host, keeps new connections out',
    result: { rolled_back: true },
  })
}

/** A change with the lines that come and go. */
function told({ what, diff }: Change): string[] {
  return [what, ...(diff ? changedLines(diff) : [])]
}

function changedLines({ before, after }: Diff): string[] {
  const [old, wished] = [before, after].map((text) => text.split('\n').filter((line) => line !== '')) as [
    string[],
    string[],
  ]
  return [
    ...old.filter((line) => !wished.includes(line)).map((line) => `  - ${line}`),
    ...wished.filter((line) => !old.includes(line)).map((line) => `  + ${line}`),
  ]
}

async function stateOf(shell: OwnShell, { unit, guard }: Undertaking): Promise<GuardState> {
  const [step] = await shell.exchange([stepOf(unit, stateScript(guard.id))])
  return step?.stdout.toString().trim() as GuardState
}

/** Work in a shell of its own, over as new a connection as can be; `limit` is in milliseconds and for the login. */
async function inNewShell<T>(
  { sessions, unit }: Undertaking,
  limit: number,
  work: (shell: OwnShell) => Promise<T>,
): Promise<T> {
  const shell = await sessions.openAnew(unit.become, limit)
  try {
    return await work(shell)
  } finally {
    shell.close()
  }
}

function stepOf(unit: Unit, script: Script, own?: number): Step {
  const timeout = unit.timeout ?? own
  return { script, environment: unit.environment, ...(timeout !== undefined && { timeout }) }
}
