import { z } from 'zod'
import { text } from './args.ts'
import { defineSession, type HostSession, type Report } from './define.ts'
import { forgetJob, forgotten, jobId, jobState, lookAtJob, type About } from './jobs/job.ts'
import { loadModule } from './registry.ts'

const args = z.strictObject({
  jid: text()
    .refine((id) => jobId.test(id), 'is no job: give it the ansible_job_id of the task that started one')
    .describe('The ansible_job_id that the task which started the job registered'),
  mode: z.enum(['status', 'cleanup']).default('status').describe('Ask how the job is doing, or take its traces away'),
})

/** Asks for a job that a task with `async` and `poll: 0` has started, as Ansible's `async_status`. */
export default defineSession({
  name: 'async_status',
  doc: {
    summary: 'Ask for a job in the background of the host, or take its traces away',
    checkMode: 'Not run: a check starts no jobs.',
    example:
      '- async_status: { jid: "{{ job.ansible_job_id }}" }\n  register: done\n  until: done.finished\n  retries: 60',
    returns: {
      finished: '1 when the job is over, with everything that its module returns; 0 before',
      started: '1: it was started',
      ansible_job_id: 'the name of the job',
      results_file: 'where the host keeps it',
      erased: 'what mode: cleanup took away',
    },
  },
  args,
  run: ({ jid, mode }, host) => (mode === 'cleanup' ? cleanUp(jid, host) : status(jid, host)),
})

async function cleanUp(id: string, host: HostSession): Promise<Report> {
  const folder = forgotten(await host.change(forgetJob(id)))
  if (folder === undefined) return missing(id)
  return { changed: false, result: { ...base(id), finished: 0, started: 0, erased: folder } }
}

/** What the job has changed until now nobody has seen: what was known of the host before counts no more. */
async function status(id: string, host: HostSession): Promise<Report> {
  const { folder, state } = jobState(await host.change(lookAtJob(id)))
  const known = { ...base(id), results_file: folder }
  if (state.kind === 'missing') return missing(id)
  if (state.kind === 'running') return { changed: false, result: { ...known, finished: 0 } }
  if (state.kind === 'gone') {
    const failed = 'the job is gone: it was killed, or the host was started anew'
    return { changed: false, failed, result: { ...known, msg: failed } }
  }
  const report = await reportOf(state.about, state.step)
  if (!state.step.timedOut) return { ...report, result: { ...known, ...report.result } }
  const failed = 'Timeout exceeded'
  return { changed: report.changed, failed, result: { ...known, ...report.result, msg: failed } }
}

async function reportOf({ module, wish, satisfied }: About, step: Parameters<typeof jobState>[0]): Promise<Report> {
  if (satisfied !== undefined) return { changed: false, result: { msg: satisfied } }
  const action = await loadModule(module)
  if (action.kind !== 'action') throw new Error(`${module} is no action`)
  return action.report(wish, step)
}

function base(id: string) {
  return { ansible_job_id: id, started: 1, finished: 1, stdout: '', stderr: '', stdout_lines: [], stderr_lines: [] }
}

function missing(id: string): Report {
  const failed = 'could not find job'
  return { changed: false, failed, result: { ...base(id), msg: failed } }
}
