import fc from 'fast-check'
import type { Case } from './case.ts'

const word = fc.constantFrom('a', 'b', 'ab', '#a', 'b a', '', 'é', '\\1', '[a]')
const pattern = fc.constantFrom('a', '^a', 'b$', '^#?(a)', '(?P<x>b)', '[^a]', 'é', '\\w+', '^$', '(?m)^b')
const optional = <T>(given: fc.Arbitrary<T>) => fc.option(given, { nil: undefined, freq: 2 })

const text = fc
  .tuple(
    fc.array(fc.tuple(word, fc.constantFrom('\n', '\n', '\n', '\r\n')), { maxLength: 6 }),
    fc.constantFrom('', 'a', 'b'),
  )
  .map(([rows, last]) => Buffer.from(rows.map(([one, end]) => one + end).join('') + last).toString('latin1'))

const place = fc.oneof(
  fc.constant({}),
  fc.oneof(pattern, fc.constantFrom('BOF', 'EOF')).map((insertafter) => ({ insertafter })),
  fc.oneof(pattern, fc.constantFrom('BOF', 'EOF')).map((insertbefore) => ({ insertbefore })),
)

const lineArguments = fc
  .tuple(
    place,
    fc.record({ line: word, regexp: optional(pattern), firstmatch: fc.boolean() }),
    fc.constantFrom('present', 'present', 'absent'),
  )
  .map(([where, what, state]) => ({ ...where, ...what, state }))

const blockArguments = fc
  .tuple(
    place,
    fc.record({ block: word, marker: fc.constantFrom('# {mark}', '{mark}') }),
    fc.constantFrom('present', 'present', 'absent'),
  )
  .map(([where, what, state]) => ({ ...where, ...what, marker_begin: 'a', marker_end: 'b', state }))

const replaceArguments = fc.record({
  regexp: pattern,
  replace: word.filter((one) => one !== '\\1'),
  after: optional(pattern),
  before: optional(pattern),
})

const one: fc.Arbitrary<Case> = fc
  .oneof(
    fc.tuple(fc.constant('lineinfile'), lineArguments),
    fc.tuple(fc.constant('blockinfile'), blockArguments),
    fc.tuple(fc.constant('replace'), replaceArguments),
  )
  .chain(([module, args]) =>
    text.map((f) => ({
      module,
      args: JSON.parse(JSON.stringify({ path: '{{dir}}/f', ...args })) as Case['args'],
      start: { f },
    })),
  )
  .filter(
    ({ module, args, start }) =>
      !(module === 'lineinfile' && 'insertafter' in args && !/^$|\n$/.test(start?.['f'] ?? '')),
  )

/** Without what Ansible glues together: below an open last line. Edits of small files in which patterns, lines and markers meet often; the same ones for the same seed. */
export const generate = (count: number, seed: number): readonly Case[] => fc.sample(one, { numRuns: count, seed })
