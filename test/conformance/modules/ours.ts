import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readInput } from '../../../src/cli/play-command.ts'
import { planRun } from '../../../src/engine/plan-run.ts'
import { executeRun } from '../../../src/engine/run.ts'
import type { Player } from './stage.ts'

/** Sallyport in this process, over the local connection. */
export const sallyport: Player = async (playbook) => {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-inventory-'))
  try {
    const inventory = join(folder, 'hosts.yml')
    writeFileSync(inventory, 'all:\n  vars: { ansible_connection: local }\n  hosts:\n    localhost:\n')
    const input = await readInput([playbook], 'apply', {
      inventory: [inventory],
      forks: 5,
      timeout: 5,
      verbose: 0,
      output: 'plain',
    })
    await executeRun(await planRun(input), { ...input, emit: () => undefined, stop: new AbortController().signal })
    input.transport.close()
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
