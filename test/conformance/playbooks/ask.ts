import { execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { isMapping, type Value } from '../../../src/source/value.ts'
import { type Answer, hostsOf, type PlaybookCase } from './case.ts'

interface Recorded {
  readonly code: number
  readonly lines: readonly Line[]
}

type Line =
  | { readonly host: string; readonly task: string; readonly outcome: string; readonly said: Value }
  | { readonly recap: string; readonly stats: Readonly<Record<string, number>> }

const counters: Readonly<Record<string, string>> = { failures: 'failed' }

/** What ansible-playbook makes of each case. */
export function ask(python: string, cases: readonly PlaybookCase[]): readonly Answer[] {
  const script = fileURLToPath(new URL('oracle.py', import.meta.url))
  const input = cases.map((one) => ({
    hosts: hostsOf(one),
    files: { 'play.yml': one.play, ...one.files },
    args: one.args ?? {},
  }))
  const output = execFileSync(python, [script], {
    input: JSON.stringify(input),
    encoding: 'utf8',
    env: { ...process.env, TZ: 'UTC', LC_ALL: 'C.UTF-8' },
    stdio: ['pipe', 'pipe', 'inherit'],
    maxBuffer: 64 * 1024 * 1024,
  })
  return (JSON.parse(output) as readonly Recorded[]).map(answerOf)
}

function answerOf({ code, lines }: Recorded): Answer {
  const recap: Record<string, string> = {}
  const tasks: Record<string, string[]> = {}
  for (const line of lines) {
    if ('recap' in line) {
      const named = Object.entries(line.stats).map(([name, count]) => [counters[name] ?? name, count] as const)
      recap[line.recap] = recapText(Object.fromEntries(named))
    } else (tasks[line.host] ??= []).push(taskText(line.task, line.outcome, line.said))
  }
  return {
    refused: code !== 0 && Object.keys(recap).length === 0 && Object.keys(tasks).length === 0,
    code,
    recap,
    tasks,
  }
}

const order = ['ok', 'changed', 'unreachable', 'failed', 'skipped', 'rescued', 'ignored']

export function recapText(counts: Readonly<Record<string, number>>): string {
  return order.flatMap((name) => (counts[name] ? [`${name}=${counts[name]}`] : [])).join(' ')
}

export function taskText(name: string, outcome: string, said: Value): string {
  const nothing = said === null || (Array.isArray(said) && said.every((one) => one === null))
  return nothing ? `${name} ${outcome}` : `${name} ${outcome}: ${JSON.stringify(sorted(said))}`
}

/** Keys in one order, so that texts compare. */
function sorted(value: Value): Value {
  if (Array.isArray(value)) return value.map((item) => sorted(item as Value))
  if (!isMapping(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => [key, sorted(item)]),
  )
}
