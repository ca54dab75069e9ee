import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import blockinfile from '../../src/modules/blockinfile.ts'
import type { StateModule } from '../../src/modules/define.ts'
import type { Effects } from '../../src/modules/effects.ts'
import lineinfile from '../../src/modules/lineinfile.ts'
import replace from '../../src/modules/replace.ts'
import { arrange, cleanUp } from '../support/law-run.ts'
import { converge, probeState, runScript, wishOf } from '../support/modules.ts'
import { planTable, type PlanRow } from '../support/plan-table.ts'

const path = '{{dir}}/f'
const start = `printf 'a\\nb\\n' >${path}`

const rows: readonly PlanRow[] = [
  {
    name: 'announces content and attributes',
    arrange: start,
    args: { path, line: 'c', mode: '0600' },
    changes: ['content', 'mode 0644 → 0600'],
  },
  {
    name: 'announces the directories it makes',
    args: { path: '{{dir}}/x/y', line: 'c', create: true },
    changes: ['create directory {{dir}}/x', 'create (0644 root:root)'],
  },
  {
    name: 'refuses a missing file',
    args: { path, line: 'c' },
    refuse: `${path} does not exist: create: true makes it`,
  },
  {
    name: 'refuses a directory',
    arrange: `mkdir ${path}`,
    args: { path, line: 'c' },
    refuse: `${path} is a directory, not a file`,
  },
  {
    name: 'refuses a pipe',
    arrange: `mkfifo ${path}`,
    args: { path, line: 'c' },
    refuse: `${path} is no plain file: it is not edited`,
  },
  {
    name: 'refuses a link that leads nowhere',
    arrange: `ln -s nowhere ${path}`,
    args: { path, line: 'c' },
    refuse: `${path} is a link to nowhere, which does not exist`,
  },
  {
    name: 'refuses what is too long',
    arrange: `truncate -s 5M ${path}`,
    args: { path, line: 'c' },
    refuse: `${path} has 6 MB: files of more than 5 MB are not edited; use sed in a command`,
  },
  {
    name: 'waits for a file that packages bring',
    args: { path, line: 'c' },
    earlier: { packages: { nginx: { state: 'installed', manager: 'apt' } } },
    uncertain: [`${path} may come with packages that are still to be installed`],
  },
  {
    name: 'edits what an earlier task writes',
    args: { path, line: 'c' },
    earlier: { paths: { [path]: { type: 'file', contentChanges: true, content: Buffer.from('c\n') } } },
  },
  {
    name: 'cannot know a content that an earlier task changes',
    arrange: start,
    args: { path, line: 'c' },
    earlier: { paths: { [path]: { type: 'file', contentChanges: true } } },
    uncertain: [`an earlier task changes the content of ${path}`],
  },
]

describe('modules that edit files', () => {
  let dir = ''
  beforeEach(() => {
    dir = arrange('')
  })
  afterEach(() => cleanUp(dir))

  describe('plans', () => planTable(lineinfile, rows))

  describe('arguments', () => {
    const refused: readonly [StateModule, Record<string, unknown>, RegExp][] = [
      [lineinfile, { path: '/x', regexp: '(', line: 'a' }, /regular expression/],
      [lineinfile, { path: '/x' }, /line.*is needed/s],
      [lineinfile, { path: '/x', state: 'absent' }, /is needed/],
      [lineinfile, { path: '/x', regexp: 'a', line: '\\1', backrefs: true }, /invalid group reference/],
      [lineinfile, { path: '/x', line: 'a', insertafter: 'a', insertbefore: 'b' }, /exclude each other/],
      [blockinfile, { path: '/x', block: 'a', insertbefore: '[' }, /regular expression/],
      [replace, { path: '/x' }, /regexp/],
      [replace, { path: '/x', regexp: 'a', encoding: 'utf-16' }, /utf-8, latin-1 or ascii/],
      [replace, { path: '/x', regexp: 'a', replace: '\\2' }, /invalid group reference/],
    ]
    for (const [module, args, message] of refused)
      it(`${module.name} refuses ${JSON.stringify(args)}`, () =>
        expect(() => module.args.parse(args)).to.throw(message))
  })

  it('announces a chain of edits of one file exactly', async () => {
    writeFileSync(join(dir, 'f'), 'a\n')
    let effects: Effects = {}
    for (const line of ['b', 'c', 'b']) {
      const wish = await wishOf(lineinfile, { path: join(dir, 'f'), line })
      const state = await probeState(lineinfile, wish)
      const plan = lineinfile.plan(wish as never, lineinfile.overlay?.(state as never, effects, wish as never) as never)
      const [change] = plan.changes
      if (plan.effects?.paths) effects = { paths: { ...effects.paths, ...plan.effects.paths } }
      else expect(change, 'the second time').to.equal(undefined)
    }
    expect(effects.paths?.[join(dir, 'f')]?.content?.toString()).to.equal('a\nb\nc\n')
  })

  it('does not write over what somebody else wrote meanwhile', async () => {
    const file = join(dir, 'f')
    writeFileSync(file, 'a\n')
    const wish = (await wishOf(lineinfile, { path: file, line: 'b' })) as never
    const state = (await probeState(lineinfile, wish)) as never
    const { script } = lineinfile.apply(wish, state, lineinfile.plan(wish, state))
    writeFileSync(file, 'a\nsomebody else\n')
    const { code, stderr } = await runScript(script, 'dash', true)
    expect(code).to.equal(1)
    expect(stderr.toString()).to.match(/changed by somebody else meanwhile/)
    expect(readFileSync(file, 'utf8')).to.equal('a\nsomebody else\n')
  })

  it('keeps a long file of any bytes', async () => {
    const file = join(dir, 'f')
    const bytes = Buffer.concat([Buffer.from('head\n'), Buffer.alloc(300_000, 'x\xff\0\r\n', 'latin1')])
    writeFileSync(file, bytes)
    await converge(lineinfile, { path: file, regexp: '^head', line: 'HEAD' })
    expect(readFileSync(file).equals(Buffer.concat([Buffer.from('HEAD'), bytes.subarray(4)]))).to.equal(true)
  })

  it('warns of an edit that edits its own result', async () => {
    writeFileSync(join(dir, 'f'), 'a\n')
    const { plan } = await converge(replace, { path: join(dir, 'f'), regexp: 'a', replace: 'aa' })
    expect(plan.warnings?.join()).to.match(/changed again every time/)
  })
})
