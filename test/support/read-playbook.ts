import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readInput } from '../../src/cli/play-command.ts'
import type { RunOptions } from '../../src/engine/options.ts'
import type { Playbook } from '../../src/playbook/playbook.ts'

/** A playbook as it is read and checked, for hosts that are this machine. */
export async function readPlaybook(
  text: string,
  extraVars: readonly string[] = [],
): Promise<{ playbook: Playbook; options: RunOptions }> {
  const dir = await mkdtemp(join(tmpdir(), 'sallyport-read-'))
  try {
    await writeFile(join(dir, 'play.yml'), text)
    const inventory = ['localhost,']
    const { playbooks, options, transport } = await readInput([join(dir, 'play.yml')], 'check', {
      inventory,
      extraVars,
      forks: 1,
      timeout: 5,
      verbose: 0,
      output: 'plain',
    })
    transport.close()
    const [playbook] = playbooks
    if (!playbook) throw new Error('no playbook was read')
    return { playbook, options }
  } finally {
    await rm(dir, { recursive: true, force: true })
  }
}
