import { expect } from 'chai'
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { ConfirmedParts, StateModule } from '../../src/modules/define.ts'
import { loadModule, moduleNames } from '../../src/modules/registry.ts'
import { armScript, changeScript, confirmScript, timerScript } from '../../src/shell/confirm.ts'
import { Script } from '../../src/shell/script.ts'
import { Box } from '../modules/netfilter/box.ts'
import type { LawCase, LawFixture } from '../support/law-fixture.ts'
import { shells } from '../support/modules.ts'
import { inTurn } from '../support/turns.ts'

/** What `restore` answers for: rules and policies of all tables, and files. A chain's place among the chains is nobody's. */
const look = `for t in iptables ip6tables; do
$t-save | sed 's/ *\\[[0-9:]*\\]$//' | grep -E '^(:[^ ]+ (-|DROP)$|\\*)' | sort; $t-save | grep -E '^(-A|\\*)'
done; find /etc/sallyport /etc/systemd/system -name '*sallyport*' -type f -exec sha256sum {} +; :`

const tableNames = /^\*\w+\n/gm

const others = `for t in iptables ip6tables; do
$t -I INPUT 1 -s ::1/128 -j DROP 2>/dev/null || $t -I INPUT 1 -s 192.0.2.1/32 -j DROP; $t -A INPUT -p tcp -m tcp --dport 4321 -j ACCEPT; $t -N MEANWHILE; done`
const othersLines =
  /^(-A INPUT -s (192\.0\.2\.1\/32|::1\/128) -j DROP|-A INPUT -p tcp -m tcp --dport 4321 -j ACCEPT|:MEANWHILE -)\n/gm

const modules = (await Promise.all(moduleNames.map(loadModule))).filter(
  (module): module is StateModule => module.kind === 'state' && module.confirm !== undefined,
)

/** A module's way back, tried on every start state of its fixture: whatever offers `confirm` is held to it. */
for (const module of modules)
  describe(`the confirmed change of ${module.name}`, function () {
    this.timeout(300_000)
    let cases: readonly LawCase[] = []
    let box: Box
    before(async function () {
      const file = new URL(`../fixtures/modules/${module.name}/law.ts`, import.meta.url).href
      cases = ((await import(file)) as { law: LawFixture }).law.cases
    })
    beforeEach(async () => void (box = await Box.open()))
    afterEach(() => box?.close())

    async function state(wish: unknown): Promise<unknown> {
      const step = await box.run(module.probe(wish))
      return module.parse(step.stdout.toString(), wish)
    }

    async function parts(wish: unknown): Promise<ConfirmedParts | undefined> {
      const before = await state(wish)
      return module.confirm?.parts(wish, before, module.plan(wish, before))
    }

    /** On a bare network stack for each. */
    async function eachStart(
      work: (wish: unknown, parts: ConfirmedParts, shell: string) => Promise<void>,
    ): Promise<void> {
      let tried = 0
      const starts = cases.flatMap(({ args, arrange }) => arrange.map((script) => ({ args, script })))
      for (const { args, script } of inTurn(starts, 3)) {
        await box.close()
        box = await Box.open()
        await box.text(`:\n${script}`)
        const wish = module.args.parse(args)
        const found = await parts(wish)
        if (!found) continue
        await work(wish, found, Object.keys(shells)[tried++ % 3] ?? 'dash')
      }
      expect(tried).to.be.above(0)
    }

    const run = async (shell: string, script: Script, { setE = false, saved = '/run/saved' } = {}) =>
      box.run(`saved=${saved}\n${script.text}`, { shell, setE })

    async function make(shell: string, { save, change }: ConfirmedParts): Promise<void> {
      if (save) expect((await run(shell, new Script(`(${save.text}) >"$saved"`), { setE: true })).code).to.equal(0)
      const step = await run(shell, change, { setE: true })
      expect([step.code, step.stderr.toString()]).to.deep.equal([0, ''])
    }

    it('is whole: what was changed and made to last is what was wished', () =>
      eachStart(async (wish, its, shell) => {
        await make(shell, its)
        expect((await run(shell, its.persist, { setE: true })).code).to.equal(0)
        expect(module.plan(wish, await state(wish)).changes).to.deep.equal([])
      }))

    it('is taken back without a trace, also twice', () =>
      eachStart(async (_wish, its, shell) => {
        const was = (await box.text(look)).replace(tableNames, '')
        await make(shell, its)
        for (const time of ['once', 'twice']) {
          await run(shell, its.restore)
          expect((await box.text(look)).replace(tableNames, ''), time).to.equal(was)
        }
      }))

    it('is taken back where others changed something meanwhile, and leaves them that', () =>
      eachStart(async (_wish, its, shell) => {
        const was = (await box.text(look)).replace(tableNames, '')
        await make(shell, its)
        await box.text(others)
        await run(shell, its.restore)
        const now = (await box.text(look)).replace(tableNames, '')
        expect(now.match(othersLines)).to.have.length(6)
        expect(now.replace(othersLines, '')).to.equal(was)
      }))

    it('is taken back where it was never made', () =>
      eachStart(async (_wish, its, shell) => {
        const was = (await box.text(look)).replace(tableNames, '')
        if (its.save) await run(shell, new Script(`(${its.save.text}) >"$saved"`))
        await run(shell, its.restore)
        expect((await box.text(look)).replace(tableNames, '')).to.equal(was)
      }))

    it('passes shellcheck, every part of it', () =>
      eachStart(async (_wish, its) => {
        const guard = { id: 'abc', seconds: 30, parts: its }
        for (const script of [
          armScript(guard),
          changeScript(guard),
          confirmScript(guard),
          timerScript('abc', guard.parts),
        ])
          expect(await shellcheck(script.text)).to.equal('')
      }))
  })

/** Quoted on purpose: what the timer runs. A variable that only some parts use: `saved`. */
async function shellcheck(text: string): Promise<string> {
  const run = promisify(execFile)('shellcheck', ['-s', 'sh', '-e', 'SC2016,SC2034,SC1003', '-'])
  run.child.stdin?.end(text)
  return run.then(
    () => '',
    (error: unknown) => (error as { stdout: string }).stdout,
  )
}
