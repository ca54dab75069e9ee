import { expect } from 'chai'
import { UserError } from '../../src/errors.ts'
import { toValue } from '../../src/source/node.ts'
import type { Node } from '../../src/source/node.ts'
import { formatPosition } from '../../src/source/position.ts'
import type { Value } from '../../src/source/value.ts'
import type { Warning } from '../../src/source/warning.ts'
import { parseYaml } from '../../src/source/yaml.ts'

function value(text: string): Value | undefined {
  const node = parseYaml(text, 'f.yml')
  return node && toValue(node)
}

function failure(text: string): UserError {
  try {
    parseYaml(text, 'f.yml')
  } catch (error) {
    if (error instanceof UserError) return error
    throw error
  }
  throw new Error(`no error for ${JSON.stringify(text)}`)
}

function warnings(text: string): Warning[] {
  const found: Warning[] = []
  parseYaml(text, 'f.yml', (warning) => found.push(warning))
  return found
}

/** Every node with its position, for tables. */
function places(node: Node | undefined): string[] {
  if (!node) return []
  const place = `${node.at.line}:${node.at.column}`
  if (node.kind === 'scalar') return [`${place} ${JSON.stringify(node.value)}`]
  if (node.kind === 'sequence') return [`${place} []`, ...node.items.flatMap(places)]
  return [`${place} {}`, ...node.entries.flatMap(({ key, value }) => [...places(key), ...places(value)])]
}

