import { expect } from 'chai'
import fc from 'fast-check'
import { parseAddress, shortName } from '../../src/inventory/address.ts'
import { expandHostPattern } from '../../src/inventory/ranges.ts'
import { globExpression, splitPattern, splitSubscript } from '../../src/inventory/pattern-syntax.ts'
import { splitWords } from '../../src/inventory/shell-words.ts'
import { askAnsible, requireAnsible } from './oracle.ts'

describe('expandHostPattern', () => {
  const table: readonly [string, readonly string[], number | undefined][] = [
    ['web1', ['web1'], undefined],
    ['web1:2222', ['web1'], 2222],
    ['web[1:3]', ['web1', 'web2', 'web3'], undefined],
    ['web[01:03].x:22', ['web01.x', 'web02.x', 'web03.x'], 22],
    ['web[08:11]', ['web08', 'web09', 'web10', 'web11'], undefined],
    ['[1:10:3]', ['1', '4', '7', '10'], undefined],
    ['db-[a:d:2]', ['db-a', 'db-c'], undefined],
    ['r[1:2]s[a:b]', ['r1sa', 'r1sb', 'r2sa', 'r2sb'], undefined],
    ['w[:2]', ['w0', 'w1', 'w2'], undefined],
    ['10.0.0.[1:2]', ['10.0.0.1', '10.0.0.2'], undefined],
    ['[2001:db8::1]:2222', ['2001:db8::1'], 2222],
    ['2001:db8::1', ['2001:db8::1'], undefined],
    ['host_:22', ['host_:22'], undefined],
  ]
  for (const [text, names, port] of table) {
    it(text, () => expect(expandHostPattern(text)).to.deep.equal({ names, port }))
  }
  for (const [text, message] of [
    ['web[1]', /begin:end/],
    ['web[1:2', /never closed/],
    ['web[3:1]', /ends before/],
    ['web[c:a]', /ends before/],
    ['web[01:100]', /same length/],
    ['web[1:]', /no end/],
    ['web[1:x]', /numbers or of single letters/],
    ['web[1:9:0]', /step/],
    ['web[1:999999999]', /more than/],
  ] as const) {
    it(`refuses ${text}`, () => expect(() => expandHostPattern(text)).to.throw(message))
  }
})

describe('parseAddress', () => {
  it('knows addresses from names', () => {
    expect(parseAddress('web:db')).to.equal(undefined)
    expect(parseAddress('web:22')).to.deep.equal({ host: 'web', port: 22 })
    expect(shortName('web1.example.com')).to.equal('web1')
    expect(shortName('10.0.0.1')).to.equal('10.0.0.1')
  })
})

describe('splitPattern', () => {
  const table: readonly [string, readonly string[]][] = [
    ['all', ['all']],
    ['web:db', ['web', 'db']],
    ['web:&prod:!web1', ['web', '&prod', '!web1']],
    ['a[1:2]:b', ['a[1:2]', 'b']],
    ['a, b ,c[0]', ['a', 'b', 'c[0]']],
    ['2001:db8::1', ['2001:db8::1']],
    ['web:22', ['web:22']],
    ['~web\\d+', ['~web\\d+']],
    ['a,2001:db8::1', ['a', '2001:db8::1']],
  ]
  for (const [text, expected] of table) it(text, () => expect(splitPattern(text)).to.deep.equal(expected))
})

describe('splitSubscript', () => {
  const table: readonly [string, unknown][] = [
    ['web', { expression: 'web' }],
    ['web[0]', { expression: 'web', subscript: { from: 0 } }],
    ['web[-1]', { expression: 'web', subscript: { from: -1 } }],
    ['web[1:3]', { expression: 'web', subscript: { from: 1, to: 3 } }],
    ['web[2:]', { expression: 'web', subscript: { from: 2, to: Infinity } }],
    ['~web[0]', { expression: '~web[0]' }],
    ['web[ab]', { expression: 'web[ab]' }],
  ]
  for (const [text, expected] of table) it(text, () => expect(splitSubscript(text)).to.deep.equal(expected))
})

describe('globExpression', () => {
  const table: readonly [string, readonly string[], readonly string[]][] = [
    ['web*', ['web', 'web1', 'web.x'], ['aweb', 'we']],
    ['web?', ['web1'], ['web', 'web12']],
    ['w[ae]b', ['wab', 'web'], ['wib', 'wb']],
    ['w[!ae]b', ['wib'], ['wab']],
    ['w[a-c]b', ['wbb'], ['wdb']],
    ['w[]a]b', ['w]b', 'wab'], ['wbb']],
    ['w[b', ['w[b'], ['wb']],
    ['a.b', ['a.b'], ['axb']],
    ['a+(b)*', ['a+(b)c'], ['aab']],
  ]
  for (const [glob, matching, others] of table) {
    it(glob, () => {
      expect([...matching, ...others].filter(globExpression(glob))).to.deep.equal(matching)
    })
  }
})

describe('splitWords', () => {
  it('as Python does', async function () {
    requireAnsible(this)
    const pieces = ['a', 'b=', ' ', '  ', '"', "'", '\\', '#', '\t', 'é', '{', '=', ',']
    const texts = [
      'host a=1 # c',
      'h a="x y" b=\'p "q"\'',
      'h a=x#y',
      'h a=""',
      "h 'a=1 2'",
      'h "a\\"b" \'c\\d\'',
      'h a\\ b',
      'h "a\\nb"',
      'h a="b',
    ]
    texts.push(
      ...fc.sample(
        fc.array(fc.constantFrom(...pieces), { maxLength: 10 }).map((parts) => parts.join('')),
        800,
      ),
    )
    const answers = await askAnsible(texts.map((text) => ({ ask: 'words', text })))
    answers.forEach((answer, index) => {
      const text = texts[index] ?? ''
      const words = splitWords(text)
      const own = typeof words === 'string' ? 'error' : words.map((word) => word.text)
      expect([text, own]).to.deep.equal([text, 'error' in answer ? 'error' : answer.value])
    })
  })
})
