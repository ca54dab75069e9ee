import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { UserError } from '../errors.ts'
import { drawGraph } from '../inventory/graph.ts'
import { jsonSpelling } from '../inventory/listed.ts'
import { hostVariables, listAsJson, listAsYaml, type ListingOptions } from '../inventory/listing.ts'
import { loadInventory } from '../inventory/load.ts'
import type { Inventory } from '../inventory/model.ts'
import { selectHosts } from '../inventory/patterns.ts'
import { didYouMean } from '../source/suggest.ts'
import { toJson } from '../template/python/json.ts'
import { SealedText, toYaml } from '../template/yaml/emit.ts'
import type { PyValue } from '../template/values.ts'
import { currentSettings, ignoredFiles } from './configuration.ts'
import { warnOnStderr } from './errors.ts'
import { addSources, addVaultOptions, command, inventorySources, parse } from './options.ts'
import { vaultSecrets, type VaultOptions } from './vault-passwords.ts'

interface Options extends VaultOptions {
  readonly inventory?: readonly string[]
  readonly list?: boolean
  readonly host?: string
  readonly graph?: boolean
  readonly yaml?: boolean
  readonly toml?: boolean
  readonly vars?: boolean
  readonly export?: boolean
  readonly output?: string
  readonly limit?: string
  readonly playbookDir?: string
}

/** What `ansible-inventory` prints. */
export async function run(args: readonly string[]): Promise<number> {
  const spec = addVaultOptions(
    addSources(command('inventory', 'Shows the hosts, groups and variables of an inventory.')),
  )
    .argument('[group]', 'where --graph begins', 'all')
    .option('--list', 'all hosts with their variables, as an inventory script prints them')
    .option('--host <host>', 'the variables of one host')
    .option('--graph', 'groups, and the hosts in them, as a tree')
    .option('--vars', 'with --graph: the variables as well')
    .option('-y, --yaml', 'YAML in place of JSON')
    .option('--toml', 'not supported')
    .option('--export', 'variables where they are set, to make a new inventory of')
    .option('--output <file>', 'write there in place of the screen')
    .option('-l, --limit <pattern>', 'only these hosts')
    .option('--playbook-dir <folder>', 'with the group_vars and host_vars of a playbook there')
  const parsed = parse<Options>(spec, args)
  if (typeof parsed === 'number') return parsed
  const { options, operands } = parsed
  checkOptions(options)
  const settings = currentSettings()
  const playbookDir = options.playbookDir === undefined ? undefined : resolve(options.playbookDir)
  const inventory = await loadInventory(inventorySources(options, settings), {
    vaultSecrets: await vaultSecrets(options, settings),
    playbookDirs: playbookDir === undefined ? [] : [playbookDir],
    warn: warnOnStderr,
    ignored: ignoredFiles(settings),
  })
  const text = show(inventory, { ...options, playbookDir }, operands[0] ?? 'all')
  if (options.output === undefined) process.stdout.write(`${text}\n`)
  else await save(options.output, text)
  return 0
}

function checkOptions({ list, host, graph, toml, vars }: Options): void {
  const actions = [list, host, graph].filter((given) => given !== undefined).length
  if (actions !== 1)
    throw new UserError(actions === 0 ? 'say what to show' : 'only one thing can be shown at a time', {
      hint: 'give one of --list, --host HOST and --graph',
    })
  if (toml) throw new UserError('TOML inventories are not supported', { hint: 'use --yaml, which every Ansible reads' })
  if (vars && !graph) throw new UserError('--vars belongs to --graph')
}

type Wanted = Omit<Options, 'playbookDir'> & { readonly playbookDir: string | undefined }

function show(inventory: Inventory, options: Wanted, start: string): string {
  const { limit, playbookDir } = options
  if (options.graph)
    return drawGraph(inventory, { start: groupOf(inventory, start), vars: options.vars ?? false, limit, playbookDir })
  const common = { exported: options.export ?? false, limit, playbookDir }
  if (options.yaml) return asYaml(inventory, options.host, { ...common, spelling: yamlSpelling })
  const listing = { ...common, spelling: jsonSpelling }
  const found =
    options.host === undefined
      ? listAsJson(inventory, listing)
      : hostVariables(inventory, oneHost(inventory, options.host), listing)
  return toJson(found, { indent: '    ', sortKeys: true, ascii: false })
}

const yamlSpelling = {
  sealed: (ciphertext: string) => new SealedText(ciphertext),
  unsafe: (text: string) => text,
}

function asYaml(inventory: Inventory, host: string | undefined, listing: ListingOptions<PyValue>): string {
  const found =
    host === undefined ? listAsYaml(inventory, listing) : hostVariables(inventory, oneHost(inventory, host), listing)
  return toYaml(found).trimEnd()
}

function groupOf(inventory: Inventory, name: string) {
  const group = inventory.groups.get(name)
  if (group) return group
  const suggestion = didYouMean(name, inventory.groups.keys())
  throw new UserError(`there is no group '${name}' to begin the graph with`, {
    hint: suggestion === undefined ? undefined : `did you mean '${suggestion}'?`,
  })
}

function oneHost(inventory: Inventory, pattern: string): string {
  const [host, ...more] = selectHosts(inventory, pattern)
  if (host !== undefined && more.length === 0) return host
  throw new UserError(
    `--host shows one host, and '${pattern}' is ${host === undefined ? 'none' : `${more.length + 1}`}`,
  )
}

async function save(file: string, text: string): Promise<void> {
  try {
    await writeFile(file, text)
  } catch (error) {
    throw new UserError(
      `cannot write ${file}: ${error instanceof Error && 'code' in error ? String(error.code) : String(error)}`,
    )
  }
}