describe('parseYaml', () => {
  describe('collections', () => {
    const table: readonly [string, unknown][] = [
      ['a: 1\nb: [x, {c: d}]\n', { a: 1, b: ['x', { c: 'd' }] }],
      ['- a\n- - b\n  - c\n- d: 1\n  e: 2\n', ['a', ['b', 'c'], { d: 1, e: 2 }]],
      ['a:\nb:\n  -\n  - x\n', { a: null, b: [null, 'x'] }],
      ['a: |\n  x\n   y\nb: >-\n  p\n  q\n', { a: 'x\n y\n', b: 'p q' }],
      ['"a b": \'it\'\'s\'\nc: "t\\tu"', { 'a b': "it's", c: 't\tu' }],
      ['80: http\nyes: a\n~: b\n1.5: c\n', { 80: 'http', true: 'a', null: 'b', '1.5': 'c' }],
      ['__proto__: 1\nconstructor: 2', JSON.parse('{"__proto__": 1, "constructor": 2}')],
      ['\uFEFFa: 1', { a: 1 }],
      ['---\na: 1\n...\n', { a: 1 }],
      ['a: 1\r\nb: |\r\n  x\r\n  y\r\n', { a: 1, b: 'x\ny\n' }],
      ['{"a": 1e5, "b": [true, null, 1.5, "\\u00e9"]}', { a: 100000, b: [true, null, 1.5, 'é'] }],
      ['{a: 1e5}', { a: '1e5' }],
      ['a: [\n  1,\n]\nb: {\n"c": 2\n}\nd: "x\ny"\n', { a: [1], b: { c: 2 }, d: 'x y' }],
      ['a: |\n  x', { a: 'x' }],
    ]
    for (const [text, expected] of table) {
      it(JSON.stringify(text), () => expect(value(text)).to.deep.equal(expected))
    }
    for (const text of ['', '\n\n', '# only a comment\n', '---\n', '---\n# c\n']) {
      it(`${JSON.stringify(text)} is empty`, () => expect(parseYaml(text, 'f.yml')).to.equal(undefined))
    }
  })

  describe('anchors and merge keys', () => {
    const table: readonly [string, unknown][] = [
      ['a: &x {p: 1, q: 2}\nb: *x\n', { a: { p: 1, q: 2 }, b: { p: 1, q: 2 } }],
      ['a: &x {p: 1, q: 2}\nb: {q: 3, <<: *x}\n', { a: { p: 1, q: 2 }, b: { p: 1, q: 3 } }],
      ['x: &x {p: 1}\ny: &y {p: 2, q: 2}\nb: {<<: [*x, *y]}\n', { x: { p: 1 }, y: { p: 2, q: 2 }, b: { p: 1, q: 2 } }],
      ['a: {"<<": 1}', { a: { '<<': 1 } }],
      ['- &a x\n- *a\n', ['x', 'x']],
    ]
    for (const [text, expected] of table) {
      it(JSON.stringify(text), () => expect(value(text)).to.deep.equal(expected))
    }
    it('refuses a merge of something else', () => expect(failure('a: {<<: 1}').message).to.match(/<< takes a mapping/))
    it('refuses an alias without anchor', () => expect(failure('a: *b').message).to.match(/no anchor &b/))
    it('refuses an alias to its own parent', () =>
      expect(failure('a: &a\n  b: *a').message).to.match(/inside the value/))
    it('refuses an alias bomb', () => {
      const levels = 'bcdefghij'.split('').map(
        (name, index) =>
          `${name}: &${name} [${Array<string>(10)
            .fill(`*${'abcdefghi'[index] ?? ''}`)
            .join(', ')}]`,
      )
      expect(failure(['a: &a [1, 2]', ...levels].join('\n')).message).to.match(/too many values/)
    })
  })

  describe('positions', () => {
    const table: readonly [string, readonly string[]][] = [
      ['a: 1\nb:\n  - x\n  - "y"\n', ['1:1 {}', '1:1 "a"', '1:4 1', '2:1 "b"', '3:3 []', '3:5 "x"', '4:5 "y"']],
      [
        'a:\nb: [ 1, {c: }]',
        ['1:1 {}', '1:1 "a"', '1:3 null', '2:1 "b"', '2:4 []', '2:6 1', '2:9 {}', '2:10 "c"', '2:12 null'],
      ],
      ['a: |\n\n   x\nb: &n "q"\n', ['1:1 {}', '1:1 "a"', '3:4 "\\nx\\n"', '4:1 "b"', '4:7 "q"']],
      ['a: [\nx,\n y\n]\nb: 1', ['1:1 {}', '1:1 "a"', '1:4 []', '2:1 "x"', '3:2 "y"', '5:1 "b"', '5:4 1']],
      ['- \n- # c\n- !unsafe x', ['1:1 []', '1:2 null', '2:2 null', '3:3 "x"']],
    ]
    for (const [text, expected] of table) {
      it(JSON.stringify(text), () => expect(places(parseYaml(text, 'f.yml'))).to.deep.equal(expected))
    }
  })

  describe('tags', () => {
    const table: readonly [string, unknown][] = [
      [
        'a: !!str 12\nb: !!int "12"\nc: !!float 1\nd: !!bool "yes"\ne: !!null ""\nf: ! 12',
        { a: '12', b: 12, c: 1, d: true, e: null, f: '12' },
      ],
      ['a: !unsafe 12', { a: '12' }],
      ['a: !!map {b: 1}\nc: !!seq [1]\nd: !<tag:yaml.org,2002:str> 1', { a: { b: 1 }, c: [1], d: '1' }],
    ]
    for (const [text, expected] of table) it(JSON.stringify(text), () => expect(value(text)).to.deep.equal(expected))
    it('marks every text below !unsafe', () => {
      const node = parseYaml('a: !unsafe [x, {b: y}, 1]\nc: z', 'f.yml')
      const tags: unknown[] = []
      const visit = (inner: Node): void => {
        if (inner.kind === 'scalar') tags.push([inner.value, inner.tag])
        else if (inner.kind === 'sequence') inner.items.forEach(visit)
        else inner.entries.forEach((entry) => visit(entry.value))
      }
      if (node) visit(node)
      expect(tags).to.deep.equal([
        ['x', 'unsafe'],
        ['y', 'unsafe'],
        [1, undefined],
        ['z', undefined],
      ])
    })
    it('keeps ciphertext apart', () => {
      const node = parseYaml('a: !vault |\n  $ANSIBLE_VAULT;1.1;AES256\n  00\n', 'f.yml')
      if (!node) throw new Error('nothing parsed')
      expect(() => toValue(node)).to.throw(/not decrypted/)
    })
    it('refuses unknown tags', () => {
      expect(failure('a: !vualt x').message).to.match(/unknown YAML tag !vualt/)
      expect(formatPosition(failure('a: !!python/object {b: 1}').at!)).to.equal('f.yml:1:4')
    })
  })

  describe('warnings', () => {
    it('of duplicate keys: the last one wins', () => {
      expect(value('a: 1\nb: 2\na: 3')).to.deep.equal({ a: 3, b: 2 })
      expect(warnings('a: 1\nb: 2\na: 3')).to.have.length(1)
      expect(warnings('a: 1\nb: 2\na: 3')[0]?.at).to.include({ line: 3, column: 1 })
    })
    it('not of keys that override merged ones', () => expect(warnings('a: &x {p: 1}\nb: {<<: *x, p: 2}')).to.be.empty)
    it('of base-60 numbers, lost decimals and keys that are booleans', () => {
      expect(warnings('a: 22:22')[0]?.message).to.equal('22:22 is read in base 60, as 1342')
      expect(warnings('a: 1.0')[0]?.hint).to.contain('"1.0"')
      expect(warnings('no: Norway')[0]?.message).to.equal('the key no is read as false')
      expect(warnings('a: "22:22"\nb: 1.5\ntrue: 1')).to.be.empty
    })
  })

  describe("beginners' mistakes", () => {
    const table: readonly [string, string, RegExp, RegExp | undefined][] = [
      ['x: {{ y }}\n', '1:4', /begins with a template must be quoted/, /write x: "\{\{ y \}\}"/],
      ['x: {{ y }}/foo\nz: 1\n', '1:4', /template must be quoted/, /write x: "\{\{ y \}\}\/foo"/],
      ['a:\n  - {{ y }}\n', '2:5', /template must be quoted/, /- "\{\{ y \}\}"/],
      ['when: {% if x %}\n', '1:7', /template must be quoted/, /"\{% if x %\}"/],
      ['x: {{ a["b"] }}\n', '1:4', /template must be quoted/, /write x: '\{\{ a\["b"\] \}\}'/],
      ['{{ y }}: 1\n', '1:1', /a key that begins with a template/, /write "\{\{ y \}\}": 1/],
      ['a: {\n{{ y }}: 1 }\n', '2:1', /template must be quoted/, undefined],
      ['a:\n\tb: 1\n', '2:1', /tab is used for indentation/, /spaces/],
      ['a:\n  b: 1\n\tc: 1\n', '3:1', /tab is used for indentation/, /spaces/],
      ['a: "foo\nb: 1\n', '1:4', /quote is never closed/, undefined],
      ["a: 'foo\nb: 1\n", '1:4', /quote is never closed/, undefined],
      ['a: "foo\nb: "bar"\n', '1:4', /quote is never closed/, undefined],
      ['msg: "{{ a }}" == "b"\n', '1:16', /text after the closing quote/, /'"\{\{ a \}\}" == "b"'/],
      ['a:1\nb: 2\n', '1:2', /space is missing after the colon/, /write a: 1/],
      ['b: 2\na:1\nc: 3\n', '2:2', /space is missing after the colon/, /write a: 1/],
      ['a: b: c\n', '1:5', /contains ": " must be quoted/, /write a: 'b: c'/],
      ['- name: Say: hi\n', '1:12', /must be quoted/, /write - name: 'Say: hi'/],
      ['a:\n  b: 1\n c: 2\n', '3:2', /indentation does not fit/, /same column/],
      ['a: 1\n  b: 2\n', '2:3', /indentation does not fit/, /same column/],
      ['a: @x\n', '1:4', /cannot begin with @/, /quotes/],
      ['a: `x`\n', '1:4', /cannot begin with `/, /quotes/],
      ['a: 1\n---\nb: 2\n', '2:1', /second YAML document/, /file of its own/],
      ['? [a]\n: b\n', '1:3', /a key must be text/, undefined],
    ]
    for (const [text, place, message, hint] of table) {
      it(JSON.stringify(text), () => {
        const error = failure(text)
        expect(error.message).to.match(message)
        expect(`${error.at?.line}:${error.at?.column}`).to.equal(place)
        if (hint) expect(error.hint).to.match(hint)
      })
    }
  })
})
