import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { folderWith } from '../../source/temporary.ts'
import { filesFor, generate, type Case } from './cases.ts'

/** Always the same, so that the answers can be kept. */
export const cases = generate(170, 1971)

export const answersFile = fileURLToPath(new URL('answers.json', import.meta.url))

/** Which level won in each case. */
export function keptAnswers(): Readonly<Record<string, string>> {
  return z.record(z.string(), z.string()).parse(JSON.parse(readFileSync(answersFile, 'utf8')))
}

export function keyOf(one: Case): string {
  return createHash('sha256').update(JSON.stringify(one)).digest('hex').slice(0, 24)
}

const RUN = z.object({
  plays: z.array(z.object({ tasks: z.array(z.object({ hosts: z.record(z.string(), z.looseObject({})) })) })),
})

/** Runs all cases as one playbook of ansible-core's. */
export function ask(asked: readonly Case[]): readonly string[] {
  const folder = folderWith(filesFor(asked))
  const output = execFileSync('ansible-playbook', ['-i', 'inv/hosts.yml', '-e', '@extra.json', 'play/site.yml'], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    stdio: ['ignore', 'pipe', 'ignore'],
    env: { ...process.env, ANSIBLE_STDOUT_CALLBACK: 'json', ANSIBLE_HOME: join(folder, 'home'), LC_ALL: 'C.UTF-8' },
  })
  const run = RUN.parse(JSON.parse(output))
  const last = run.plays.at(-1)?.tasks.at(-1)?.hosts['h']
  return z.object({ msg: z.string() }).parse(last).msg.split(';')
}
