import fc from 'fast-check'
import type { OutcomeKind, RunEvent, TaskEvent } from '../../../src/report/events.ts'

const nasty = [
  '\u001b[2J',
  '\u001b]0;owned\u0007',
  '\r',
  '\u009b31m',
  '\u202e',
  '\n',
  '\t',
  '\0',
  '\b',
  '\u2028',
  '界',
  '👩‍🚒',
  '\ud800',
]

/** Text as a host might send it to harm or to confuse. */
export const anyText = fc
  .array(fc.oneof(fc.constantFrom(...nasty), fc.string({ maxLength: 8 }), fc.constantFrom(...'abc →')), {
    maxLength: 12,
  })
  .map((parts) => parts.join(''))

const host = fc.constantFrom('web1', 'web2', 'db\u001b[31m', '数据库')
const outcomes: OutcomeKind[] = [
  'ok',
  'changed',
  'may-change',
  'failed',
  'unreachable',
  'skipped',
  'timed-out',
  'cancelled',
]

export const anyTask: fc.Arbitrary<TaskEvent> = fc
  .record({
    event: fc.constant('task' as const),
    host,
    task: fc.record({
      name: anyText,
      module: fc.constantFrom('template', 'debug', 'shell'),
      at: anyText.map((text) => `${text}:3`),
    }),
    outcome: fc.constantFrom(...outcomes),
    check: fc.boolean(),
    changes: fc.array(
      fc.record({ what: anyText, diff: fc.record({ name: anyText, before: anyText, after: anyText }) }),
      { maxLength: 2 },
    ),
    ms: fc.nat(100_000),
    more: fc.record(
      {
        item: anyText,
        message: anyText,
        hint: anyText,
        ignored: fc.boolean(),
        rescued: fc.boolean(),
        result: fc.dictionary(anyText, fc.oneof(anyText, fc.boolean()), { maxKeys: 3 }),
      },
      { requiredKeys: [] },
    ),
  })
  .map(({ more, ...event }) => ({ ...event, ...more }))

export const anyEvents: fc.Arbitrary<RunEvent[]> = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: anyTask },
    { weight: 1, arbitrary: fc.record({ event: fc.constant('warning' as const), message: anyText, host }) },
    { weight: 1, arbitrary: fc.record({ event: fc.constant('notice' as const), message: anyText }) },
    {
      weight: 1,
      arbitrary: fc.record({
        event: fc.constant('play-start' as const),
        play: anyText,
        hosts: fc.uniqueArray(host),
        tasks: fc.nat(9),
      }),
    },
    {
      weight: 1,
      arbitrary: fc.record({
        event: fc.constant('host-end' as const),
        host,
        play: anyText,
        state: fc.constantFrom('done' as const, 'failed' as const, 'not-started' as const, 'cancelled' as const),
      }),
    },
  ),
  { maxLength: 15 },
)
