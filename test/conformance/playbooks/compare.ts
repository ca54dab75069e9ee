import { isDeepStrictEqual } from 'node:util'
import type { Answer, PlaybookCase } from './case.ts'
import { runCase } from './run-case.ts'

/** Where Sallyport and ansible-playbook disagree about a case, in words; undefined where they do not. */
export async function disagreement(one: PlaybookCase, kept: Answer | undefined): Promise<string | undefined> {
  if (!kept) return 'no answer is kept: run keep.ts'
  const { answer, refusal } = await runCase(one)
  const expected = expectation(one, kept)
  if (expected.refused && answer.refused) return undefined
  if (isDeepStrictEqual(answer, expected)) return undefined
  const show = (value: Answer) => JSON.stringify(value, undefined, 1)
  return `${one.name}\nansible: ${show(expected)}\nsallyport: ${show(answer)}${refusal === undefined ? '' : `\n${refusal}`}`
}

function expectation({ difference }: PlaybookCase, kept: Answer): Answer {
  return { ...kept, ...difference?.answer }
}
