import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { expect } from 'chai'
import type { StateModule } from '../../src/modules/define.ts'
import { loadModule } from '../../src/modules/registry.ts'
import type { Script } from '../../src/shell/script.ts'
import { law as authorizedKey } from '../fixtures/modules/authorized_key/law.ts'
import { law as blockinfile } from '../fixtures/modules/blockinfile/law.ts'
import { law as copy } from '../fixtures/modules/copy/law.ts'
import { law as cron } from '../fixtures/modules/cron/law.ts'
import { law as file } from '../fixtures/modules/file/law.ts'
import { law as getUrl } from '../fixtures/modules/get_url/law.ts'
import { law as knownHosts } from '../fixtures/modules/known_hosts/law.ts'
import { law as lineinfile } from '../fixtures/modules/lineinfile/law.ts'
import { law as replace } from '../fixtures/modules/replace/law.ts'
import { law as stat } from '../fixtures/modules/stat/law.ts'
import { law as sysctl } from '../fixtures/modules/sysctl/law.ts'
import { law as template } from '../fixtures/modules/template/law.ts'
import { inDir, type LawCase, type LawFixture } from '../support/law-fixture.ts'
import {
  act,
  arrange,
  caseController,
  cleanUp,
  installBusybox,
  outcome,
  snapshot,
  withBusybox,
} from '../support/law-run.ts'
import { converge, probeState, wishOf } from '../support/modules.ts'
import { tree } from '../support/tree.ts'
import { inTurn } from '../support/turns.ts'

const fixtures: Readonly<Record<string, LawFixture>> = {
  authorized_key: authorizedKey,
  copy,
  cron,
  known_hosts: knownHosts,
  sysctl,
  file,
  get_url: getUrl,
  lineinfile,
  blockinfile,
  replace,
  stat,
  template,
}

/** GNU tools under three shells, and a host that has nothing but busybox. */
const hosts = ['dash', 'bash', 'busybox', 'busybox alone'] as const

/** Each case on one of the hosts, in turn; a sample from its first start state only, and without drift. */
export function pathLaws(extent: 'sample' | 'whole'): void {
  describe('laws of the modules for paths', function () {
    this.timeout(120_000)
    let applets = ''
    before(() => {
      applets = installBusybox()
    })
    after(() => rmSync(applets, { recursive: true, force: true }))

    let count = 0
    const some = <T>(all: readonly T[]) => (extent === 'whole' ? all : all.slice(0, 1))
    for (const [name, { cases }] of Object.entries(fixtures)) {
      for (const one of extent === 'whole' ? inTurn(cases, 2) : cases) {
        const host = hosts[count++ % hosts.length] ?? 'dash'
        const on = async (): Promise<[StateModule, string]> => {
          const module = (await loadModule(name)) as StateModule
          return host === 'busybox alone' ? [withBusybox(module, applets), 'busybox'] : [module, host]
        }
        describe(`${name}: ${one.name} (${host})`, () => {
          for (const start of some(one.arrange)) {
            if (one.fails) it(`leaves all as it was: ${start || 'untouched'}`, () => fails(one, start, on))
            else it(`converges, and then sees nothing to do: ${start || 'untouched'}`, () => converges(one, start, on))
          }
          if (extent === 'sample') return
          for (const { what, script } of one.drift) {
            it(`sees and repairs ${what}`, () => repairs(one, script, on))
          }
        })
        if (extent === 'whole') it(`${name}: ${one.name}: scripts please shellcheck`, () => checked(name, one))
      }
    }
  })
}

type On = () => Promise<[StateModule, string]>

async function converges(one: LawCase, start: string, on: On): Promise<void> {
  const [module, shell] = await on()
  const dir = arrange(start)
  try {
    const controller = caseController(one, dir)
    const args = inDir(one.args, dir)
    const before = snapshot(dir)
    await probeState(module, await wishOf(module, args, controller), shell)
    expect(snapshot(dir), 'the probe only reads').to.equal(before)
    const { plan, again } = await converge(module, args, { shell, controller })
    if (one.everyTime) return
    expect(again.changes).to.deep.equal([])
    if (plan.changes.length > 0) expect(plan.effects?.paths, 'effects').to.not.be.empty
    const settled = snapshot(dir)
    await converge(module, args, { shell, controller })
    expect(snapshot(dir), 'a second run writes nothing').to.equal(settled)
    expect([...tree(dir)].filter(({ path }) => /\.sallyport[^/]*$/.test(path))).to.deep.equal([])
  } finally {
    cleanUp(dir)
  }
}

async function fails(one: LawCase, start: string, on: On): Promise<void> {
  const [module, shell] = await on()
  const dir = arrange(start)
  try {
    const before = outcome(dir)
    const error = await converge(module, inDir(one.args, dir), { shell, controller: caseController(one, dir) }).catch(
      (thrown: unknown) => thrown,
    )
    expect(error).to.be.instanceOf(Error)
    expect(outcome(dir)).to.equal(before)
  } finally {
    cleanUp(dir)
  }
}

async function repairs(one: LawCase, script: string, on: On): Promise<void> {
  const [module, shell] = await on()
  const dir = arrange(one.arrange[0] ?? '')
  try {
    const options = { shell, controller: caseController(one, dir) }
    const args = inDir(one.args, dir)
    await converge(module, args, options)
    const wished = outcome(dir)
    act(script, dir)
    const { plan, again } = await converge(module, args, options)
    expect(plan.changes).to.not.deep.equal([])
    expect(again.changes).to.deep.equal([])
    expect(outcome(dir)).to.equal(wished)
  } finally {
    cleanUp(dir)
  }
}

async function checked(name: string, one: LawCase): Promise<void> {
  const module = (await loadModule(name)) as StateModule
  const dir = arrange(one.arrange[0] ?? '')
  try {
    const controller = caseController(one, dir)
    let wish = await wishOf(module, inDir(one.args, dir), controller)
    const state = await probeState(module, wish)
    if (module.complete) wish = await module.complete(wish, state, controller)
    shellcheck(module.probe(wish))
    const plan = module.plan(wish, state)
    if (plan.changes.length > 0) shellcheck(module.apply(wish, state, plan).script)
  } finally {
    cleanUp(dir)
  }
}

function shellcheck({ text }: Script): void {
  try {
    // SC2016 doubts every literal that holds a dollar sign or a backquote: those are contents.
    execFileSync('shellcheck', ['-s', 'sh', '-S', 'style', '-e', 'SC2016', '-'], { input: text, encoding: 'utf8' })
  } catch (error) {
    expect.fail(`${(error as { stdout?: string }).stdout ?? ''}\n${text}`)
  }
}
