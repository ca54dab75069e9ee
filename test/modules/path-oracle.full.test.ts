import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { StateModule } from '../../src/modules/define.ts'
import { loadModule } from '../../src/modules/registry.ts'
import { isMapping, type Mapping } from '../../src/source/value.ts'
import { askedAgain } from '../support/turns.ts'
import { law as copyLaw } from '../fixtures/modules/copy/law.ts'
import { plans as copyPlans } from '../fixtures/modules/copy/plans.ts'
import { law as fileLaw } from '../fixtures/modules/file/law.ts'
import { plans as filePlans } from '../fixtures/modules/file/plans.ts'
import { law as statLaw } from '../fixtures/modules/stat/law.ts'
import { law as templateLaw } from '../fixtures/modules/template/law.ts'
import { inDir, type LawFixture } from '../support/law-fixture.ts'
import { arrange, caseController, cleanUp, outcome } from '../support/law-run.ts'
import { converge, wishOf } from '../support/modules.ts'
import type { PlanRow } from '../support/plan-table.ts'

/** One start state and one task, for both programs. */
interface Trial {
  readonly module: string
  readonly name: string
  readonly start: string
  readonly args: Readonly<Record<string, unknown>>
  readonly files?: Readonly<Record<string, string>>
}

const ofLaw = (module: string, { cases }: LawFixture): Trial[] =>
  cases.flatMap((one) =>
    // Only Sallyport removes what a killed run of Sallyport left.
    one.arrange.filter((start) => !start.includes('.sallyport')).map((start) => ({ module, start, ...one })),
  )

const ofPlans = (module: string, rows: readonly PlanRow[]): Trial[] =>
  rows.filter(({ earlier }) => !earlier).map((row) => ({ module, start: row.arrange ?? '', ...row }))

const all: readonly Trial[] = [
  ...ofLaw('copy', copyLaw),
  ...ofPlans('copy', copyPlans),
  ...ofLaw('file', fileLaw),
  ...ofPlans('file', filePlans),
  ...ofLaw('template', templateLaw),
  ...ofLaw('stat', statLaw),
]

const trials = askedAgain(all)

/** Where Sallyport does something else on purpose, and why. */
const different: Readonly<Record<string, string>> = {
  'refuses a device': 'a pipe or device that is replaced by a file breaks whoever uses it',
  'inherits the group of a set-group-id directory': 'that is what the bit is for',
  'refuses a dangling link where a directory is wished': 'the directory would be made wherever the link leads',
}

describe('the modules for paths beside those of Ansible', function () {
  this.timeout(600_000)
  let theirs: readonly Mapping[] = []
  const dirs: string[] = []
  before(() => {
    trials.forEach(({ start }) => dirs.push(arrange(start)))
    theirs = ansible(trials, dirs)
  })
  after(() => dirs.forEach(cleanUp))

  trials.forEach((trial, index) => {
    it(`${trial.module}: ${trial.name}: ${trial.start || 'untouched'}`, async function () {
      if (Object.hasOwn(different, trial.name)) return this.skip()
      const module = (await loadModule(trial.module)) as StateModule
      const dir = arrange(trial.start)
      const there = dirs[index] ?? ''
      const answer = theirs[index] ?? {}
      try {
        const controller = caseController({ ...trial, arrange: [], drift: [] }, dir)
        const args = inDir(trial.args, dir)
        const ours = await converge(module, args, { controller }).catch((error: unknown) => String(error))
        if (typeof ours === 'string') return expect(answer['failed'], ours).to.equal(true)
        expect(answer['failed'], JSON.stringify(answer['msg'])).to.not.equal(true)
        expect(outcome(dir)).to.equal(outcome(there))
        expect(ours.plan.changes.length > 0, JSON.stringify(ours.plan.changes)).to.equal(answer['changed'])
        const result = module.result?.(await wishOf(module, args, controller), ours.after, ours.before) ?? {}
        compare(result, inDir(JSON.parse(JSON.stringify(answer).replaceAll(there, '{{dir}}')) as Mapping, dir))
      } finally {
        cleanUp(dir)
      }
    })
  })
})

/** Fields that are other on every run, or that only one of the two has. */
const ignored = new Set(['backup_file', 'inode', 'atime', 'mtime', 'ctime', 'src', 'version', 'dev', 'blocks'])

function compare(ours: Mapping, theirs: Mapping): void {
  for (const [field, value] of Object.entries(ours)) {
    const other = theirs[field]
    if (ignored.has(field) || other === undefined) continue
    if (isMapping(value) && isMapping(other)) {
      compare(value, other)
      const missing = Object.keys(other).filter((name) => !(name in value))
      expect(missing, 'fields we have not').to.deep.equal([])
    } else expect(value, field).to.deep.equal(other)
  }
}

/** All tasks in one play over the local connection. */
function ansible(trials: readonly Trial[], dirs: readonly string[]): readonly Mapping[] {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-oracle-'))
  const tasks = trials.map(({ module, args, files }, index) => {
    const dir = dirs[index] ?? ''
    const given: Record<string, unknown> = inDir({ ...args }, dir)
    const [name] = Object.keys(files ?? {})
    if (name !== undefined && module !== 'stat' && given['src'] === name) {
      caseController({ name, args, arrange: [], drift: [], ...(files ? { files } : {}) }, dir)
      given['src'] = join(`${dir}-controller`, name)
    }
    return { name: String(index), [module]: given, ignore_errors: true }
  })
  const play = [{ hosts: 'all', gather_facts: false, connection: 'local', tasks }]
  writeFileSync(join(folder, 'play.json'), JSON.stringify(play))
  const environment = {
    PATH: '/usr/bin:/bin:/usr/sbin:/sbin',
    HOME: '/root',
    LC_ALL: 'C.UTF-8',
    ANSIBLE_STDOUT_CALLBACK: 'json',
    ANSIBLE_PIPELINING: '1',
  }
  const command = ['-i', 'localhost,', '-e', 'ansible_python_interpreter=/usr/bin/python3', join(folder, 'play.json')]
  const run = spawnSync('ansible-playbook', command, { env: environment, encoding: 'utf8', maxBuffer: 1 << 28 })
  rmSync(folder, { recursive: true })
  const report = JSON.parse(run.stdout.slice(run.stdout.indexOf('{'))) as {
    plays: { tasks: { hosts: Record<string, Mapping> }[] }[]
  }
  return (report.plays[0]?.tasks ?? []).map(({ hosts }) => hosts['localhost'] ?? {})
}
