import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { z } from 'zod'
import { UserError } from '../errors.ts'
import type { HostStats, RunEvent, RunMode } from './events.ts'
import type { RunRecord } from './merge.ts'
import { createTally, noStats } from './stats.ts'

const counts = z.record(z.string(), z.number())
const recap = z.object({
  event: z.literal('recap'),
  hosts: z.record(z.string(), counts),
  may_change: counts.default({}),
  exit_code: z.number(),
  cancelled: z.boolean(),
  ms: z.number(),
})
const anyEvent = z.looseObject({ event: z.string() })
/** What is read of the events that count; the others may be whatever they are. */
const counted: Readonly<Record<string, z.ZodType>> = {
  'run-start': z.looseObject({ mode: z.enum(['apply', 'check', 'apply-check', 'verify']) }),
  'play-start': z.looseObject({ hosts: z.array(z.string()) }),
  task: z.looseObject({ host: z.string(), outcome: z.string(), changes: z.array(z.unknown()) }),
  'host-end': z.looseObject({ host: z.string(), state: z.string() }),
}

export interface ReadRun {
  readonly record: RunRecord
  /** The file ends with its recap: the run came to its end. */
  readonly complete: boolean
}

/**
 * Reads what `--output jsonl` wrote, line by line: a large fleet's file need not fit into memory. Of a run that was cut
 * off it is what the file tells, with exit code 2.
 * @throws UserError with the line that is none of such a file
 */
export async function readRun(file: string): Promise<ReadRun> {
  const tally = createTally()
  let mode: RunMode = 'apply'
  let end: z.output<typeof recap> | undefined
  let line = 0
  for await (const text of createInterface({ input: createReadStream(file), crlfDelay: Infinity })) {
    line++
    if (text.trim() === '') continue
    const event = parsed(text, file, line)
    const schema = counted[event.event]
    if (schema) checked(schema.safeParse(event), file, line)
    if (event.event === 'run-start') mode = event['mode'] as RunMode
    if (event.event === 'recap') end = checked(recap.safeParse(event), file, line)
    else tally.add(event as unknown as RunEvent)
  }
  if (line === 0) throw new UserError(`${file} is empty`, { hint: 'it takes what `--output jsonl` wrote' })
  const states = tally.states()
  if (!end) {
    const record = { mode, hosts: tally.hosts(), states, exitCode: 2, cancelled: true, ms: 0 }
    return { record, complete: false }
  }
  const { hosts, may_change: mayChange, exit_code: exitCode, cancelled, ms } = end
  const stats = Object.entries(hosts).map(([host, own]): [string, HostStats] => [
    host,
    { ...noStats, ...own, 'may-change': mayChange[host] ?? 0 },
  ])
  return { record: { mode, hosts: Object.fromEntries(stats), states, exitCode, cancelled, ms }, complete: true }
}

function parsed(text: string, file: string, line: number): z.output<typeof anyEvent> {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw notOurs(file, line)
  }
  return checked(anyEvent.safeParse(value), file, line)
}

function checked<T>(result: z.ZodSafeParseResult<T>, file: string, line: number): T {
  if (!result.success) throw notOurs(file, line)
  return result.data
}

function notOurs(file: string, line: number): UserError {
  return new UserError('this is no line of a run', {
    at: { file, line, column: 1 },
    hint: 'it takes what `--output jsonl` wrote to standard output, and nothing else',
  })
}
