import { expect } from 'chai'
import { moduleTitle } from '../../src/modules/registry.ts'
import { runPlaybook } from '../engine/playbook-run.ts'

const greeting = `import { defineModule, lines, sh, z } from 'sallyport'

export default defineModule({
  name: 'greeting',
  doc: { summary: 'Keep a line in a file', example: '- greeting: { path: /tmp/x, text: hello }' },
  args: z.strictObject({ path: z.string(), text: z.string() }),
  probe: ({ path }) => sh\`cat \${path} 2>/dev/null || :\`,
  parse: (output) => output,
  plan: ({ path, text }, now) =>
    now === text ? { changes: [] } : { changes: [{ what: 'greeting', diff: { name: path, before: now, after: text } }] },
  apply: ({ path, text }) => ({ script: lines(sh\`umask 022\`, sh\`printf %s \${text} >\${path}\`) }),
  result: ({ text }) => ({ text }),
})
`

const play = (task: string): string => `
- hosts: all
  gather_facts: false
  tasks:
    - ${task}
`

async function refusal(files: Readonly<Record<string, string>>, task: string): Promise<string> {
  try {
    await runPlaybook(play(task), { files })
  } catch (error) {
    const { at, hint = '' } = error as { at?: { file: string; line: number }; hint?: string }
    const place = at ? `${moduleTitle(at.file)}:${at.line}` : ''
    return `${place} ${error instanceof Error ? error.message : ''} ${hint}`
  }
  throw new Error('nothing was refused')
}

describe('modules of one’s own', () => {
  const task = `greeting: { path: "{{ playbook_dir }}/it's", text: "a 'b' $(c)" }`

  it('stand in library/ beside the playbook, converge, and stay so', async () => {
    const twice = `${play(task)}    - ${task}\n`
    const { lines } = await runPlaybook(twice, { files: { 'library/greeting.mjs': greeting } })
    expect(lines).to.deep.equal(['h1 greeting changed', 'h1 greeting ok'])
  })

  it('announce in a check like any other', async () => {
    const { lines, tasks } = await runPlaybook(play(task), {
      mode: 'check',
      files: { 'library/greeting.mjs': greeting },
    })
    expect(lines).to.deep.equal(['h1 greeting changed'])
    expect(tasks[0]?.changes.map(({ what }) => what)).to.deep.equal(['greeting'])
  })

  it('stand in a role as well, and go before a shipped module of the same name', async () => {
    const own = greeting.replaceAll("'greeting'", "'motto'")
    const ping = `import { defineController, z } from 'sallyport'
export default defineController({
  name: 'ping', doc: { summary: 'Not that one', example: '- ping:' }, args: z.strictObject({}),
  run: () => ({ changed: false, result: { ping: 'mine' } }),
})
`
    const files = {
      'roles/r/library/motto.mjs': own,
      'roles/r/tasks/main.yml': `- motto: { path: "{{ playbook_dir }}/m", text: x }\n- ping:\n  register: it\n- assert: { that: it.ping == 'mine' }\n`,
      'library/ping.mjs': ping,
    }
    const { lines } = await runPlaybook('- hosts: all\n  gather_facts: false\n  roles: [r]\n', { files })
    expect(lines).to.deep.equal(['h1 motto changed', 'h1 ping ok', 'h1 assert ok'])
  })

  it('have their arguments checked at the place in the playbook', async () => {
    const files = { 'library/greeting.mjs': greeting }
    expect(await refusal(files, 'greeting: { path: /x, texd: y }')).to.match(/greeting has no argument 'texd'|text/)
  })

  const broken: readonly (readonly [string, string, RegExp])[] = [
    ['nothing is exported', 'export const x = 1\n', /greeting:1 this is no module: it has no default export/],
    ['something else is exported', 'export default 7\n', /this is no module: its default export/],
    [
      'it has another name',
      greeting.replace("name: 'greeting'", "name: 'other'"),
      /its name is 'other', and its file's is 'greeting'/,
    ],
    ['it lacks a function', greeting.replace('  parse: (output) => output,\n', ''), /it lacks parse/],
    ['its arguments are no schema', greeting.replace(/z\.strictObject\(.*\)/, '{}'), /args: is no zod schema/],
    ['it says nothing of itself', greeting.replace(/summary: '[^']*'/, "summary: ''"), /doc\.summary/],
    [
      'it throws',
      `const a = 1\n\nthrow new Error('no luck ' + a)\n`,
      /greeting:3 the module cannot be loaded: no luck 1/,
    ],
    [
      'it imports what is not there',
      `import 'surely-not-there'\n`,
      /cannot be loaded: Cannot find package 'surely-not-there'/,
    ],
  ]
  for (const [name, text, reason] of broken)
    it(`are refused where ${name}`, async () => {
      expect(await refusal({ 'library/greeting.mjs': text }, task)).to.match(reason)
    })

  it('are refused in TypeScript where Node cannot read it', async function () {
    if ('typescript' in process.features && process.features.typescript) return this.skip()
    expect(await refusal({ 'library/greeting.ts': greeting }, task)).to.match(
      /greeting:1 Node 2\d\.\S+ cannot read TypeScript run sallyport with Node 22\.18/,
    )
  })
})
