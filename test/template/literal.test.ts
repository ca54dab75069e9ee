import { expect } from 'chai'
import fc from 'fast-check'
import type { Value } from '../../src/source/value.ts'
import { parseLiteral } from '../../src/template/python/literal.ts'
import { repr, str } from '../../src/template/python/repr.ts'
import { toValue } from '../../src/template/values.ts'

/** What a text reads as; undefined if it is no literal. */
function read(text: string): unknown {
  const value = parseLiteral(text)
  return value === undefined ? undefined : toValue(value, str)
}

describe('literals as Python reads them', () => {
  const readable: readonly (readonly [string, unknown])[] = [
    ['[1, 2.5, -3, +4]', [1, 2.5, -3, 4]],
    ["['a', \"b\", 'it\\'s', u'c', r'\\d']", ['a', 'b', "it's", 'c', '\\d']],
    ["['a' 'b']", ['ab']],
    ["['a\\\nb']", ['ab']],
    ['["\\u00e9\\x41\\101\\n"]', ['éAA\n']],
    ["['''a\nb''']", ['a\nb']],
    ['[True, False, None, true, false, null]', [true, false, null, true, false, null]],
    ['[0x1f, 0b11, 0o17, 1_000, 00, 1., .5, 1.e5, 1e3]', [31, 3, 15, 1000, 0, 1, 0.5, 100000, 1000]],
    ["{'a': 1, 2: [3], None: 4, (5, 6): 7}", { a: 1, '2': [3], null: 4, '(5, 6)': 7 }],
    ["{'a': 1,}", { a: 1 }],
    ['{}', {}],
    ['[(), (1,), (1), (1, 2)]', [[], [1], 1, [1, 2]]],
    ['[1], [2]', [[1], [2]]],
    ['{1, 2, 1}', [1, 2]],
    ['[1] ', [1]],
    ['[1]\n\n', [1]],
    ['[1] # comment\n# more', [1]],
    ['[1,\n 2 # two\n]', [1, 2]],
    ["{'__proto__': 1}", Object.fromEntries([['__proto__', 1]])],
  ]
  for (const [text, value] of readable)
    it(`reads ${JSON.stringify(text)}`, () => {
      expect(read(text)).to.deep.equal(value)
    })

  const unreadable = [
    '[',
    '[1',
    '[1 2]',
    '[1,,2]',
    '[,]',
    '{,}',
    "['a]",
    "['a\nb']",
    "['\\x4']",
    '[007]',
    '[1_]',
    '[--1]',
    '[-True]',
    '[nan]',
    '[a]',
    '[f()]',
    '[1][0]',
    '[1] + [2]',
    '[1 if 1 else 2]',
    '[x for x in y]',
    '{**{}}',
    '[*[1]]',
    '{[1]: 2}',
    '{1: 2, 3}',
    '[1]\n ',
    '[1];',
    '[1]\n2',
    "[f'a']",
    '[...]',
    '[1j]',
  ]
  for (const text of unreadable)
    it(`does not read ${JSON.stringify(text)}`, () => {
      expect(read(text)).to.equal(undefined)
    })

  it('reads back whatever repr() writes', () => {
    const leaf: fc.Arbitrary<Value> = fc.oneof(
      fc.constant(null),
      fc.boolean(),
      fc.maxSafeInteger(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.string({ unit: 'binary' }),
    )
    const value = fc.oneof(
      leaf,
      fc.array(fc.oneof(leaf, fc.array(leaf))),
      fc.dictionary(fc.string(), fc.oneof(leaf, fc.dictionary(fc.string(), leaf))),
    )
    fc.assert(
      fc.property(value, (data) => {
        // As JSON: it knows no negative zero either.
        expect(JSON.stringify(read(repr([data])))).to.equal(JSON.stringify([data]))
      }),
    )
  })
})
