import { expect } from 'chai'
import fc from 'fast-check'
import { parseLiteral } from '../../src/inventory/python-literal.ts'
import { askAnsible, requireAnsible } from './oracle.ts'

const TEXTS = [
  '',
  '1',
  '-1',
  '+1',
  '- 1',
  '--1',
  '0',
  '00',
  '0644',
  '0o17',
  '0x1f',
  '0b11',
  '1_000',
  '1__0',
  '1.5',
  '.5',
  '1.',
  '1e3',
  '-1e-3',
  '1.5.1',
  '10.0.0.1',
  '10.0.0.0/8',
  '1j',
  '12345678901234567890',
  'yes',
  'true',
  'True',
  'False',
  'None',
  'none',
  'Truex',
  "'a'",
  '"a"',
  "'a",
  'a b',
  "'it''s'",
  "'a' 'b'",
  "'a' b",
  'r"\\n"',
  '"\\n\\x41\\u00e9\\101\\q"',
  "u'x'",
  "b'x'",
  'f"x"',
  '"""a"b"""',
  "''",
  '[1, 2]',
  '[1, 2,]',
  '[]',
  '[1',
  "['a', None]",
  '(1, 2)',
  '(1)',
  '(1,)',
  '()',
  '80,443',
  '80,',
  ',80',
  '80,443,',
  '{}',
  "{'a': 1}",
  "{'a': {'b': [1]}, 'c': 'd'}",
  '{1: 2}',
  '{1, 2}',
  "{'a'}",
  "{'a': 1, 'b'}",
  '1 # c',
  "'a' # c",
  'a # c',
  '[1] # c',
  '1+1',
  'foo()',
  'a.b',
  '...',
  '$x',
  'a=b',
  '{{ x }}',
  "'{{ x }}'",
  '[{{ x }}]',
  '!vault',
  '\\',
  "'\\'",
  ' 1',
  '[ 1 , 2 ]',
  '1 2',
  '[1 2]',
  '-(1)',
  '-True',
  "-'a'",
  '[-1]',
  "'\\U0001F600'",
  '0x',
  '1if',
  '9007199254740993',
  '-9007199254740993',
  '1.0',
  '2024-01-02',
  '12:30',
]

describe('parseLiteral', () => {
  const table: readonly [string, unknown][] = [
    ['1', 1],
    ['yes', undefined],
    ['True', true],
    ['None', null],
    ["'it''s'", 'its'],
    ['80,443', [80, 443]],
    ['0644', undefined],
    ['(1)', 1],
    ['(1,)', [1]],
    ["{'a': [1, 'x']}", { a: [1, 'x'] }],
    ['1 # c', 1],
    ['10.0.0.1', undefined],
    ['', undefined],
  ]
  for (const [text, expected] of table) {
    it(`${text} → ${JSON.stringify(expected)}`, () => expect(parseLiteral(text)).to.deep.equal(expected))
  }

  describe('beside Ansible', () => {
    before(function () {
      requireAnsible(this)
    })

    it('reads the same values', async () => {
      const answers = await askAnsible(TEXTS.map((text) => ({ ask: 'literal', text })))
      const theirs = answers.map((answer, index) => [TEXTS[index], 'value' in answer ? answer.value : answer])
      const known: Record<string, unknown> = { '...': '...', '1j': '1j' }
      const ours = TEXTS.map((text) => [text, parseLiteral(text) === undefined ? text : parseLiteral(text)])
      const same = (rows: unknown[][]) => rows.filter(([text]) => !(String(text) in known))
      expect(same(ours)).to.deep.equal(same(theirs))
    })

    it('also of random text', async () => {
      const pieces = [
        '1',
        '0',
        'a',
        "'",
        '"',
        '[',
        ']',
        '(',
        ')',
        '{',
        '}',
        ',',
        ':',
        ' ',
        '#',
        '-',
        '.',
        '\\',
        'True',
        'None',
        "'x'",
        '_',
        'e',
        'x',
        'n',
      ]
      const text = fc.array(fc.constantFrom(...pieces), { maxLength: 8 }).map((parts) => parts.join(''))
      const texts = fc.sample(text, 1500)
      const answers = await askAnsible(texts.map((sample) => ({ ask: 'literal', text: sample })))
      answers.forEach((answer, index) => {
        const sample = texts[index] ?? ''
        // A dict as a key is an error there and text here; sets have no order.
        if ('error' in answer || /\{[^:]*\}|\.\.\./.test(sample)) return
        const own = parseLiteral(sample)
        expect([sample, own === undefined ? sample : own]).to.deep.equal([sample, answer.value])
      })
    })
  })
})
