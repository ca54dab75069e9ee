import { basename } from 'node:path'
import { expect } from 'chai'
import { UserError } from '../../src/errors.ts'
import { plainText } from '../../src/source/value.ts'
import { runPlaybook } from './playbook-run.ts'

const play = (tasks: string, keywords = ''): string =>
  `- hosts: all\n  gather_facts: false\n${keywords}  tasks:\n${tasks.replace(/^(?=.)/gm, '    ')}\n`
const say = (expression: string): string => `- debug: { msg: ${JSON.stringify(`{{ ${expression} }}`)} }`

const words = `import { defineFilters, UserError } from 'sallyport'

export default defineFilters({
  shout: (value, { times = 1 } = {}) => value.toUpperCase() + '!'.repeat(times),
  between: (value, low, high) => value.filter((item) => item >= low && item <= high),
  only: (mapping, ...keys) => Object.fromEntries(keys.map((key) => [key, mapping[key]])),
  fails: () => { throw new Error('not today') },
  refuses: (value) => { throw new UserError(\`\${value} is too much\`, { hint: 'take less' }) },
  waits: async (value) => value,
  nothing: () => undefined,
  upper: () => 'mine',
})
`
const files = { 'filter_plugins/words.mjs': words }

async function said(playbook: string, more: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  const { tasks } = await runPlaybook(playbook, { files: { ...files, ...more } })
  return tasks.map(({ result }) => plainText(result?.['msg']))
}

async function refusal(playbook: string, more: Readonly<Record<string, string>> = {}): Promise<string> {
  try {
    await said(playbook, more)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    const { at, message, hint = '' } = error
    return `${basename(at?.file ?? '')}:${at?.line}:${at?.column} ${message} (${hint})`
  }
  throw new Error('nothing was refused')
}

describe('filters of one’s own', () => {
  it('take and give plain values, in arguments, conditions, loops, variables and template files', async () => {
    const tasks = `${say("'a' | shout")}
${say("'a' | shout(times=3)")}
${say("[1, 5, 9] | between(2, 9) | join('+')")}
${say("{'a': 1, 'b': 2} | only('b')")}
${say("['x', 'y'] | map('shout') | list")}
${say('loud')}
${say("lookup('template', 'words.j2')")}
- debug: { msg: "{{ item }}" }
  loop: "{{ [3, 4] | between(4, 4) }}"
  when: "'w' | shout == 'W!'"`
    expect(
      await said(play(tasks, '  vars: { loud: "{{ \'v\' | shout }}" }\n'), { 'words.j2': "{{ 't' | shout }}" }),
    ).to.deep.equal(['A!', 'A!!!', '5+9', '{"b":2}', '["X!","Y!"]', 'V!', 'T!', '4', 'All items completed'])
  })

  it('go before those of the same name; the full name is always the shipped one', async () => {
    expect(await said(play(`${say("'a' | upper")}\n${say("'a' | ansible.builtin.upper")}`))).to.deep.equal([
      'mine',
      'A',
    ])
  })

  it('stand in a role for its tasks, over those of the playbook', async () => {
    const role =
      "import { defineFilters } from 'sallyport'\nexport default defineFilters({ shout: (value) => `role ${value}` })\n"
    const lines = await said(`${play(say("'a' | shout"))}  roles: [r]\n`, {
      'roles/r/filter_plugins/r.mjs': role,
      'roles/r/tasks/main.yml': `${say("'b' | shout")}\n${say("{'a': 1} | only('a')")}\n`,
    })
    expect(lines).to.deep.equal(['role b', '{"a":1}', 'A!'])
  })

  const mistakes: readonly (readonly [string, string, string, Readonly<Record<string, string>>?])[] = [
    ['one slip away', say("'a' | shuot"), "play.yml:4:31 unknown filter 'shuot' (did you mean 'shout'?)"],
    ['that throws', say("'a' | fails"), "play.yml:4:31 filter 'fails': not today ()"],
    ['that says what is wrong', say("'a' | refuses"), 'play.yml:4:31 a is too much (take less)'],
    ['that waits', say("'a' | waits"), "play.yml:4:31 filter 'waits' gives a promise, and templates do not wait ()"],
    [
      'that gives nothing',
      say("'a' | nothing"),
      "play.yml:4:31 filter 'nothing' gives what is no value of YAML or JSON ()",
    ],
    ['of something undefined', say('typo | shout'), "play.yml:4:25 'typo' is undefined ()"],
    [
      'in Python',
      say("'a' | shout"),
      'old.py:1:1 filters written in Python are not supported: no Python runs here (write them in JavaScript, in old.mjs: export default defineFilters({ … }))',
      { 'filter_plugins/old.py': 'class FilterModule: pass\n' },
    ],
    [
      'that are no functions',
      say("'a' | shout"),
      'bad.mjs:1:1 these are no filters: x is no function (end the file with `export default defineFilters({ name: (value) => … })`)',
      { 'filter_plugins/bad.mjs': 'export default { x: 1 }\n' },
    ],
    [
      'whose file does not load',
      say("'a' | shout"),
      'bad.mjs:2:7 the file of filters cannot be loaded: no such luck ()',
      { 'filter_plugins/bad.mjs': '\nthrow new Error("no such luck")\n' },
    ],
  ]
  for (const [name, task, told, more] of mistakes)
    it(`${name}: a mistake at its place`, async () => {
      expect(await refusal(play(task), more)).to.equal(told)
    })
})
