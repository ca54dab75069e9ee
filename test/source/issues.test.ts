import { expect } from 'chai'
import { z } from 'zod'
import { issuesToErrors } from '../../src/source/issues.ts'
import type { KnownKeys } from '../../src/source/issues.ts'
import { toValue } from '../../src/source/node.ts'
import { parseYaml } from '../../src/source/yaml.ts'

const schema = z.strictObject({
  name: z.string().min(1).optional(),
  hosts: z.union([z.string(), z.array(z.string())]),
  serial: z.union([z.int(), z.string()]).optional(),
  state: z.enum(['present', 'absent']).optional(),
  port: z.int().min(1).max(65535).optional(),
  ratio: z.number().gt(0).optional(),
  gather_facts: z.boolean().optional(),
  tags: z.array(z.string()).min(1).optional(),
  vars: z.record(z.string(), z.unknown()).optional(),
  roles: z.array(z.union([z.string(), z.strictObject({ role: z.string(), when: z.string().optional() })])).optional(),
  custom: z
    .string()
    .refine((text) => text.startsWith('x'), 'must begin with x')
    .optional(),
})

function errors(text: string, knownKeys: KnownKeys = Object.keys(schema.shape)): string[] {
  const node = parseYaml(text, 'f.yml')
  if (!node) throw new Error('empty')
  const result = schema.safeParse(toValue(node))
  if (result.success) return []
  return issuesToErrors(result.error.issues, node, 'play', knownKeys).map(
    ({ at, message, hint }) => `${at?.line}:${at?.column} ${message}${hint === undefined ? '' : ` | ${hint}`}`,
  )
}

describe('issuesToErrors', () => {
  const table: readonly [string, readonly string[]][] = [
    ['hosts: all\n', []],
    ['hosts: all\nport: abc\n', ["2:7 port: expected a number, got text 'abc'"]],
    ['hosts: all\nport: 1.5\n', ['2:7 port: expected a whole number, got the number 1.5']],
    ['hosts: all\nport: 0\n', ['2:7 port: expected a number of at least 1, got the number 0']],
    ['hosts: all\nport: 70000\n', ['2:7 port: expected a number of at most 65535, got the number 70000']],
    ['hosts: all\nratio: 0\n', ['2:8 ratio: expected a number above 0, got the number 0']],
    ['hosts: all\nname: ""\n', ['2:7 name: expected text that is not empty, got empty text']],
    ['hosts: all\nname: [x]\n', ['2:7 name: expected text, got a list']],
    ['hosts: all\nname:\n', ['2:6 name: expected text, got nothing']],
    ['hosts: all\ngather_facts: maybe\n', ["2:15 gather_facts: expected true or false, got text 'maybe'"]],
    ['hosts: all\ntags: []\n', ['2:7 tags: expected a list that is not empty, got an empty list']],
    ['hosts: all\ntags: {a: 1}\n', ['2:7 tags: expected a list, got a mapping']],
    ['hosts: all\ntags: [a, 1]\n', ['2:11 tags[1]: expected text, got the number 1']],
    ['hosts: all\nvars: x\n', ["2:7 vars: expected a mapping, got text 'x'"]],
    ['name: x\n', ["1:1 'hosts' is missing in play"]],
    [
      'hosts: all\nstate: presnt\n',
      ["2:8 state: expected one of present, absent, got text 'presnt' | did you mean 'present'?"],
    ],
    [
      'hosts: all\nhost: x\ntag: y\nzzzzz: 1\n',
      [
        "2:1 unknown key 'host' in play | did you mean 'hosts'?",
        "3:1 unknown key 'tag' in play | did you mean 'tags'?",
        "4:1 unknown key 'zzzzz' in play | the keys here are name, hosts, serial, state, port, ratio, gather_facts, tags, vars, roles, custom",
      ],
    ],
    ['hosts: 3\n', ['1:8 hosts: expected text or a list, got the number 3']],
    ['hosts: [a, 3]\n', ['1:12 hosts[1]: expected text, got the number 3']],
    ['hosts: all\nserial: true\n', ['2:9 serial: expected a number or text, got true']],
    ['hosts: all\nroles:\n  - role: x\n    wen: y\n', ["4:5 unknown key 'wen' in 'roles[0]' of play"]],
    ['hosts: all\nroles:\n  - when: y\n', ["3:5 'role' is missing in 'roles[0]' of play"]],
    ['hosts: all\ncustom: abc\n', ['2:9 custom: must begin with x']],
    ['- a\n', ['1:1 play: expected a mapping, got a list']],
  ]
  for (const [text, expected] of table) {
    it(JSON.stringify(text), () => expect(errors(text)).to.deep.equal(expected))
  }
  it('asks for the known keys of the mapping that is wrong', () => {
    const known = (path: readonly PropertyKey[]) => (path[0] === 'roles' ? ['role', 'when'] : undefined)
    expect(errors('hosts: all\nroles:\n  - role: x\n    wen: y\n', known)).to.deep.equal([
      "4:5 unknown key 'wen' in 'roles[0]' of play | did you mean 'when'?",
    ])
  })
})
