import { readFileSync } from 'node:fs'
import type { Keywords } from './ask.ts'

/** ansible-core's keywords, as they are kept in the repository. */
export function keptKeywords(): Keywords {
  return JSON.parse(readFileSync(new URL('answer.json', import.meta.url), 'utf8')) as Keywords
}
