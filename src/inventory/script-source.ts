import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { UserError } from '../errors.ts'
import { describe } from '../source/issues.ts'
import { get, keyText } from '../source/node.ts'
import type { Entry, MappingNode, Node } from '../source/node.ts'
import type { Warn } from '../source/warning.ts'
import { parseDecrypted } from '../variables/load.ts'
import { variableOf } from '../variables/load-variable.ts'
import type { VaultSecret } from '../variables/vault.ts'
import type { InventoryBuilder, Origin } from './builder.ts'

export interface ScriptOptions {
  readonly vaultSecrets: readonly VaultSecret[]
  readonly warn: Warn
  readonly cwd: string
}

const MAX_OUTPUT = 512 * 1024 * 1024
const CALLS_AT_ONCE = 8
const run = promisify(execFile)

/**
 * Adds what an executable prints for `--list`: JSON, groups with `hosts`, `vars` and `children`, or just a list of
 * hosts. Without `_meta.hostvars` it is asked for every host with `--host NAME`.
 */
export async function addScriptInventory(
  path: string,
  builder: InventoryBuilder,
  origin: Origin,
  options: ScriptOptions,
): Promise<void> {
  const output = await ask(path, ['--list'], options)
  if (!output) return
  const hosts = new Set<string>()
  for (const entry of output.entries) {
    if (keyText(entry.key) !== '_meta') addGroup(entry, builder, origin, hosts)
  }
  const meta = get(output, '_meta')
  const hostVars = meta?.kind === 'mapping' ? get(meta, 'hostvars') : undefined
  const variablesOf = hostVars ? fromMeta(hostVars) : (host: string) => ask(path, ['--host', host], options)
  await inBatches([...hosts], async (host) => {
    for (const { key, value } of (await variablesOf(host))?.entries ?? [])
      builder.setHostVariable(host, keyText(key), variableOf(value, key.at))
  })
}

function fromMeta(hostVars: Node): (host: string) => MappingNode | undefined {
  const byHost = new Map(
    requireMapping(hostVars, '_meta.hostvars').entries.map(({ key, value }) => [keyText(key), value]),
  )
  return (host) => {
    const found = byHost.get(host)
    return found && requireMapping(found, `the variables of '${host}'`)
  }
}

function addGroup({ key, value }: Entry, builder: InventoryBuilder, origin: Origin, hosts: Set<string>): void {
  const group = keyText(key)
  builder.addGroup(group, undefined)
  const addHost = (name: string) => {
    builder.addHost(name, group, origin)
    hosts.add(name)
  }
  if (value.kind !== 'mapping') {
    for (const name of names(value, `the hosts of '${group}'`)) addHost(name)
    return
  }
  const [listed, variables, children] = [get(value, 'hosts'), get(value, 'vars'), get(value, 'children')]
  // An old shorthand: a group without any of the three is one host of that name, with variables.
  const isHost = !listed && !variables && !children
  if (isHost) addHost(group)
  if (listed) for (const name of names(listed, `the hosts of '${group}'`)) addHost(name)
  const ownVars = isHost ? value : variables && requireMapping(variables, `the vars of '${group}'`)
  for (const entry of ownVars?.entries ?? [])
    builder.setGroupVariable(group, keyText(entry.key), variableOf(entry.value, entry.key.at))
  for (const child of children ? names(children, `the children of '${group}'`) : []) {
    builder.addGroup(child)
    builder.addChild(group, child)
  }
}

function names(node: Node, what: string): readonly string[] {
  if (node.kind !== 'sequence') throw new UserError(`${what} must be a list, not ${describe(node)}`, { at: node.at })
  return node.items.map((item) => {
    if (item.kind === 'scalar' && typeof item.value === 'string') return item.value
    throw new UserError(`${what} must be names, not ${describe(item)}`, { at: item.at })
  })
}

function requireMapping(node: Node, what: string): MappingNode {
  if (node.kind === 'mapping') return node
  throw new UserError(`${what} must be a mapping, not ${describe(node)}`, { at: node.at })
}

/** Empty output, which some scripts give for a host without variables, is no variables. */
async function ask(path: string, args: readonly string[], options: ScriptOptions): Promise<MappingNode | undefined> {
  const command = [path, ...args].join(' ')
  const { stdout, stderr } = await execute(path, args, command, options.cwd)
  if (stderr.trim() !== '') options.warn({ message: `${command} says: ${stderr.trim()}` })
  if (stdout.trim() === '') return undefined
  const source = `output of ${command}`
  try {
    JSON.parse(stdout)
  } catch {
    throw new UserError(`the output of ${command} is not JSON: ${shortened(stdout)}`)
  }
  const node = await parseDecrypted(stdout, source, options.vaultSecrets)
  return node && requireMapping(node, `the output of ${command}`)
}

async function execute(path: string, args: readonly string[], command: string, cwd: string) {
  try {
    return await run(path, args, { cwd, maxBuffer: MAX_OUTPUT })
  } catch (error) {
    if (!(error instanceof Error)) throw error
    const stderr = 'stderr' in error ? String(error.stderr).trim() : ''
    const code = 'code' in error ? String(error.code) : 'unknown'
    throw new UserError(`the inventory script ${command} failed (${code})${stderr === '' ? '' : `: ${stderr}`}`)
  }
}

function shortened(text: string): string {
  const line = text.trim().split('\n')[0] ?? ''
  return line.length > 60 ? `${line.slice(0, 59)}…` : line
}

async function inBatches(hosts: readonly string[], work: (host: string) => Promise<void>): Promise<void> {
  for (let start = 0; start < hosts.length; start += CALLS_AT_ONCE)
    await Promise.all(hosts.slice(start, start + CALLS_AT_ONCE).map(work))
}
