import { access, constants } from 'node:fs/promises'
import { extname } from 'node:path'
import { UserError } from '../errors.ts'
import { parseYaml } from '../source/yaml.ts'

export type Format = 'yaml' | 'ini' | 'script'

const YAML_EXTENSIONS = ['.yml', '.yaml', '.json']

/**
 * What kind of inventory a file is. Ansible tries its plugins one after the other and takes the first that does not
 * fail; deciding by name and content gives the same answers, and an error about the format that is meant.
 * An executable bit alone means nothing: on some file systems every file has it.
 */
export async function detectFormat(path: string, text: string): Promise<Format> {
  if (isProgram(text)) {
    if (await isExecutable(path)) return 'script'
    throw new UserError(`the inventory script ${path} is not executable`, { hint: `chmod +x ${path}` })
  }
  const extension = extname(path)
  if (extension === '.toml')
    throw new UserError('TOML inventories are not supported', { at: { file: path, line: 1, column: 1 } })
  if (YAML_EXTENSIONS.includes(extension)) return looksLikeIni(text) ? 'ini' : 'yaml'
  return extension === '' && isYamlMapping(text, path) ? 'yaml' : 'ini'
}

function isProgram(text: string): boolean {
  return text.startsWith('#!') || text.startsWith('\x7fELF')
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
}

/** A line that is nothing but a section header; in YAML that would be a list by itself. */
function looksLikeIni(text: string): boolean {
  return /^\[[^\]\s:]+(?::\w+)?\][ \t]*(?:#.*)?$/m.test(text) && !/^(?:---|all:)[ \t]*$/m.test(text)
}

/** Without an extension either is possible. Only YAML has keys that end in a colon. */
function isYamlMapping(text: string, path: string): boolean {
  if (looksLikeIni(text)) return false
  try {
    return parseYaml(text, path)?.kind === 'mapping'
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return /^(?:---|[\w-]+:)[ \t]*(?:#.*)?$/m.test(text)
  }
}
