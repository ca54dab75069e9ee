import { isDeepStrictEqual } from 'node:util'
import { type Answer, type Case, titleOf } from './case.ts'
import { ours } from './ours.ts'

/** Why our outcome is not Ansible's; undefined when it is. Messages count where both succeed and change something. */
async function disagreement(one: Case, theirs: Answer): Promise<string | undefined> {
  const own = await ours(one)
  const same = isDeepStrictEqual(comparable(own), comparable(theirs))
  if (one.differs !== undefined) return same ? `${titleOf(one)}: listed as different, but it is the same` : undefined
  if (same) return undefined
  return `${titleOf(one)}\n  ansible-core: ${JSON.stringify(theirs)}\n  here:         ${JSON.stringify(own)}`
}

/** The disagreements of many cases, a few at a time. */
export async function disagreements(
  cases: readonly Case[],
  answerOf: (one: Case, index: number) => Answer | undefined,
): Promise<readonly string[]> {
  const wrong: string[] = []
  const waiting = [...cases.entries()]
  const work = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [index, one] = next
      const theirs = answerOf(one, index)
      const why = theirs ? await disagreement(one, theirs) : `${titleOf(one)}: no answer is kept, run keep.ts`
      if (why !== undefined) wrong.push(why)
    }
  }
  await Promise.all(Array.from({ length: 4 }, work))
  return wrong
}

const comparable = ({ changed, msg, listing, files }: Answer): unknown => ({
  changed,
  listing,
  files,
  msg: changed[0] === true ? msg : '',
})
