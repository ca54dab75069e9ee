import { expect } from 'chai'
import type { Plan, StateModule } from '../../src/modules/define.ts'
import type { Effects } from '../../src/modules/effects.ts'
import { inDir } from './law-fixture.ts'
import { arrange, caseController, cleanUp } from './law-run.ts'
import { probeState, wishOf } from './modules.ts'

/** A row of a module's table: a start state and arguments, and in words what the plan makes of them. */
export interface PlanRow {
  readonly name: string
  readonly arrange?: string
  readonly args: Readonly<Record<string, unknown>>
  readonly files?: Readonly<Record<string, string>>
  readonly downloads?: Readonly<Record<string, string>>
  /** What earlier tasks of a check run announced. */
  readonly earlier?: Effects
  readonly changes?: readonly string[]
  readonly uncertain?: readonly string[]
  readonly refuse?: string
  readonly effects?: Effects
}

/** Keys of effects are paths too. */
function effectsIn({ paths = {}, ...effects }: Effects, dir: string): Effects {
  return {
    ...inDir(effects, dir),
    paths: Object.fromEntries(Object.entries(paths).map(([path, effect]) => [inDir(path, dir), inDir(effect, dir)])),
  }
}

/** A digest says the same in a table. */
function withoutContents({ paths = {} }: Effects = {}): Effects['paths'] {
  return Object.fromEntries(
    Object.entries(paths).map(([path, effect]) => {
      const bare = { ...effect }
      delete (bare as { content?: Buffer }).content
      return [path, bare]
    }),
  )
}

export async function planOf(module: StateModule, row: PlanRow, dir: string): Promise<Plan> {
  const controller = caseController({ ...row, arrange: [], drift: [] }, dir)
  let wish = await wishOf(module, inDir(row.args, dir), controller)
  let state = await probeState(module, wish)
  if (row.earlier && module.overlay) state = module.overlay(state, effectsIn(row.earlier, dir), wish)
  if (module.complete) wish = await module.complete(wish, state, controller)
  return module.plan(wish, state)
}

export function planTable(module: StateModule, rows: readonly PlanRow[]): void {
  for (const row of rows) {
    it(row.name, async () => {
      const dir = arrange(row.arrange ?? '')
      try {
        const plan = await planOf(module, row, dir)
        expect(plan.refuse).to.equal(row.refuse === undefined ? undefined : inDir(row.refuse, dir))
        expect(plan.changes.map(({ what }) => what)).to.deep.equal(inDir(row.changes ?? [], dir))
        expect(plan.uncertain ?? []).to.deep.equal(inDir(row.uncertain ?? [], dir))
        if (row.effects) expect(withoutContents(plan.effects)).to.deep.equal(effectsIn(row.effects, dir).paths)
      } finally {
        cleanUp(dir)
      }
    })
  }
}
