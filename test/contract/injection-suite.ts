import { expect } from 'chai'
import { z } from 'zod'
import { defineModule, type Module } from '../../src/modules/define.ts'
import { loadModule } from '../../src/modules/registry.ts'
import { nothing, Script } from '../../src/shell/script.ts'
import { canaries as everyCanary } from './canaries.ts'
import { closed } from './closed-leaves.ts'
import { Aviary } from './injection.ts'
import { exempt, subjects } from './registry-cases.ts'
import { textLeaves } from './schema-leaves.ts'
import { keepers, leaks, secret } from './secrets.ts'
import { straceOrSkip } from './strace.ts'

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

export interface Coop {
  /** Those for a module's leaf of this number. */
  canaries(leaf: number): readonly string[]
  /** Ways to write a canary, of those that an argument takes. */
  readonly ways: number
  readonly shells: readonly string[]
  /** Whether shellcheck looks at the scripts too. */
  readonly lint: boolean
}

/** Law 4 for every text of every module's arguments, on this machine and without changing anything. */
export function withCanaries({ canaries, ways, shells, lint }: Coop): void {
  describe('law 4: a value is never code', function () {
    this.timeout(900_000)
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
        everyCanary,
      )
      expect(await aviary.escaped(hatched, shells)).to.not.deep.equal([])
      expect(await aviary.unparsable(hatched, shells)).to.not.deep.equal([])
    })

    for (const { name, module, law } of all) {
      if (exempt[module.kind] !== undefined) continue
      it(name, async () => {
        const leaves = textLeaves(module.args)
        const hatched = []
        const refused: string[] = []
        for (const [index, leaf] of leaves.entries()) {
          const scripts = await aviary.hatch(name, module, law?.cases ?? [], leaf, canaries(index), ways)
          if (scripts.length === 0) refused.push(leaf.label)
          hatched.push(...scripts)
        }
        expect(
          refused.filter((label) => closed[name]?.[label] === undefined),
          'no canary reaches a script',
        ).to.deep.equal([])
        expect(await aviary.unparsable(hatched, shells), 'cannot be parsed').to.deep.equal([])
        expect(await aviary.escaped(hatched, shells), 'run as code').to.deep.equal([])
        if (lint) expect(await aviary.lint(hatched), 'shellcheck').to.equal('')
      })
    }
  })
}

/** Law 4: what is secret, and every content, stays out of argv and environments, which others on the host can read. */
export function withSecrets(): void {
  describe('law 4: a secret is in no argument and no environment', function () {
    this.timeout(60_000)

    it('tries every argument that is declared secret', () => {
      const declared = all.flatMap(({ name, module }) =>
        textLeaves(module.args).flatMap((leaf) => (leaf.secret ? [`${name}.${leaf.label}`] : [])),
      )
      expect(keepers.map(({ module, what }) => `${module}.${what}`)).to.include.members(declared)
    })

    for (const { module, what, args } of keepers)
      it(`${module}: ${what}`, async function () {
        straceOrSkip(this)
        expect(await leaks(await loadModule(module), args)).to.deep.equal([])
      })

    it('catches a module that forgets to hide', async function () {
      straceOrSkip(this)
      expect(await leaks(await loadModule('command'), { argv: ['true', secret] })).to.not.deep.equal([])
    })
  })
}
