import { writeFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { UserError } from '../../src/errors.ts'
import { plainText } from '../../src/source/value.ts'
import { encryptVault } from '../../src/variables/vault.ts'
import { runPlaybook, type PlaybookRunOptions } from './playbook-run.ts'

const play = (tasks: string, keywords = '') =>
  `- hosts: all\n  gather_facts: false\n${keywords}  tasks:\n${tasks.replace(/^(?=.)/gm, '    ')}\n`
const three: PlaybookRunOptions = { hosts: ['h1', 'h2', 'h3'] }

async function said(playbook: string, options: PlaybookRunOptions = three): Promise<readonly string[]> {
  const { tasks } = await runPlaybook(playbook, options)
  return tasks.flatMap(({ host, task, outcome, result }) =>
    task.module === 'debug' && outcome === 'ok' ? [`${host} ${task.name}: ${plainText(result?.['msg'])}`] : [],
  )
}

async function refusal(playbook: string, options: PlaybookRunOptions = three): Promise<UserError> {
  try {
    await runPlaybook(playbook, options)
  } catch (error) {
    if (error instanceof UserError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

describe('variables of other hosts', () => {
  it('are what they were at the same place, also where the other host is far ahead', async () => {
    // h1 holds still until h2, which nothing holds up, has set x for the second time.
    const dir = await mkdtemp(join(tmpdir(), 'sallyport-hostvars-'))
    const mark = join(dir, 'mark')
    const lines = await said(
      play(`- { name: first, set_fact: { x: one } }
- { name: hold, shell: "until test -e ${mark}; do sleep 0.05; done", when: inventory_hostname == 'h1', register: held }
- { name: read, debug: { msg: "{{ hostvars['h2'].x if held is defined }}" } }
- { name: second, set_fact: { x: two } }
- { name: again, debug: { msg: "{{ hostvars['h2'].x }}" } }`),
      {
        hosts: ['h1', 'h2'],
        onEvent: (event) => {
          if (event.event === 'task' && event.host === 'h2' && event.task.name === 'second') writeFileSync(mark, '')
        },
      },
    )
    await rm(dir, { recursive: true })
    expect([...lines].sort()).to.deep.equal(['h1 again: two', 'h1 read: one', 'h2 again: two', 'h2 read: one'])
  })

  it('are with strategy: free what is there by then', async () => {
    const marks = '{{ playbook_dir }}/mark'
    const lines = await said(
      play(
        `- { name: first, set_fact: { x: one } }
- { name: hold, shell: "until test -e ${marks}; do sleep 0.05; done", when: inventory_hostname == 'h1' }
- { name: read, debug: { msg: "{{ hostvars['h2'].x }}" }, when: inventory_hostname == 'h1' }
- { name: second, set_fact: { x: two } }
- { name: mark, shell: "touch ${marks}", when: inventory_hostname == 'h2' }`,
        '  strategy: free\n',
      ),
      { hosts: ['h1', 'h2'] },
    )
    expect(lines).to.deep.equal(['h1 read: two'])
  })

  it('cost no exchange where the inventory has them', async () => {
    const { events } = await runPlaybook(
      play(`- { name: a, file: { path: "{{ playbook_dir }}/{{ hostvars['h2'].name }}", state: absent } }
- { name: b, file: { path: "{{ playbook_dir }}/{{ hostvars['h1'].name }}", state: absent } }`),
      { ...three, files: { 'group_vars/all.yml': 'name: of-{{ inventory_hostname }}\n' } },
    )
    const exchanges = events.flatMap((event) => (event.event === 'host-end' ? [event.cost?.exchanges] : []))
    expect(exchanges).to.deep.equal([1, 1, 1])
  })

  it('are masked where they are secret', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'sallyport-hostvars-'))
    try {
      await writeFile(join(dir, 'password'), 'open\n')
      const sealed = await encryptVault('word: drowssap\n', { id: 'default', password: 'open' })
      const { tasks } = await runPlaybook(play(`- { name: a, debug: { msg: "<{{ hostvars['h2'].word }}>" } }`), {
        ...three,
        vaultPasswordFile: [join(dir, 'password')],
        files: { 'host_vars/h2.yml': sealed },
      })
      const words = tasks.map(({ result }) => plainText(result?.['msg']))
      expect(words).to.have.length(3)
      for (const word of words)
        expect(word)
          .to.match(/^<.+>$/)
          .and.not.to.contain('drowssap')
    } finally {
      await rm(dir, { recursive: true })
    }
  })

  it('of a host that is none are a mistake at their place', async () => {
    const { message, hint, at } = await refusal(play(`- debug: { msg: "{{ hostvars['h22'].x }}" }`))
    expect([message, hint, at?.line, at?.column]).to.deep.equal([
      "the inventory has no host 'h22'",
      "did you mean 'h2'?",
      4,
      33,
    ])
  })

  for (const name of ['ansible_playbook_python', 'ansible_delegated_vars'])
    it(`refuse ${name} by its name`, async () => {
      const { message, at } = await refusal(play(`- debug: { msg: "{{ ${name} }}" }`))
      expect(message).to.match(new RegExp(`the variable '${name}' is not supported: \\w`))
      expect(at?.line).to.equal(4)
    })
})
