import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { askAnsible } from '../../inventory/oracle.ts'
import { folderWith } from '../../source/temporary.ts'
import { handWritten, type Case } from './cases.ts'
import { generate } from './generate.ts'

/** What Ansible says of a case: the listing of `ansible-inventory`, each host's groups, each pattern's hosts. */
export type Answer = z.output<typeof ANSWER>

const ANSWER = z.object({
  list: z.record(z.string(), z.unknown()),
  groupNames: z.record(z.string(), z.array(z.string())),
  patterns: z.record(z.string(), z.unknown()),
})

/** Always the same, so that the answers can be kept. */
export const cases: readonly Case[] = [...handWritten, ...generate(150, 51966)]

export const answersFile = fileURLToPath(new URL('answers.json', import.meta.url))

export function keptAnswers(): Readonly<Record<string, Answer>> {
  return z.record(z.string(), ANSWER).parse(JSON.parse(readFileSync(answersFile, 'utf8')))
}

/** A kept answer belongs to exactly these files and patterns. */
export function keyOf(one: Case): string {
  return createHash('sha256')
    .update(JSON.stringify({ ...one, name: undefined }))
    .digest('hex')
    .slice(0, 24)
}

/** A case with its files on the disk. */
export interface Prepared {
  readonly test: Case
  readonly sources: readonly string[]
  readonly playbookDir: string | undefined
}

export function prepare(test: Case): Prepared {
  const folder = folderWith(test.files)
  return {
    test,
    sources: (test.sources ?? ['hosts']).map((source) => (source.includes(',') ? source : join(folder, source))),
    playbookDir: test.playbookDir === undefined ? undefined : join(folder, test.playbookDir),
  }
}

/** Asks for all at once: starting Ansible takes most of the time. */
export async function ask(prepared: readonly Prepared[]): Promise<readonly Answer[]> {
  const answers = await askAnsible(
    prepared.map(({ test, sources, playbookDir }) => ({
      ask: 'inventory',
      sources,
      patterns: test.patterns ?? [],
      ...(test.limit !== undefined && { limit: test.limit }),
      ...(playbookDir !== undefined && { playbookDir }),
      ...(test.password !== undefined && { password: test.password }),
      ...(test.exported && { exported: true }),
    })),
  )
  return answers.map((answer, index) => {
    if (!('value' in answer))
      throw new Error(`Ansible refuses ${prepared[index]?.test.name ?? ''}: ${JSON.stringify(answer)}`)
    const { patterns, ...rest } = ANSWER.parse(answer.value)
    // Each tells of a mistake in its own words.
    const told = Object.entries(patterns).map(([pattern, hosts]) => [
      pattern,
      typeof hosts === 'string' ? 'error' : hosts,
    ])
    return { ...rest, patterns: Object.fromEntries(told) as Answer['patterns'] }
  })
}
