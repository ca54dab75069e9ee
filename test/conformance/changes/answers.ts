import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Answer } from './case.ts'

export const answersFile = fileURLToPath(new URL('answers.json', import.meta.url))

/** The answers in the repository, by the key of their case. */
export function keptAnswers(): Readonly<Record<string, Answer>> {
  if (!existsSync(answersFile)) return {}
  return JSON.parse(readFileSync(answersFile, 'utf8')) as Readonly<Record<string, Answer>>
}
