import { join } from 'node:path'
import { readInput } from '../../../src/cli/play-command.ts'
import { planRun } from '../../../src/engine/plan-run.ts'
import { executeRun } from '../../../src/engine/run.ts'
import type { RunEvent } from '../../../src/report/events.ts'
import { folderWith } from '../../source/temporary.ts'
import { filesFor, type Case } from './cases.ts'

/** Runs all cases as one playbook of ours; which level won in each. */
export async function ours(cases: readonly Case[]): Promise<readonly string[]> {
  const folder = folderWith(filesFor(cases))
  const input = await readInput([join(folder, 'play/site.yml')], 'apply', {
    inventory: [join(folder, 'inv/hosts.yml')],
    extraVars: [`@${join(folder, 'extra.json')}`],
    verbose: 0,
    output: 'plain',
  })
  const said: string[] = []
  const emit = (event: RunEvent) => {
    if (event.event === 'task' && event.task.name.includes('probe')) said.push(JSON.stringify(event))
  }
  const { exitCode } = await executeRun(await planRun(input), { ...input, emit })
  input.transport.close()
  const [text] = said.flatMap((event) => /"((?:[a-z_ ]+;)+[a-z_ ]+)"/.exec(event)?.[1] ?? [])
  if (exitCode !== 0 || text === undefined) throw new Error(`the run ended with ${exitCode}: ${said.join('\n')}`)
  return text.split(';')
}
