import { UserError } from '../errors.ts'
import { matchesAny } from './patterns.ts'
import { type OptionLine, parseOptionLine } from './ssh-option-line.ts'
import { type Draft, isUnderstood, type OptionContext, setOption } from './ssh-options.ts'
import { splitWords } from './ssh-words.ts'
import type { OpensshOptions } from './transport.ts'

/** One argument of ssh as it is handed on; `key` is the option's name in lower case. */
export interface SshWord {
  readonly key: string
  readonly words: readonly string[]
}

/** Options that only ssh understands: they stand beside a draft, which holds those that are understood here too. */
export interface OnlySsh {
  readonly words: SshWord[]
  readonly lines: OptionLine[]
}

/** Flags that take a value, and the option that each stands for. */
const valued: Readonly<Record<string, string>> = {
  ...{ o: '', F: 'configfile', i: 'identityfile', J: 'proxyjump', l: 'user', p: 'port', b: 'bindaddress' },
  ...{ B: 'bindinterface', c: 'ciphers', D: 'dynamicforward', I: 'pkcs11provider', L: 'localforward', m: 'macs' },
  ...{ R: 'remoteforward', w: 'tunnel', P: 'tag', e: 'escapechar' },
}
/** The others; those with no option behind them ask for what is so anyway, or for what only a terminal would show. */
const plain: Readonly<Record<string, string>> = {
  ...{ A: 'forwardagent', a: 'forwardagent', K: 'gssapiauthentication', k: 'gssapidelegatecredentials' },
  ...{ C: 'compression', g: 'gatewayports', X: 'forwardx11', x: 'forwardx11', Y: 'forwardx11' },
  ...{ 1: '', 2: '', 4: 'addressfamily', 6: 'addressfamily', n: '', q: '', v: '', T: '', t: '' },
}
const quiet = /^[12nqvTt]$/

/**
 * Reads ssh's arguments as people write them for Ansible. All that ssh knows may stand there, but for what would take
 * the connection away (`-f`, `-N`, `-W`, …).
 * @throws UserError
 */
export function addOpensshArgs(
  draft: Draft,
  only: OnlySsh,
  text: string,
  context: OptionContext & { readonly source: string },
): void {
  const { source } = context
  const words = splitWords(text, source)
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (!/^-[A-Za-z0-9]/.test(word)) {
      throw new UserError(`${source}: "${word}" is no option of ssh`, {
        hint: 'ssh would take it for a host or a command',
      })
    }
    for (let at = 1; at < word.length; at++) {
      const letter = word.charAt(at)
      const key = valued[letter]
      if (key !== undefined) {
        const value = word.slice(at + 1) || words.shift()
        if (value === undefined) throw new UserError(`${source}: -${letter} wants a value`)
        addValued(letter, key, value)
        break
      }
      const option = plain[letter]
      if (option === undefined) {
        throw new UserError(`${source}: the ssh option "-${letter}" cannot be used here`, {
          hint: 'ssh has to log in and hold the connection, and nothing else',
        })
      }
      if (quiet.test(letter)) continue
      only.words.push({ key: option, words: [`-${letter}`] })
      if (option === 'forwardagent') only.lines.push(lineOf(`ForwardAgent ${letter === 'A' ? 'yes' : 'no'}`))
    }
  }

  function addValued(letter: string, key: string, value: string): void {
    if (letter === 'F') draft.configFile ??= value
    const line = letter === 'o' ? lineOf(value) : letter === 'F' ? undefined : lineOf(`${key} ${quoted(value)}`)
    only.words.push({ key: line?.key ?? key, words: [`-${letter}`, value] })
    if (!line) return
    if (isUnderstood(line)) setOption(draft, line, context)
    else only.lines.push(line)
  }

  function lineOf(text: string): OptionLine {
    const line = parseOptionLine(text, source)
    if (line === undefined) throw new UserError(`${source}: -o wants an option`)
    return line
  }
}

/** A value that may hold blanks, as ssh reads it. */
export const quoted = (value: string): string => `"${value.replace(/["\\]/g, '\\$&')}"`

/** What belongs to one host alone, and is not handed on to its jump hosts. */
const ownKeys = new Set([
  ...['hostname', 'hostkeyalias', 'user', 'port', 'proxyjump', 'proxycommand', 'localforward', 'remoteforward'],
  ...['dynamicforward', 'tunnel', 'identityfile'],
])

export const forJumps = (words: readonly SshWord[]): SshWord[] => words.filter(({ key }) => !ownKeys.has(key))

/** What sessions get, from the options that only ssh understands; the first ForwardAgent and SetEnv count, as in ssh. */
export function sessionOptions(
  lines: readonly OptionLine[],
  env: NodeJS.ProcessEnv,
): Pick<OpensshOptions, 'forwardAgent' | 'env'> {
  const first = (key: string) => lines.find((line) => line.key === key)
  const patterns = lines.filter(({ key }) => key === 'sendenv').flatMap(({ words }) => words)
  // What is read of a host's output is in C in any case.
  const sent = Object.entries(env).filter(([name]) => matchesAny(patterns, name) && !/^(LANG|LC_.*)$/.test(name))
  const set = (first('setenv')?.words ?? []).map((word) => /^([^=]+)=(.*)$/s.exec(word) ?? [])
  const pairs = [...sent, ...set.map(([, name, value]) => [name, value])]
  return {
    forwardAgent: (first('forwardagent')?.words[0] ?? 'no').toLowerCase() !== 'no',
    env: Object.fromEntries(pairs.filter((pair): pair is [string, string] => pair.every((part) => part !== undefined))),
  }
}
