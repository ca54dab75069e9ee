import { expect } from 'chai'
import fc from 'fast-check'
import { locate, locateKey, positionWithin } from '../../src/source/locate.ts'
import { get, toValue } from '../../src/source/node.ts'
import type { Node, ScalarNode } from '../../src/source/node.ts'
import { didYouMean, editDistance } from '../../src/source/suggest.ts'
import { parseYaml } from '../../src/source/yaml.ts'

function parse(text: string): Node {
  const node = parseYaml(text, 'f.yml')
  if (!node) throw new Error('empty')
  return node
}

const at = (line: number, column: number) => ({ file: 'f.yml', line, column })

describe('locate', () => {
  const tree = parse('a: 1\nb:\n  - x\n  - c: {d: 2}\n80: y\n')
  const table: readonly [readonly PropertyKey[], number, number][] = [
    [[], 1, 1],
    [['a'], 1, 4],
    [['b', 1, 'c', 'd'], 4, 12],
    [['b', 0], 3, 5],
    [[80], 5, 5],
    [['b', 1, 'missing'], 4, 5],
    [['a', 'deeper'], 1, 4],
    [['b', 7], 3, 3],
  ]
  for (const [path, line, column] of table) {
    it(path.join('.') || '(root)', () => expect(locate(tree, path)).to.deep.equal(at(line, column)))
  }
  it('finds keys as well', () => {
    expect(locateKey(tree, ['b', 1, 'c'])).to.deep.equal(at(4, 5))
    expect(locateKey(tree, ['b', 1])).to.deep.equal(at(4, 5))
    expect(locateKey(tree, ['nothing'])).to.deep.equal(at(1, 1))
  })
  it('gives every value of a document the place where it is written', () => {
    const leaf = fc.constantFrom('x', '"y z"', "'q'", '12', 'true')
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom('key', 'other'), fc.nat(4), leaf), { minLength: 1 }), (rows) => {
        const text = rows.map(([key, pad, value], index) => `${key}${index}:${' '.repeat(pad + 1)}${value}\n`).join('')
        const lines = text.split('\n')
        rows.forEach(([key, , value], index) => {
          const { line, column } = locate(parse(text), [`${key}${index}`])
          expect(lines[line - 1]?.slice(column - 1)).to.equal(value)
        })
      }),
    )
  })
})

describe('positionWithin', () => {
  const table: readonly [string, number, number, number][] = [
    ['a: {{x}} y'.replace('{{x}}', 'xx'), 1, 1, 5],
    ['a: "{{ x }} y"', 3, 1, 8],
    ["a: '{{ x }}'", 0, 1, 5],
    ['a: "x\\ty{{"', 3, 1, 4],
    ['a: |\n  one\n  two {{ x }}\n', 8, 3, 7],
    ['a: |\n\n\n  {{ x }}\n', 2, 4, 3],
  ]
  for (const [text, offset, line, column] of table) {
    it(`${JSON.stringify(text)} at ${offset}`, () => {
      const tree = parse(text)
      const node = tree.kind === 'mapping' ? get(tree, 'a') : undefined
      if (node?.kind !== 'scalar') throw new Error('no text')
      const scalar: ScalarNode = node
      expect(positionWithin(scalar, offset, text.split('\n')[node.at.line - 1])).to.deep.equal(at(line, column))
    })
  }
})

describe('toValue', () => {
  it('is the inverse of writing JSON', () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = JSON.stringify(value)
        // A lone scalar is no document here, null alone is an empty one, and integers beyond 2^53 stay text.
        if (typeof value !== 'object' || value === null || /\d{16}/.test(text)) return
        expect(toValue(parse(text))).to.deep.equal(JSON.parse(text))
      }),
    )
  })
})

describe('didYouMean', () => {
  const table: readonly [string, readonly string[], string | undefined][] = [
    ['hsots', ['hosts', 'tasks'], 'hosts'],
    ['host', ['hosts', 'vars'], 'hosts'],
    ['gather-facts', ['gather_facts', 'gather_subset'], 'gather_facts'],
    ['alowed_tcp_ports', ['allowed_tcp_ports', 'allowed_udp_ports'], 'allowed_tcp_ports'],
    ['web', ['db', 'app'], undefined],
    ['ab', ['ac'], undefined],
    ['xyz', ['hosts'], undefined],
    ['become_usr', ['become', 'become_user', 'become_method'], 'become_user'],
  ]
  for (const [name, candidates, expected] of table) {
    it(`${name} → ${expected ?? 'nothing'}`, () => expect(didYouMean(name, candidates)).to.equal(expected))
  }
  it('measures like a metric', () => {
    const word = fc.string({ maxLength: 8, unit: fc.constantFrom('a', 'b', 'c') })
    fc.assert(
      fc.property(word, word, (a, b) => {
        expect(editDistance(a, b)).to.equal(editDistance(b, a))
        expect(editDistance(a, b) === 0).to.equal(a === b)
        expect(editDistance(a, b)).to.be.at.most(Math.max(a.length, b.length))
      }),
    )
    expect(editDistance('ab', 'ba')).to.equal(1)
  })
})
