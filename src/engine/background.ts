import { randomInt } from 'node:crypto'
import { UserError } from '../errors.ts'
import type { ActionModule, Apply, Module, StepResult } from '../modules/define.ts'
import { type About, forgetJob, jobState, lookAtJob, startJob } from '../modules/jobs/job.ts'
import { isAway } from '../modules/sessions/wait.ts'
import { leavesAlone, notAlone } from '../playbook/check-task.ts'
import type { Task, Templated } from '../playbook/playbook.ts'
import { nothing, Script } from '../shell/script.ts'
import type { Step } from '../shell/protocol.ts'
import { plainText, type Mapping, type Value } from '../source/value.ts'
import { sleepFor } from '../timers.ts'
import type { TaskScope } from '../variables/scope.ts'
import type { HostLink } from './host-link.ts'
import { keyword } from './keyword.ts'
import { failure, type Outcome, stepFailure } from './outcome.ts'
import type { JobTerms, Unit } from './unit.ts'

/** Ansible's `poll` where a task does not say. */
const usualPoll = 15
/** Seconds a job may take longer than its watchdog lets it, before it counts as lost. */
const grace = 30

/** A job that cannot be waited for any longer. */
export class JobLost extends Error {}

/** What `async` and `poll` come out as; undefined where the task does not run in the background. */
export function jobTerms(task: Task, module: Module, scope: TaskScope, interval = usualPoll): JobTerms | undefined {
  const limit = seconds('async', task.async, scope) ?? 0
  if (limit === 0) return undefined
  const poll = seconds('poll', task.poll, scope) ?? interval
  if (poll === 0 && !leavesAlone(module)) throw notAlone(module, task.poll)
  return { limit, poll }
}

function seconds(name: string, part: Templated | undefined, scope: TaskScope): number | undefined {
  const value = keyword(part, scope)
  if (value === undefined || value === null) return undefined
  const text = plainText(value).trim()
  if (/^\d{1,9}$/.test(text)) return Number(text)
  throw new UserError(`${name}: expected whole seconds, got '${text}'`, { at: part?.at })
}

/** An exchange of which the first step may have run in the background; then with what a result says of the job. */
export interface Sent {
  readonly results: StepResult[]
  readonly epoch: number
  readonly job?: Mapping
}

/**
 * Makes a change and looks at what came of it. With `async` the change is a job, and the host is asked for it every
 * `poll` seconds, over a new connection if need be. Undefined: see `HostLink.change`.
 */
export async function send(
  link: HostLink,
  unit: Unit,
  { step, uploads = [], probes }: { step: Step; uploads?: Apply['uploads']; probes: readonly Step[] },
  epoch?: number,
): Promise<Sent | undefined> {
  const { job } = unit
  if (!job) return link.change(unit, [step, ...probes], uploads, epoch)
  const id = newId()
  const started = await link.change(unit, [background(step, id, job.limit, noRecord)], uploads, epoch)
  if (!started) return undefined
  const said = started.results[0] as StepResult
  if (said.code !== 0) throw new JobLost(said.stderr.toString().trim())
  const ended = await over(link, unit, id, job)
  const seen = await link.change(unit, [{ script: forgetJob(id), mutates: true }, ...probes], [])
  if (!seen) throw new JobLost('the host was locked by another run before the job could be cleaned up')
  const [, ...probed] = seen.results
  return { results: [ended.step, ...probed], epoch: seen.epoch, job: { ...asked(id, ended.folder), finished: 1 } }
}

const noRecord: About = { module: '', wish: null }

/** Starts a job and goes on: `poll: 0`. */
export async function leave(
  link: HostLink,
  unit: Unit,
  module: ActionModule,
  satisfied: string | undefined,
): Promise<Outcome | undefined> {
  const { script, uploads = [] } = satisfied === undefined ? module.run(unit.wish) : { script: nothing }
  const id = newId()
  const wish = JSON.parse(JSON.stringify(module.keeps?.(unit.wish) ?? null)) as Value
  const about = { module: module.name, wish, ...(satisfied !== undefined && { satisfied }) }
  const step: Step = { script, mutates: true, ownLocale: true, environment: unit.environment }
  const seen = await link.change(unit, [background(step, id, unit.job?.limit ?? 0, about)], uploads)
  if (!seen) return undefined
  const [started] = seen.results as [StepResult]
  if (started.code !== 0) return stepFailure(started, [], 'starting the job')
  const result = { ...asked(id, started.stdout.toString().trim()), finished: 0 }
  return { kind: 'changed', changes: [], result }
}

/** What a check says of a job: it starts none. */
export const notStarted: Mapping = { ansible_job_id: 'j0.0', results_file: '', started: 0, finished: 0 }

/** A job whose time is over. */
export function tooLong({ job }: Unit, result: Mapping | undefined): Outcome {
  return failure(`async task did not complete within the requested time - ${job?.limit ?? 0}s`, {
    result: result ?? {},
  })
}

function background({ strict, ...step }: Step, id: string, limit: number, about: About): Step {
  const script = strict ? new Script(`set -e\n${step.script.text}`) : step.script
  return { ...step, script: startJob(id, { script, limit }, about) }
}

function asked(id: string, folder: string): Mapping {
  return { ansible_job_id: id, results_file: folder, started: 1 }
}

/** As Ansible's look: digits, a dot, digits. */
function newId(): string {
  return `j${randomInt(2 ** 47)}.${randomInt(2 ** 16)}`
}

async function over(
  link: HostLink,
  unit: Unit,
  id: string,
  job: JobTerms,
): Promise<{ step: StepResult; folder: string }> {
  const end = performance.now() + (job.limit + grace) * 1000
  for (;;) {
    await sleepFor(Math.min(job.poll, job.limit))
    try {
      const { results } = await link.look(unit, [{ script: lookAtJob(id) }])
      const { folder, state } = jobState(results[0] as StepResult)
      if (state.kind === 'over') return { step: state.step, folder }
      if (state.kind !== 'running') throw new JobLost('the job is gone: it was killed, or the host was started anew')
      if (performance.now() > end) throw new JobLost(`the job has not ended within ${job.limit} s, and cannot be ended`)
    } catch (error) {
      if (!isAway(error) || performance.now() > end) throw error
      link.drop(unit)
    }
  }
}
