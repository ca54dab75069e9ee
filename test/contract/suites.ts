import { expect } from 'chai'
import { z } from 'zod'
import { defineModule, type Module } from '../../src/modules/define.ts'
import { nothing, Script } from '../../src/shell/script.ts'
import { labOrSkip } from '../lab/mocha.ts'
import type { Lab, Suite } from '../lab/lab.ts'
import type { LawCase } from '../support/law-fixture.ts'
import { textLeaves } from './schema-leaves.ts'
import { closed } from './closed-leaves.ts'
import { Aviary } from './injection.ts'
import { Bench } from './host-laws.ts'
import { exempt, type Subject, subjects, title } from './registry-cases.ts'

export interface Place {
  readonly suite: Suite
  cases(subject: Subject, one: LawCase): boolean
}

const all = await subjects()

/** What the canaries are there to find. */
const careless: Module = defineModule({
  name: 'careless',
  doc: { summary: '', example: '' },
  args: z.strictObject({ text: z.string() }),
  probe: ({ text }) => new Script(`echo "${text}"`),
  parse: (output: string) => output,
  plan: () => ({ changes: [] }),
  apply: () => ({ script: nothing }),
})

/** Laws 1, 2 and 3 for every state module of the registry, on real hosts. */
export function onHosts(places: readonly Place[]): void {
  describe('every module of the registry', () => {
    for (const { name, module, law } of all) {
      if (exempt[module.kind] !== undefined) continue
      it(`${name} says how the laws are tried on it`, () =>
        expect(law?.cases, `test/fixtures/modules/${name}/law.ts`).to.not.be.oneOf([undefined, []]))
    }
  })

  for (const place of places)
    describe(`laws on ${place.suite}`, function () {
      this.timeout(120_000)
      let lab: Lab | undefined
      let bench: Bench
      before(async function () {
        const host = {
          name: 'law',
          suite: place.suite,
          packages: ['iptables', 'nftables', 'e2fsprogs'],
          aptLists: true,
        }
        lab = await labOrSkip.call(this, [host])
        bench = await Bench.open(lab.host('law'))
      })
      after(async function () {
        this.timeout(60_000)
        bench?.close()
        await lab?.down()
      })

      for (const subject of all)
        for (const one of subject.law?.cases ?? []) {
          const { module } = subject
          if (module.kind !== 'state') continue
          if (!place.cases(subject, one)) {
            it(`${title(subject, one)}: looks without a trace`, () => bench.looks(subject.name, module, one))
            continue
          }
          describe(title(subject, one), () => {
            one.arrange.forEach((start, index) =>
              it(`looks without a trace, does what it announced, and is done: ${start.split('\n')[0] || `start ${index}`}`, () =>
                bench.converges(subject.name, module, one, start)),
            )
            if (one.drift.length > 0)
              it(`sees and repairs: ${one.drift.map(({ what }) => what).join(', ')}`, () => bench.repairs(module, one))
          })
        }
    })
}

/** Law 4 for every text of every module's arguments, on this machine and without changing anything. */
export function withCanaries(canaries: readonly string[]): void {
  describe('law 4: a value is never code', function () {
    this.timeout(180_000)
    let aviary: Aviary
    before(() => (aviary = new Aviary()))
    after(() => aviary.close())

    it('catches a module that forgets to quote', async () => {
      const [leaf] = textLeaves(careless.args)
      if (!leaf) throw new Error('no leaf')
      const hatched = await aviary.hatch(
        'careless',
        careless,
        [{ name: '', args: {}, arrange: [], drift: [] }],
        leaf,
        canaries,
      )
      expect(await aviary.escaped(hatched)).to.not.deep.equal([])
      expect(await aviary.unparsable(hatched)).to.not.deep.equal([])
    })

    for (const { name, module, law } of all) {
      if (exempt[module.kind] !== undefined) continue
      it(name, async () => {
        const leaves = textLeaves(module.args)
        const hatched = []
        const refused: string[] = []
        for (const leaf of leaves) {
          const scripts = await aviary.hatch(name, module, law?.cases ?? [], leaf, canaries)
          if (scripts.length === 0) refused.push(leaf.label)
          hatched.push(...scripts)
        }
        expect(
          refused.filter((label) => closed[name]?.[label] === undefined),
          'no canary reaches a script',
        ).to.deep.equal([])
        expect(await aviary.unparsable(hatched), 'cannot be parsed').to.deep.equal([])
        expect(await aviary.escaped(hatched), 'run as code').to.deep.equal([])
        expect(await aviary.lint(hatched), 'shellcheck').to.equal('')
      })
    }
  })
}
