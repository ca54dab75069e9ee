import { lines, nothing, type Script } from '../../shell/script.ts'
import type { Apply, Change, Plan } from '../define.ts'
import { type Effects, mergeEffects, type PathEffect } from '../effects.ts'
import type { AttributePlan } from './ownership.ts'

/** One decision about a path, said in both ways: the plan for people and later tasks, the apply for the host. */
export interface Step {
  readonly plan: Plan
  readonly apply: () => Apply
}

export const nothingToDo: Step = { plan: { changes: [] }, apply: () => ({ script: nothing }) }

export const refuseStep = (why: string): Step => ({ ...nothingToDo, plan: { changes: [], refuse: why } })

/** Check runs: what is there depends on packages that are still to come; later tasks find what is wished either way. */
export function pendingStep(path: string, effect: PathEffect): Step {
  const uncertain = [`${path} may come with packages that are still to be installed`]
  return { ...nothingToDo, plan: { changes: [], uncertain, effects: { paths: { [path]: effect } } } }
}

export function step(
  changes: readonly Change[],
  paths: Readonly<Record<string, PathEffect>>,
  script: () => Script,
): Step {
  if (changes.length === 0) return nothingToDo
  return { plan: { changes, effects: { paths } }, apply: () => ({ script: script() }) }
}

/** A step with more to do after it on the same path. */
export function andThen({ plan, apply }: Step, changes: readonly Change[], script: Script): Step {
  return {
    plan: { ...plan, changes: [...plan.changes, ...changes] },
    apply: () => ({ script: lines(apply().script, script) }),
  }
}

/** The common part of an effect: owner and group only where they are known. */
export function ownedEffect({ owner, group }: Pick<AttributePlan, 'owner' | 'group'>): Partial<PathEffect> {
  return { ...(owner === '' ? {} : { owner }), ...(group === '' ? {} : { group }) }
}

/** Steps one after the other, each made from what the ones before it will have done; the first refusal ends it all. */
export function inSequence(makers: readonly ((effects: Effects) => Step)[]): Step {
  let effects: Effects = {}
  const steps: Step[] = []
  for (const make of makers) {
    const next = make(effects)
    if (next.plan.refuse !== undefined) return next
    effects = mergeEffects(effects, next.plan.effects ?? {})
    steps.push(next)
  }
  const uncertain = steps.flatMap(({ plan }) => plan.uncertain ?? [])
  const changes = steps.flatMap(({ plan }) => plan.changes)
  return {
    plan: {
      changes,
      ...(changes.length + uncertain.length > 0 ? { effects } : {}),
      ...(uncertain.length > 0 ? { uncertain } : {}),
    },
    apply: () => {
      const applies = steps.map((each) => each.apply())
      return {
        script: lines(...applies.map(({ script }) => script)),
        uploads: applies.flatMap(({ uploads }) => uploads ?? []),
      }
    },
  }
}
