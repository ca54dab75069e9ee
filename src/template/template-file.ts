import { UserError } from '../errors.ts'
import { defaultDelimiters, type Delimiters, type Syntax } from './lexer.ts'
import { fileSyntax } from './template.ts'
import type { PyValue } from './values.ts'

export interface TextOptions {
  /** The file the text is from, for the place of errors. */
  readonly file?: string
  readonly trimBlocks?: boolean
  readonly lstripBlocks?: boolean
  readonly keepTrailingNewline?: boolean
  /** Other delimiters, as the template module's `variable_start_string` and so on give them. */
  readonly delimiters?: Partial<Delimiters>
  /** What the file has besides the variables of the context, over those of the same name. */
  readonly variables?: ReadonlyMap<string, PyValue> | undefined
}

export function syntaxOf(options: TextOptions): Syntax {
  if (options.trimBlocks === undefined && options.lstripBlocks === undefined && options.delimiters === undefined)
    return fileSyntax
  return {
    trimBlocks: options.trimBlocks ?? true,
    lstripBlocks: options.lstripBlocks ?? false,
    literalBackslashes: false,
    delimiters: options.delimiters === undefined ? defaultDelimiters : { ...defaultDelimiters, ...options.delimiters },
  }
}

const header = '#jinja2:'

/** A template's text without its `#jinja2:` line, and what that line sets. */
export function readHeader(text: string, syntax: Syntax): { readonly body: string; readonly syntax: Syntax } {
  if (!text.startsWith(header)) return { body: text, syntax }
  const end = text.indexOf('\n')
  const settings = new Map<string, boolean>()
  for (const pair of text.slice(header.length, end < 0 ? undefined : end).split(',')) {
    const [, key, value] = /^\s*(\w+)\s*:\s*(True|False)\s*$/.exec(pair) ?? []
    if (key === undefined || value === undefined)
      throw new UserError(`failed to parse jinja2 override '${pair.trim()}'`, {
        hint: 'write #jinja2: trim_blocks: True, lstrip_blocks: False',
      })
    settings.set(key, value === 'True')
  }
  const overridden: Syntax = {
    ...syntax,
    trimBlocks: settings.get('trim_blocks') ?? syntax.trimBlocks,
    lstripBlocks: settings.get('lstrip_blocks') ?? syntax.lstripBlocks,
    linesBefore: 1,
  }
  return { body: end < 0 ? '' : text.slice(end + 1), syntax: overridden }
}

/** As many line ends at the end as the template's text has, where rendering dropped some. */
export function restoreNewlines(text: string, result: string): string {
  const missing = finalNewlines(text) - finalNewlines(result)
  return missing > 0 ? result + '\n'.repeat(missing) : result
}

function finalNewlines(text: string): number {
  let count = 0
  while (count < text.length && text[text.length - 1 - count] === '\n') count++
  return count
}
