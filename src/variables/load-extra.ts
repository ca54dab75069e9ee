import { resolve } from 'node:path'
import { UserError } from '../errors.ts'
import { ignoreWarnings } from '../source/warning.ts'
import type { Warn } from '../source/warning.ts'
import { splitArguments, splitKeyValue } from './load-key-values.ts'
import { loadVariablesFile, parseDecrypted, variablesFrom } from './load.ts'
import { plainVariable } from './load-variable.ts'
import type { Variable, Variables } from './load-variable.ts'
import type { VaultSecret } from './vault.ts'

export interface ExtraVarsOptions {
  readonly vaultSecrets?: readonly VaultSecret[]
  readonly warn?: Warn
  /** What `@FILE` is relative to. */
  readonly cwd?: string
}

/** The place that a variable of the command line has. */
const COMMAND_LINE = '-e'

/**
 * The variables of `-e` arguments, later ones winning: `name=value` (always text, several in one argument),
 * `{"json": 1}` or `{yaml: 1}`, and `@FILE`.
 */
export async function parseExtraVars(args: readonly string[], options: ExtraVarsOptions = {}): Promise<Variables> {
  const parsed = await Promise.all(args.map((arg) => parseExtraVar(arg, options)))
  const merged = new Map<string, Variable>()
  for (const variables of parsed) for (const [name, variable] of variables) merged.set(name, variable)
  return merged
}

async function parseExtraVar(arg: string, options: ExtraVarsOptions): Promise<Variables> {
  const { vaultSecrets = [], warn = ignoreWarnings, cwd = process.cwd() } = options
  if (arg.startsWith('@')) return loadVariablesFile(resolve(cwd, arg.slice(1)), vaultSecrets, warn)
  if (/^[/.]/.test(arg)) throw new UserError(`-e ${arg} is not name=value`, { hint: `for a file write -e @${arg}` })
  if (/^[[{]/.test(arg)) return variablesFrom(await parseDecrypted(arg, COMMAND_LINE, vaultSecrets, warn), false)
  return parseAssignments(arg)
}

function parseAssignments(arg: string): Variables {
  const words = splitArguments(arg)
  if (typeof words === 'string') throw new UserError(`-e ${arg}: ${words}`)
  const variables = new Map<string, Variable>()
  for (const { text, start } of words) {
    const pair = splitKeyValue(text)
    if (!pair)
      throw new UserError(`'${text}' in -e is not name=value`, {
        hint: `quote a value with spaces inside the argument: -e 'name="two words"'`,
      })
    variables.set(pair.key, plainVariable(pair.value, { file: COMMAND_LINE, line: 1, column: start + 1 }))
  }
  return variables
}
