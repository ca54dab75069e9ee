import { isUtf8 } from 'node:buffer'
import { readFileSync } from 'node:fs'
import { UserError } from '../errors.ts'
import { describe } from '../source/issues.ts'
import { lineIndex } from '../source/lines.ts'
import type { MappingNode, Node, ScalarNode } from '../source/node.ts'
import { ignoreWarnings } from '../source/warning.ts'
import type { Warn } from '../source/warning.ts'
import { parseYaml } from '../source/yaml.ts'
import { concealing } from './load-conceal.ts'
import { variablesOf } from './load-variable.ts'
import type { Variables } from './load-variable.ts'
import { decryptVault, isVault } from './vault.ts'
import type { VaultSecret } from './vault.ts'

/** A text file a person wrote, decrypted if all of it was a vault. */
export interface SourceFile {
  readonly text: string
  readonly encrypted: boolean
}

/**
 * The variables of a YAML or JSON file, for group_vars, host_vars, vars_files and `-e @file`. Everything is decrypted
 * at once: a vault password that does not fit shows before any host is touched.
 * @throws UserError for a file that cannot be read, does not parse, does not open, or is not a mapping
 */
export async function loadVariablesFile(
  path: string,
  vaultSecrets: readonly VaultSecret[],
  warn: Warn = ignoreWarnings,
): Promise<Variables> {
  const source = await readSource(path, vaultSecrets)
  const node = await parseDecrypted(source, path, vaultSecrets, warn)
  return concealing(source.encrypted, () => variablesFrom(node, source.encrypted))
}

/** The variables of a parsed file; an empty one has none. */
export function variablesFrom(node: Node | undefined, encrypted: boolean): Variables {
  if (node === undefined) return new Map()
  if (node.kind !== 'mapping')
    throw new UserError(`a variables file must be a mapping, this is ${describe(node)}`, {
      at: node.at,
      hint: 'write each variable as name: value',
    })
  return variablesOf(node, encrypted)
}

/** Reads a text file, opening it if it is a vault as a whole. */
export async function readSource(path: string, vaultSecrets: readonly VaultSecret[]): Promise<SourceFile> {
  const text = readText(path)
  if (!isVault(text)) return { text, encrypted: false }
  const plain = await decryptVault(text, vaultSecrets, { file: path, line: 1, column: 1 })
  return { text: plain.toString('utf8'), encrypted: true }
}

/** Synchronous, because nothing else goes on while files are loaded, and 5,000 host_vars take a fifth of the time. */
function readText(path: string): string {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (error) {
    throw unreadable(path, error)
  }
  // An executable inventory need not be text: it is run, not read.
  if (text.includes('\uFFFD') && !/^(?:#!|\x7fELF)/.test(text)) requireUtf8(path, text)
  return text
}

/** Bytes that are no UTF-8 have become replacement characters; a file may also hold one of those itself. */
function requireUtf8(path: string, text: string): void {
  if (isUtf8(readFileSync(path))) return
  throw new UserError('this is not UTF-8 text', {
    at: lineIndex(text, path)(text.indexOf('\uFFFD')),
    hint: `convert the file, for example from Latin-1: iconv -f latin1 -t utf8 ${path}`,
  })
}

/** The words for a file that cannot be read. Anything but a system error is a bug and comes back as it is. */
export function unreadable(path: string, error: unknown): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined
  if (code === 'ENOENT') return new UserError(`there is no file ${path}`)
  if (code === 'EACCES') return new UserError(`no permission to read ${path}`)
  if (code === 'EISDIR') return new UserError(`${path} is a folder, a file is needed`)
  return typeof code === 'string' ? new UserError(`cannot read ${path}: ${code}`) : error
}

/** Parses YAML and opens its inline vault values. Errors in a file that was encrypted do not quote it. */
export async function parseDecrypted(
  source: string | SourceFile,
  file: string,
  vaultSecrets: readonly VaultSecret[],
  warn: Warn = ignoreWarnings,
): Promise<Node | undefined> {
  const { text, encrypted } = typeof source === 'string' ? { text: source, encrypted: false } : source
  return concealing(encrypted, () => {
    const node = parseYaml(text, file, warn)
    return node && /!vault|__ansible_/.test(text) ? decryptNode(node, vaultSecrets) : node
  })
}

/** A tree with every vault-tagged scalar opened and tagged `secret` instead. */
export async function decryptNode(node: Node, vaultSecrets: readonly VaultSecret[]): Promise<Node> {
  switch (node.kind) {
    case 'scalar':
      return node.tag === 'vault' ? decryptScalar(node, vaultSecrets) : node
    case 'sequence':
      return { ...node, items: await Promise.all(node.items.map((item) => decryptNode(item, vaultSecrets))) }
    case 'mapping': {
      const special = jsonTagged(node)
      if (special) return decryptNode(special, vaultSecrets)
      return {
        ...node,
        entries: await Promise.all(
          node.entries.map(async ({ key, value }) => ({ key, value: await decryptNode(value, vaultSecrets) })),
        ),
      }
    }
  }
}

/** JSON has no tags: Ansible writes `{"__ansible_vault": "..."}` for `!vault`, and the same with `__ansible_unsafe`. */
function jsonTagged(node: MappingNode): ScalarNode | undefined {
  const [entry, ...more] = node.entries
  if (!entry || more.length > 0 || entry.value.kind !== 'scalar' || typeof entry.value.value !== 'string')
    return undefined
  if (entry.key.value === '__ansible_vault') return { ...entry.value, tag: 'vault' }
  return entry.key.value === '__ansible_unsafe' ? { ...entry.value, tag: 'unsafe' } : undefined
}

async function decryptScalar(node: ScalarNode, vaultSecrets: readonly VaultSecret[]): Promise<ScalarNode> {
  const plain = await decryptVault(String(node.value), vaultSecrets, node.at)
  return { ...node, value: plain.toString('utf8'), tag: 'secret', sealed: String(node.value) }
}
