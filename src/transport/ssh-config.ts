import { existsSync } from 'node:fs'
import { hostname } from 'node:os'
import { isAbsolute, join } from 'node:path'
import { UserError } from '../errors.ts'
import type { Warn } from '../source/warning.ts'
import { matchesAny } from './patterns.ts'
import { type Entry, readConfigFile } from './ssh-config-file.ts'
import { commandRunner, matches, type MatchSubject } from './ssh-config-match.ts'
import type { OptionLine } from './ssh-option-line.ts'
import { type ClientOptions, type Draft, isUnderstood, setOption } from './ssh-options.ts'
import { expandPath, expandTokens, type Tokens } from './ssh-tokens.ts'

/** What OpenSSH's configuration files say. Each is read once in a run, when the first host asks. */
export interface SshConfig {
  /**
   * Adds what the files say about the host that `ssh NAME` would reach: those of `draft.configFile`, or the person's
   * own and the machine's. As in ssh, what the draft has already counts. What the built-in client does not have is
   * handed to `other`; without that it is named to the person and left out.
   * @throws UserError naming file and line
   */
  apply(draft: Draft, name: string, other?: (line: OptionLine) => void): void
  /** The key file, or its public half for an agent: files that OpenSSH does not find it passes over. */
  existing(file: string): readonly string[]
}

export interface Person {
  readonly localUser: string
  readonly home: string
  readonly env: NodeJS.ProcessEnv
}

export interface SshConfigOptions extends Person {
  /** Names options that are left out, each once. */
  readonly warn: Warn
  /** The machine's own file. */
  readonly systemFile?: string
}

export function openSshConfig(options: SshConfigOptions): SshConfig {
  const { home, env, localUser, warn, systemFile = '/etc/ssh/ssh_config' } = options
  const roots = new Map<string, readonly (readonly Entry[])[]>()
  const succeeds = commandRunner(env)
  const named = new Set<string>()

  const load = (configFile: string | undefined): readonly (readonly Entry[])[] => {
    const context = { env, home, folder: join(home, '.ssh') }
    if (configFile === undefined) {
      return [
        readConfigFile(join(home, '.ssh/config'), { ...context, guarded: true }) ?? [],
        readConfigFile(systemFile, { ...context, folder: '/etc/ssh', guarded: false }) ?? [],
      ]
    }
    if (configFile.toLowerCase() === 'none') return []
    const path = expandPath(configFile, {}, { home, env })
    const entries = readConfigFile(isAbsolute(path) ? path : join(process.cwd(), path), { ...context, guarded: false })
    if (entries === undefined) throw new UserError(`the ssh configuration ${configFile} (-F) does not exist`)
    return [entries]
  }

  const leaveOut = ({ name, key, source }: OptionLine, ignored: readonly string[]): void => {
    if (named.has(key) || matchesAny(ignored, name)) return
    named.add(key)
    warn({
      message: `${source}: ${name} is left out: the built-in SSH client does not have it (ansible_connection: openssh does)`,
    })
  }

  const found = new Map<string, readonly string[]>()
  return {
    existing(file) {
      const known = found.get(file)
      if (known) return known
      const files = [file, `${file}.pub`].filter((one) => existsSync(one)).slice(0, 1)
      found.set(file, files)
      return files
    },
    apply(draft, name, other) {
      const key = draft.configFile ?? ''
      const files = roots.get(key) ?? load(draft.configFile)
      roots.set(key, files)
      const ignored: string[] = []
      const walk = (entries: readonly Entry[], within: boolean, final: boolean): void => {
        let active = within
        for (const entry of entries) {
          switch (entry.kind) {
            case 'host':
              active = within && matchesAny(entry.patterns, final ? addressFor(draft, name) : name)
              break
            case 'match':
              active = within && matches(entry.criteria, subject(final))
              break
            case 'include':
              for (const file of entry.files) walk(file, active, final)
              break
            case 'option':
              if (!active) break
              if (entry.line.key === 'ignoreunknown') ignored.push(...entry.line.value.split(','))
              else if (other && !isUnderstood(entry.line)) other(entry.line)
              else if (!setOption(draft, entry.line, { env })) leaveOut(entry.line, ignored)
          }
        }
      }
      const subject = (final: boolean): MatchSubject => {
        const user = draft.user ?? localUser
        const tokens = tokensFor(draft, name, user, options)
        return { host: addressFor(draft, name), originalHost: name, user, localUser, final, tokens, succeeds }
      }
      for (const file of files) walk(file, true, false)
      if (!files.some(asksForFinal)) return
      draft.hostName = addressFor(draft, name).toLowerCase().replaceAll('%', '%%')
      for (const file of files) walk(file, true, true)
    },
  }
}

const asksForFinal = (entries: readonly Entry[]): boolean =>
  entries.some((entry) =>
    entry.kind === 'include'
      ? entry.files.some(asksForFinal)
      : entry.kind === 'match' && entry.criteria.some(({ kind }) => kind === 'final'),
  )

/** The address of the host that is called `name`. */
export const addressFor = ({ hostName }: Pick<ClientOptions, 'hostName'>, name: string): string =>
  hostName === undefined ? name : expandTokens(hostName, { h: name })

/** What the tokens stand for, for a host that is called `name`. */
export function tokensFor(options: ClientOptions, name: string, user: string, { localUser, home }: Person): Tokens {
  const machine = hostname()
  return {
    ...{ d: home, h: addressFor(options, name), i: String(process.getuid?.() ?? ''), k: options.hostKeyAlias ?? name },
    ...{
      L: machine.split('.')[0] ?? machine,
      l: machine,
      n: name,
      p: String(options.port ?? 22),
      r: user,
      u: localUser,
    },
  }
}
