import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import { UserError } from '../errors.ts'
import { type Criterion, parseMatch } from './ssh-config-match.ts'
import { codeOf } from './ssh-errors.ts'
import { oneWord, type OptionLine, parseOptionLine } from './ssh-option-line.ts'
import { type OptionContext, setOption } from './ssh-options.ts'
import { checkTokens, expandPath } from './ssh-tokens.ts'

/** A line of a configuration file, or what it includes. */
export type Entry =
  | { readonly kind: 'option'; readonly line: OptionLine }
  | { readonly kind: 'host'; readonly patterns: readonly string[] }
  | { readonly kind: 'match'; readonly criteria: readonly Criterion[] }
  | { readonly kind: 'include'; readonly files: readonly (readonly Entry[])[] }

export interface ConfigFileContext extends OptionContext {
  readonly home: string
  /** Where relative names behind `Include` begin. */
  readonly folder: string
  /** Nobody else may be able to write to these files: they start commands. */
  readonly guarded: boolean
}

/** OpenSSH's limit. */
const deepest = 16

/**
 * Reads a file of ssh_config(5) with all that it includes, and checks every value.
 * @returns undefined when there is no such file
 * @throws UserError naming file and line
 */
export function readConfigFile(file: string, context: ConfigFileContext, depth = 0): readonly Entry[] | undefined {
  const text = readText(file, context)
  if (text === undefined) return undefined
  const shown = file.startsWith(`${context.home}/`) ? `~${file.slice(context.home.length)}` : file
  return text.split('\n').flatMap((one, index) => {
    const line = parseOptionLine(one, `${shown}:${index + 1}`)
    return line ? [entryOf(line, context, depth)] : []
  })
}

function entryOf(line: OptionLine, context: ConfigFileContext, depth: number): Entry {
  switch (line.key) {
    case 'host':
      return { kind: 'host', patterns: line.words }
    case 'match':
      return { kind: 'match', criteria: parseMatch(line) }
    case 'include': {
      if (depth >= deepest) throw new UserError(`${line.source}: files include each other ${deepest} levels deep`)
      const paths = line.words.flatMap((word) => included(word, line, context))
      return { kind: 'include', files: paths.flatMap((path) => [readConfigFile(path, context, depth + 1) ?? []]) }
    }
    case 'ignoreunknown':
      oneWord(line)
      return { kind: 'option', line }
    default:
      // Wrong values show at once, whichever host they are for.
      setOption({ identityFiles: [] }, line, context)
      return { kind: 'option', line }
  }
}

function readText(file: string, { guarded }: ConfigFileContext): string | undefined {
  try {
    const { uid, mode } = statSync(file)
    if (guarded && ((uid !== 0 && uid !== process.getuid?.()) || (mode & 0o022) !== 0)) {
      throw new UserError(`${file} can be written to by others, and it may start commands`, {
        hint: `chmod go-w ${file}, and let it belong to you; ssh refuses it as well`,
      })
    }
    return readFileSync(file, 'utf8')
  } catch (error) {
    const code = codeOf(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    if (code === undefined) throw error
    throw new UserError(`${file} cannot be read (${code})`)
  }
}

function included(word: string, { source }: OptionLine, context: ConfigFileContext): string[] {
  const path = expandPath(checkTokens(word, '', { source, env: context.env }), {}, context)
  return glob(isAbsolute(path) ? path : join(context.folder, path))
}

/** The paths that match, in order; hidden names only where the pattern says so. */
function glob(pattern: string): string[] {
  if (!/[*?[]/.test(pattern)) return [pattern]
  const name = pattern.slice(pattern.lastIndexOf('/') + 1)
  const folders = glob(dirname(pattern))
  if (!/[*?[]/.test(name)) return folders.map((folder) => join(folder, name))
  const source = name.replace(/[.+^${}()|\\]/g, '\\$&').replaceAll('[!', '[^')
  const regex = new RegExp(`^${source.replaceAll('*', '.*').replaceAll('?', '.')}$`)
  return folders.flatMap((folder) =>
    names(folder)
      .filter((one) => regex.test(one) && (name.startsWith('.') || !one.startsWith('.')))
      .map((one) => join(folder, one)),
  )
}

function names(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}
