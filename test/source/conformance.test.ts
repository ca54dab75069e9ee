import { expect } from 'chai'
import fc from 'fast-check'
import { UserError } from '../../src/errors.ts'
import { toValue } from '../../src/source/node.ts'
import { parseYaml } from '../../src/source/yaml.ts'
import { askAnsible, requireAnsible } from '../inventory/oracle.ts'

/** What we read, in JSON as the oracle writes it; `refused` for an error. */
function ours(text: string): unknown {
  try {
    const node = parseYaml(text, 'f.yml')
    const special = (_: string, value: unknown) =>
      typeof value === 'number' && !Number.isFinite(value) ? spelled(value) : value
    return node ? JSON.parse(JSON.stringify(toValue(node), special)) : null
  } catch (error) {
    if (error instanceof UserError) return 'refused'
    throw error
  }
}

function spelled(value: number): string {
  return Number.isNaN(value) ? 'nan' : value > 0 ? 'inf' : '-inf'
}

async function theirs(texts: readonly string[]): Promise<readonly unknown[]> {
  const answers = await askAnsible(texts.map((text) => ({ ask: 'yaml', text })))
  return answers.map((answer) => ('value' in answer ? answer.value : 'refused'))
}

describe('YAML beside Ansible', () => {
  before(function () {
    requireAnsible(this)
  })

  it('plain scalars mean the same', async () => {
    const pieces = [
      '0',
      '1',
      '7',
      '9',
      '_',
      '.',
      '-',
      '+',
      ':',
      'e',
      'x',
      'b',
      'o',
      'a',
      'F',
      'T',
      'Z',
      ' ',
      'yes',
      'No',
      'null',
      '~',
      'inf',
      'nan',
      '2024-01-02',
      '12:30:45',
    ]
    const words = fc.sample(
      fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 6 }).map((parts) => parts.join('').trim()),
      3000,
    )
    const plain = words.filter((word) => word !== '' && !/^[-?:] |^[-?:~]$|: |:$| #/.test(word))
    const answers = await theirs(plain.map((word) => `- ${word}\n`))
    plain.forEach((word, index) => {
      // Invalid dates and empty hexadecimal numbers are errors there and text here.
      if (answers[index] !== 'refused') expect([word, ours(`- ${word}\n`)]).to.deep.equal([word, answers[index]])
    })
  })

  it('so do documents made of all kinds of pieces', async () => {
    const pieces = [
      'a: ',
      'b:',
      '- ',
      '\n',
      '\n  ',
      '\n    ',
      '"x"',
      "'y'",
      'plain',
      ' # c',
      '{',
      '}',
      '[',
      ']',
      ', ',
      ': ',
      '|\n',
      '>\n',
      '&a ',
      '*a',
      '1',
      ' ',
      '<<: ',
      'yes',
      '~',
      'c: 1\n',
      '- d\n',
      ':',
      '{{ x }}',
      'e:\n  - f\n',
    ]
    const body = fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 9 }).map((parts) => parts.join(''))
    const texts = fc.sample(
      fc.tuple(fc.constantFrom('k: ', '- x: 1\n  y: ', 'k:\n  - z: ', ''), body).map((parts) => parts.join('')),
      4000,
    )
    const answers = await theirs(texts)
    const read = texts.filter((text, index) => {
      const [own, answer] = [ours(text), answers[index]]
      // The header of a block below its key, and text at the top of a file, are not worth a parser of our own.
      const known = own === 'refused' && (/\n *[|>]\n/.test(text) || typeof answer === 'string')
      if (answer !== 'refused' && !known) expect([text, own]).to.deep.equal([text, answer])
      return answer !== 'refused'
    })
    expect(read.length).to.be.greaterThan(200)
  })

  const DOCUMENTS = [
    'a: [\n  1,\n  2\n]\n',
    'a: {\n"b": 1,\n"c": [\n2\n]\n}\nd: 3\n',
    'a: "x\ny\n\nz"\nb: 1\n',
    "a: 'it''s\n  folded'\n",
    'a: |2\n    x\n   y\n',
    'a: >+\n  x\n\n\nb: 1\n',
    'a: &x [1]\nb: *x\n',
    '- <<: &d {p: 1}\n  q: 2\n- <<: *d\n',
    'a: {<<: [{p: 1}, {p: 2, q: 2}], r: 3}\n',
    '? a\n: b\n',
    '{a: b, c}\n',
    '[a: b, c]\n',
    'a: b #c\n',
    'a: b#c\n',
    'a: http://x/y:z\n',
    'a: -1\nb: - \n',
    'a: !!str 1\nb: !!int "1"\nc: !!float 1\n',
    '"a": "\\u00e9\\x41\\n\\/"\n',
    'a:\n- 1\n- 2\nb: 3\n',
    '---\na: 1\n...\n',
    '%YAML 1.1\n---\na: yes\n',
    'a: 1\n---\nb: 2\n',
    'a: 1\n--- \n',
    'a: b: c\n',
    'a: {{ x }}\n',
    'a: @x\n',
    'a: %x\n',
    'a: `x`\n',
    '\ta: 1\n',
    'a:\n\t- 1\n',
    'a: 1\n b: 2\n',
    '- 1\na: 2\n',
    'a: *x\n',
    'a: !foo x\n',
    'a: "x\n',
    '[1, 2\n',
    'a: [1, 2\nb: 3\n',
    'a: ]\n',
    '{"a": 1e5, "b": 0.10, "c": -0}',
    '{"a": 1,}',
    '["\\ud83d\\ude00", "\\u0000"]',
    '# only\n',
    '',
    'null\n',
    'a:\n  b: 1\n c: 2\n',
    'x: 1\r\ny: |\r\n  a\r\n  b\r\n',
    'a: ? b\n',
    'a: b\n  c\n  d\n',
    'a:\n  b\n  c\n',
    'k: "a" "b"\n',
    'a: &x\n  b: 1\nc: *x\n',
    'a: !unsafe "{{ x }}"\n',
    'é: ü\n"\u{1F600}": 1\n',
  ]
  it('and the documents people write', async () => {
    const answers = await theirs(DOCUMENTS)
    DOCUMENTS.forEach((text, index) => expect([text, ours(text)]).to.deep.equal([text, answers[index]]))
  })
})
