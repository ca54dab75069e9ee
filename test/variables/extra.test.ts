import { expect } from 'chai'
import { join } from 'node:path'
import { UserError } from '../../src/errors.ts'
import { parseExtraVars } from '../../src/variables/load-extra.ts'
import { askAnsible, requireAnsible } from '../inventory/oracle.ts'
import { rejection } from '../source/rejection.ts'
import { folderWith } from '../source/temporary.ts'

async function parse(...args: string[]): Promise<Record<string, unknown>> {
  const variables = await parseExtraVars(args)
  return Object.fromEntries([...variables].map(([name, { value }]) => [name, value]))
}

const ASSIGNMENTS: readonly [string, Record<string, string>][] = [
  ['a=1', { a: '1' }],
  ['a=1 b=yes', { a: '1', b: 'yes' }],
  ['a="x y" b=\'p q\'', { a: 'x y', b: 'p q' }],
  ['a="it\'s"', { a: "it's" }],
  ['a=', { a: '' }],
  ['a==b', { a: '=b' }],
  ['a=b=c', { a: 'b=c' }],
  ['a={{ x }} b=2', { a: '{{ x }}', b: '2' }],
  ['a="{{ x }} {{ y }}"', { a: '{{ x }} {{ y }}' }],
  ['a="{% if x %} y {% endif %}" b=1', { a: '{% if x %} y {% endif %}', b: '1' }],
  ['a={% set x = 1 %} b=1', { a: '{% set x = 1 %}', b: '1' }],
  ['a=x\\ny', { a: 'x\ny' }],
  ['a=\\u00e9\\x41', { a: 'éA' }],
  ['a="x\\"y"', { a: 'x"y' }],
  ['a=1   b=2 ', { a: '1', b: '2' }],
  ['a=1\nb=2', { a: '1', b: '2' }],
  ['a="x\ny" b=2', { a: 'x\ny', b: '2' }],
  ['a=[1,2]', { a: '[1,2]' }],
  ['a=C:\\dir', { a: 'C:\\dir' }],
  ['a-b.c=1', { 'a-b.c': '1' }],
  ['a=é€', { a: 'é€' }],
]

describe('parseExtraVars', () => {
  describe('name=value', () => {
    for (const [text, expected] of ASSIGNMENTS) {
      it(JSON.stringify(text), async () => expect(await parse(text)).to.deep.equal(expected))
    }
    it('as Ansible splits it', async function () {
      requireAnsible(this)
      const answers = await askAnsible(ASSIGNMENTS.map(([text]) => ({ ask: 'key-values', text })))
      answers.forEach((answer, index) => expect(answer).to.deep.equal({ value: ASSIGNMENTS[index]?.[1] }))
    })
  })

  it('JSON and YAML in braces keep their types', async () => {
    expect(await parse('{"a": 1, "b": [true]}', '{c: yes}')).to.deep.equal({ a: 1, b: [true], c: true })
  })

  it('files, and later arguments win', async () => {
    const file = join(folderWith({ 'v.yml': 'a: 1\nb: 2\n' }), 'v.yml')
    expect(await parse(`@${file}`, 'b=3')).to.deep.equal({ a: 1, b: '3' })
    expect(await parse('b=3', `@${file}`)).to.deep.equal({ a: 1, b: 2 })
  })

  describe('refuses', () => {
    const table: readonly [string, RegExp, RegExp | undefined][] = [
      ['foo', /'foo' in -e is not name=value/, /two words/],
      ['a=1 foo', /'foo' in -e is not name=value/, undefined],
      ['./vars.yml', /not name=value/, /-e @\.\/vars\.yml/],
      ['[1]', /must be a mapping, this is a list/, undefined],
      ['a="x', /quote " is never closed/, undefined],
      ['a={{ x', /\{\{ is never closed/, undefined],
      ['@/nowhere.yml', /no file \/nowhere\.yml/, undefined],
    ]
    for (const [text, message, hint] of table) {
      it(text, async () => {
        const error = await rejection(parseExtraVars([text]))
        expect(error).to.be.instanceOf(UserError)
        expect(error.message).to.match(message)
        if (hint) expect(error).to.have.property('hint').that.matches(hint)
      })
    }
  })
})
