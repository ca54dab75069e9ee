import { resolve } from 'node:path'
import { planRun, playbookDirs } from '../engine/plan-run.ts'
import { findSlips } from '../engine/slips.ts'
import { UserError } from '../errors.ts'
import { loadInventory } from '../inventory/load.ts'
import { loadPlaybook } from '../playbook/load.ts'
import type { Settings } from '../settings/settings.ts'
import { settleAll } from '../source/collect.ts'
import { currentSettings, ignoredFiles, loadContext } from './configuration.ts'
import { warnOnStderr } from './errors.ts'
import { addInventoryOptions, command, parse, type PlayOptions } from './options.ts'
import { readInput } from './play-command.ts'
import { vaultSecrets } from './vault-passwords.ts'

/**
 * The first step of every run, alone. With an inventory also everything that depends on hosts and their variables;
 * an inventory can be looked at without a playbook.
 */
export async function run(args: readonly string[]): Promise<number> {
  const spec = addInventoryOptions(
    command('lint', 'Checks playbooks, roles and, with -i, inventories and variables. Touches no host.'),
  ).argument('[playbook...]')
  const parsed = parse<PlayOptions>(spec, args)
  if (typeof parsed === 'number') return parsed
  const { options, operands } = parsed
  if (operands.length === 0 && !options.inventory)
    throw new UserError('there is nothing to check', { hint: 'name playbooks, an inventory with -i, or both' })
  if (operands.length === 0) await lintInventory(options, currentSettings())
  else if (options.inventory) await lintRun(operands, options)
  else await lintPlaybooks(operands, options, currentSettings())
  process.stdout.write(`${[...operands, ...(options.inventory ?? [])].join(', ')}: no mistakes found\n`)
  return 0
}

async function lintRun(playbooks: readonly string[], options: PlayOptions): Promise<void> {
  const input = await readInput(playbooks, 'check', options)
  for (const message of (await planRun(input)).warnings) warnOnStderr({ message })
  input.transport.close()
}

async function lintPlaybooks(files: readonly string[], options: PlayOptions, settings: Settings): Promise<void> {
  const context = loadContext(settings, await vaultSecrets(options, settings))
  const playbooks = await settleAll(files.map((file) => loadPlaybook(resolve(file), context)))
  for (const slip of findSlips(playbooks, undefined, new Map())) warnOnStderr(slip)
}

async function lintInventory(options: PlayOptions, settings: Settings): Promise<void> {
  await loadInventory(options.inventory ?? [], {
    vaultSecrets: await vaultSecrets(options, settings),
    playbookDirs: playbookDirs([]),
    warn: warnOnStderr,
    ignored: ignoredFiles(settings),
  })
}
