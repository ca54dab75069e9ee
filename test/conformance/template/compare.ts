import { isDeepStrictEqual } from 'node:util'
import type { Answer } from './ask.ts'
import type { Case } from './case.ts'
import { differences } from './differences.ts'
import { renderCase } from './render-case.ts'

/** Whether two answers agree: the same value, or an error in both (each in its own words). */
function agree(ours: Answer, theirs: Answer): boolean {
  if ('error' in ours || 'error' in theirs) return 'error' in ours && 'error' in theirs
  return isDeepStrictEqual(ours.value, theirs.value) && JSON.stringify(ours.value) === JSON.stringify(theirs.value)
}

/** A complaint about every case whose answers disagree although no reason is listed, or agree although one is. */
export function disagreements(cases: readonly Case[], answerOf: (one: Case) => Answer | undefined): readonly string[] {
  return cases.flatMap((one) => {
    const theirs = answerOf(one)
    const what = `${one.mode} ${JSON.stringify(one.template)}${JSON.stringify(one.options) ?? ''}`
    if (theirs === undefined) return [`${what}: no answer is kept, run keep.ts`]
    const ours = renderCase(one)
    const reason = differences.get(one.template)
    if (reason !== undefined)
      return agree(ours, theirs) ? [`${what}: listed as different (${reason}), but it is the same`] : []
    return agree(ours, theirs)
      ? []
      : [`${what}\n  ansible-core: ${JSON.stringify(theirs)}\n  here:         ${JSON.stringify(ours)}`]
  })
}
