import { join } from 'node:path'
import { UserError, UserErrors } from '../../src/errors.ts'
import { loadInventory } from '../../src/inventory/load.ts'
import type { InventoryOptions } from '../../src/inventory/load.ts'
import type { Inventory } from '../../src/inventory/model.ts'
import type { Value } from '../../src/source/value.ts'
import type { Warning } from '../../src/source/warning.ts'
import { folderWith } from '../source/temporary.ts'
import type { Files } from '../source/temporary.ts'

/** An inventory of one file, `hosts.yml` unless the content looks like INI. */
export function inventoryOf(content: string, options: InventoryOptions = {}): Promise<Inventory> {
  const name = /^\s*\[/m.test(content) && !/^all:/m.test(content) ? 'hosts.ini' : 'hosts.yml'
  return loadInventory([join(folderWith({ [name]: content }), name)], options)
}

/** All variables of a host in one mapping, as templates see them. */
export function varsOf(inventory: Inventory, host: string, playbookDir?: string): Record<string, Value> {
  const merged: Record<string, Value> = {}
  for (const { vars } of inventory.layers(host, playbookDir)) for (const [name, { value }] of vars) merged[name] = value
  delete merged.inventory_file
  delete merged.inventory_dir
  return merged
}

export interface Mistake {
  readonly message: string
  readonly place: string
  readonly hint: string | undefined
}

/** What is wrong with an inventory of these files, with `FOLDER` for the folder in every text. */
export async function mistakes(
  files: Files,
  sources: readonly string[] = Object.keys(files),
): Promise<readonly Mistake[]> {
  const folder = folderWith(files)
  try {
    await loadInventory(sources.map((source) => join(folder, source)))
  } catch (error) {
    const errors = error instanceof UserErrors ? error.errors : error instanceof UserError ? [error] : undefined
    if (!errors) throw error
    return errors.map(({ message, at, hint }) => ({
      message: message.replaceAll(folder, 'FOLDER'),
      place: at ? `${at.line}:${at.column}` : '',
      hint: hint?.replaceAll(folder, 'FOLDER'),
    }))
  }
  return []
}

export async function warningsOf(files: Files, source: string): Promise<readonly Warning[]> {
  const warnings: Warning[] = []
  await loadInventory([join(folderWith(files), source)], { warn: (warning) => warnings.push(warning) })
  return warnings
}
