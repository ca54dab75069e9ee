import { UserError } from '../errors.ts'
import { splitLines } from '../source/lines.ts'
import type { Position } from '../source/position.ts'

/** One `key = value` of an `ansible.cfg`. */
export interface ConfigEntry {
  readonly section: string
  /** In lower case, as Python's configparser has it. */
  readonly key: string
  readonly value: string
  /** Of the key. */
  readonly at: Position
  /** Of the value; the key's where there is none. */
  readonly valueAt: Position
}

const SECTION = /^\[([^\]]+)\]/
const OPTION = /^(.*?)\s*[=:]\s*(.*)$/

/**
 * Reads an `ansible.cfg` as Python's configparser does: `key = value` or `key: value` below `[section]`, lines of `#`
 * and `;` are comments, ` ;` begins one inside a line, an indented line continues the value above it.
 * @throws UserError at file:line:column for what that format does not allow, such as a key given twice
 */
export function parseConfig(text: string, file: string): readonly ConfigEntry[] {
  const entries: ConfigEntry[] = []
  const seen = new Map<string, number>()
  let section: string | undefined
  let open: { entry: ConfigEntry; indent: number } | undefined
  splitLines(text).forEach((whole, index) => {
    const line = withoutComment(whole)
    const content = line.trim()
    const indent = line.search(/\S/)
    if (content === '') return
    const at: Position = { file, line: index + 1, column: indent + 1 }
    if (open && indent > open.indent) {
      const entry = { ...open.entry, value: `${open.entry.value}\n${content}`.trim() }
      entries[entries.length - 1] = entry
      open = { ...open, entry }
      return
    }
    open = undefined
    const header = SECTION.exec(content)
    if (header) {
      section = header[1] ?? ''
      refuseSecond(seen, `[${section}]`, at)
      return
    }
    const option = OPTION.exec(content)
    if (section === undefined || !option?.[1])
      throw new UserError(section === undefined ? 'this stands before the first [section]' : 'this is no setting', {
        at,
        hint: section === undefined ? 'begin the file with [defaults]' : 'write it as name = value',
      })
    const [, name = '', value = ''] = option
    const key = name.toLowerCase()
    refuseSecond(seen, `${section}.${key}`, at)
    const valueAt = value === '' ? at : { ...at, column: at.column + content.length - value.length }
    const entry = { section, key, value, at, valueAt }
    entries.push(entry)
    open = { entry, indent }
  })
  return entries
}

function withoutComment(line: string): string {
  if (/^\s*[#;]/.test(line)) return ''
  return line.replace(/(?<=\s);.*$/, '')
}

function refuseSecond(seen: Map<string, number>, what: string, at: Position): void {
  const before = seen.get(what)
  if (before !== undefined)
    throw new UserError(`${what} is here a second time, after line ${before}`, { at, hint: 'keep one of the two' })
  seen.set(what, at.line)
}
