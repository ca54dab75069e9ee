import type { Position } from '../source/position.ts'

/** A vault text inside a YAML file: the block below `name: !vault |`. */
export interface InlineVault {
  /** Offsets of the block's lines in the file, the last line end left out. */
  readonly start: number
  readonly end: number
  readonly indent: string
  readonly ciphertext: string
  readonly at: Position
}

const BLOCK = /^([ \t]+)\$ANSIBLE_VAULT;[^\r\n]*(?:\r?\n[ \t]*[0-9a-fA-F]+[ \t]*$)+/gm

/** The vault texts of a file that is not a vault as a whole, in order. */
export function inlineVaults(text: string, file: string): readonly InlineVault[] {
  return [...text.matchAll(BLOCK)].map((match) => {
    const [block, indent = ''] = match
    const before = text.slice(0, match.index)
    return {
      start: match.index,
      end: match.index + block.length,
      indent,
      ciphertext: block.replace(/^[ \t]+/gm, ''),
      at: { file, line: before.split('\n').length, column: indent.length + 1 },
    }
  })
}

/** The file's text with each block replaced by other lines, indented alike. */
export function replaceInline(text: string, blocks: readonly InlineVault[], replacements: readonly string[]): string {
  let result = ''
  let done = 0
  for (const [index, { start, end, indent }] of blocks.entries()) {
    const lines = (replacements[index] ?? '').replace(/\n$/, '').split('\n')
    result += text.slice(done, start) + lines.map((line) => indent + line).join('\n')
    done = end
  }
  return result + text.slice(done)
}
