import { planRun } from '../engine/plan-run.ts'
import { loadPlaybook } from '../playbook/load.ts'
import { warnOnStderr } from './errors.ts'
import { addInventoryOptions, command, parse, type PlayOptions } from './options.ts'
import { currentSettings, loadContext } from './configuration.ts'
import { readInput } from './play-command.ts'
import { vaultSecrets } from './vault-passwords.ts'

/** The first step of every run, alone: with an inventory also everything that depends on hosts and their variables. */
export async function run(args: readonly string[]): Promise<number> {
  const spec = addInventoryOptions(
    command('lint', 'Checks playbooks, roles and, with -i, inventories and variables. Touches no host.'),
  ).argument('<playbook...>')
  const parsed = parse<PlayOptions>(spec, args)
  if (typeof parsed === 'number') return parsed
  const { options, operands } = parsed
  if (options.inventory) {
    const input = await readInput(operands, 'check', options)
    for (const message of (await planRun(input)).warnings) warnOnStderr({ message })
    input.transport.close()
  } else {
    const settings = currentSettings()
    const context = loadContext(settings, await vaultSecrets(options, settings))
    for (const file of operands) await loadPlaybook(file, context)
  }
  process.stdout.write(`${operands.join(', ')}: no mistakes found\n`)
  return 0
}
