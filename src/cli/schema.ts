import { resolve } from 'node:path'
import { UserError } from '../errors.ts'
import { loadPlaybook } from '../playbook/load.ts'
import type { Playbook } from '../playbook/playbook.ts'
import { settleAll } from '../source/collect.ts'
import { didYouMean } from '../source/suggest.ts'
import type { Schema } from '../schema/lenient.ts'
import { currentSettings, loadContext } from './configuration.ts'
import { addVaultOptions, command, parse } from './options.ts'
import { vaultSecrets, type VaultOptions } from './vault-passwords.ts'

const kinds: Readonly<Record<string, (playbooks: readonly Playbook[]) => Promise<Schema>>> = {
  playbook: async () => (await import('../schema/playbook.ts')).playbookSchema(),
  inventory: async (playbooks) => (await import('../schema/inventory.ts')).inventorySchema(playbooks),
  vars: async (playbooks) => (await import('../schema/variables.ts')).variablesSchema(playbooks),
}

/** JSON Schemas (draft 7, which editors know) from the definitions that check playbooks, inventories and variables. */
export async function run(args: readonly string[]): Promise<number> {
  const spec = addVaultOptions(
    command('schema', 'Prints a JSON Schema, so that an editor completes and checks.')
      .argument('[kind]', 'playbook, inventory or vars', 'playbook')
      .argument('[playbook...]', "for inventory and vars: with these playbooks' roles' arguments"),
  )
  const parsed = parse<VaultOptions>(spec, args)
  if (typeof parsed === 'number') return parsed
  const [kind = 'playbook', ...files] = parsed.operands
  const make = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined
  if (!make) {
    const suggestion = didYouMean(kind, Object.keys(kinds))
    throw new UserError(`there is no schema '${kind}'`, {
      hint: suggestion === undefined ? 'there are playbook, inventory and vars' : `did you mean '${suggestion}'?`,
    })
  }
  const settings = currentSettings()
  const context = loadContext(settings, await vaultSecrets(parsed.options, settings))
  const playbooks = await settleAll(files.map((file) => loadPlaybook(resolve(file), context)))
  process.stdout.write(`${JSON.stringify(await make(playbooks), undefined, 2)}\n`)
  return 0
}
