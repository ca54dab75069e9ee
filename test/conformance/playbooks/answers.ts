import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Answer } from './case.ts'

export const answersFile = fileURLToPath(new URL('answers.json', import.meta.url))

/** ansible-playbook's answers in the repository, by the key of their case. */
export function keptAnswers(): Readonly<Record<string, Answer>> {
  return JSON.parse(readFileSync(answersFile, 'utf8')) as Readonly<Record<string, Answer>>
}
