import { readFileSync } from 'node:fs'
import { UserError } from '../errors.ts'
import { throwAll } from '../source/collect.ts'
import { didYouMean } from '../source/suggest.ts'
import type { Warn } from '../source/warning.ts'
import { unreadable } from '../variables/load.ts'
import { parseConfig, type ConfigEntry } from './config-file.ts'
import { definitions, fixed, type Definition } from './definitions.ts'
import { findConfig } from './find-config.ts'

type Definitions = typeof definitions

/** What is set; what is not has the default of whoever uses it. */
export type Settings = { readonly [Name in keyof Definitions]?: ReturnType<Definitions[Name]['read']> } & {
  /** The `ansible.cfg` that was read. */
  readonly configFile?: string
}

export interface SettingsOptions {
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
  readonly warn: Warn
}

/** Read by their own users, or by Ansible alone before there is any setting. */
const NOT_SETTINGS = ['ANSIBLE_CONFIG', 'ANSIBLE_HOME', 'ANSIBLE_LOCAL_TEMP']

/**
 * The settings of the `ansible.cfg` that counts and of `ANSIBLE_*` variables, which win over it. What has no meaning
 * here is named in one warning.
 * @throws UserError(s) for values that make no sense, with file:line:column
 */
export function loadSettings(options: SettingsOptions): Settings {
  const { env, cwd, warn } = options
  const configFile = findConfig(options)
  const entries = configFile === undefined ? [] : parseConfig(readText(configFile), configFile)
  const errors: UserError[] = []
  const read = <T>(definition: Definition<T>): T | undefined => {
    const found = fromEnvironment(definition, env) ?? fromConfig(definition, entries)
    if (!found) return undefined
    try {
      return definition.read(found.text, { name: found.name, at: found.at, cwd, env })
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      errors.push(error)
      return undefined
    }
  }
  for (const definition of fixed) read(definition)
  const settings = Object.fromEntries(
    Object.entries(definitions).flatMap(([name, definition]) => {
      const value = read<unknown>(definition)
      return value === undefined ? [] : [[name, value]]
    }),
  ) as Settings
  throwAll(errors)
  warnOfMeaningless(entries, env, configFile, warn)
  return { ...settings, ...(configFile !== undefined && { configFile }) }
}

/** Nothing is set: for those who want neither files nor environment. */
export const noSettings: Settings = {}

interface Found {
  readonly name: string
  readonly text: string
  readonly at: ConfigEntry['at'] | undefined
}

/** As in Ansible the last of several names counts. */
function fromEnvironment({ env: names }: Definition<unknown>, env: NodeJS.ProcessEnv): Found | undefined {
  const name = names.findLast((known) => env[known] !== undefined)
  return name === undefined ? undefined : { name, text: env[name] ?? '', at: undefined }
}

function fromConfig({ ini }: Definition<unknown>, entries: readonly ConfigEntry[]): Found | undefined {
  const name = ini.findLast((known) => entries.some((entry) => nameOf(entry) === known))
  const entry = entries.find((one) => nameOf(one) === name)
  return entry && { name: entry.key, text: entry.value, at: entry.valueAt }
}

function nameOf({ section, key }: ConfigEntry): string {
  return `${section}.${key}`
}

function warnOfMeaningless(
  entries: readonly ConfigEntry[],
  env: NodeJS.ProcessEnv,
  configFile: string | undefined,
  warn: Warn,
): void {
  const all: readonly Definition<unknown>[] = [...Object.values(definitions), ...fixed]
  const known = new Set(all.flatMap(({ ini }) => ini))
  const knownVariables = new Set([...all.flatMap(({ env: names }) => names), ...NOT_SETTINGS])
  const unused = entries.filter((entry) => !known.has(nameOf(entry)))
  const variables = Object.keys(env).filter((name) => name.startsWith('ANSIBLE_') && !knownVariables.has(name))
  for (const entry of unused) {
    const suggestion = didYouMean(nameOf(entry), known)
    if (suggestion !== undefined && !ansibleHas.test(nameOf(entry)))
      warn({ message: `there is no setting '${entry.key}'`, at: entry.at, hint: `did you mean '${suggestion}'?` })
  }
  const names = [...unused.map(nameOf), ...variables.sort()]
  if (names.length > 0)
    warn({
      message: `these settings mean nothing to Sallyport: ${names.join(', ')}`,
      ...(unused[0] && configFile !== undefined && { at: unused[0].at }),
    })
}

/** Ansible's own settings whose names are near one of ours. */
const ansibleHas =
  /^(?:defaults\.(?:remote_tmp|local_tmp|library|log_path)|ssh_connection\.(?:scp_extra_args|sftp_extra_args|ssh_executable|pipelining))$/

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw unreadable(path, error)
  }
}
