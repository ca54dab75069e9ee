import { UserError, UserErrors } from '../../../src/errors.ts'
import type { TaskEvent } from '../../../src/report/events.ts'
import { isMapping, type Value } from '../../../src/source/value.ts'
import { runPlaybook } from '../../engine/playbook-run.ts'
import { recapText, taskText } from './ask.ts'
import { type Answer, hostsOf, type PlaybookCase } from './case.ts'

/** What Sallyport makes of a case, in the words of ansible-playbook's answer; why it was refused, where it was. */
export async function runCase(one: PlaybookCase): Promise<{ answer: Answer; refusal?: string }> {
  try {
    const run = await runPlaybook(one.play, { ...one.args, files: one.files ?? {}, hosts: hostsOf(one) })
    const recap = Object.fromEntries(
      Object.entries(run.recap.hosts).map(([host, counts]) => [host, recapText({ ...counts })]),
    )
    const tasks: Record<string, string[]> = {}
    for (const event of run.tasks) {
      if (event.item === undefined && !isStructure(event)) (tasks[event.host] ??= []).push(textOf(event))
    }
    return { answer: { refused: false, code: run.code, recap: withoutIdle(recap), tasks } }
  } catch (error) {
    if (!(error instanceof UserError || error instanceof UserErrors)) throw error
    const refusal = error instanceof UserErrors ? error.errors.map(({ message }) => message).join('; ') : error.message
    return { answer: { refused: true, code: 1, recap: {}, tasks: {} }, refusal }
  }
}

/** Ansible's recap has hosts that ran something only. */
function withoutIdle(recap: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(recap).filter(([, counts]) => counts !== ''))
}

function isStructure({ task, outcome }: TaskEvent): boolean {
  return /^(include_tasks|include_role|meta)$/.test(task.module) && outcome === 'ok'
}

function textOf({ task, outcome, ignored, result }: TaskEvent): string {
  const kind = task.handler ? 'handler ' : ''
  const said = task.module === 'debug' && outcome === 'ok' ? saidIn(result ?? {}) : null
  // Ansible's callback knows neither of a host that is away whether that is ignored, nor of a failure why.
  const word = outcome === 'timed-out' ? 'failed' : outcome
  return taskText(kind + task.name, ignored && word !== 'unreachable' ? `${word} ignored` : word, said)
}

function saidIn(result: Readonly<Record<string, Value>>): Value {
  const { results, msg } = result
  if (!Array.isArray(results)) return msg ?? null
  return results.map((item: Value) => (isMapping(item) ? (item['msg'] ?? null) : null))
}
