import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Answer } from './stage.ts'

export const answersFile = fileURLToPath(new URL('answers.json', import.meta.url))

/** What ansible-core answered, by the key of the trial. */
export function keptAnswers(): Readonly<Record<string, Answer>> {
  return JSON.parse(readFileSync(answersFile, 'utf8')) as Readonly<Record<string, Answer>>
}
