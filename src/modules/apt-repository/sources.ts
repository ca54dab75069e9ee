import { linesOf } from '../edits/byte-text.ts'

/**
 * One line of a `sources.list` as Ansible's `apt_repository` reads it: blanks count once, a `#` before it switches it
 * off, one behind it begins a comment.
 */
export interface SourceLine {
  /** `deb [signed-by=…] https://… stable main`, or what else the line holds. */
  readonly source: string
  readonly valid: boolean
  readonly enabled: boolean
  readonly comment: string
}

export function parseLine(line: string): SourceLine {
  const trimmed = line.trim()
  const enabled = !trimmed.startsWith('#')
  const rest = enabled ? trimmed : trimmed.slice(1)
  const mark = rest.indexOf('#')
  const [text, comment] = mark > 0 ? [rest.slice(0, mark), rest.slice(mark + 1).trim()] : [rest, '']
  const words = text.trim().split(/\s+/)
  const valid = words[0] === 'deb' || words[0] === 'deb-src'
  return { source: valid ? words.join(' ') : text.trim(), valid, enabled, comment }
}

/** A source as it stands in the files, or undefined where the text is none, or is switched off. */
export function readRepo(text: string): string | undefined {
  const { source, valid, enabled } = parseLine(text)
  return valid && enabled && source.split(' ').length > 2 ? source : undefined
}

const matching = (line: string, source: string): SourceLine | undefined => {
  const parsed = parseLine(line)
  return parsed.valid && parsed.source === source ? parsed : undefined
}

/** True when one of the lines is this source, switched on or off. */
export const names = (text: string, source: string): boolean =>
  text.split('\n').some((line) => matching(line, source) !== undefined)

/** The text with every line of this source switched on. */
export function switchedOn(text: string, source: string): string {
  const edited = text.split('\n').map((line) => {
    const found = matching(line, source)
    if (!found || found.enabled) return line
    return found.comment === '' ? source : `${source} # ${found.comment}`
  })
  return edited.join('\n')
}

/** The text with the source below it, on a line of its own. */
export function appended(text: string, source: string): string {
  return `${text}${text === '' || text.endsWith('\n') ? '' : '\n'}${source}\n`
}

/** The text without the lines of this source; those that are switched off stay. */
export function without(text: string, source: string): string {
  return linesOf(text)
    .filter((line) => matching(line, source)?.enabled !== true)
    .join('')
}

/** Ansible's name for the file of a source: its address without scheme and password, all else but letters and digits `_`. */
export function suggestedName(source: string): string {
  const bare = source.replace(/\[[^\]]+\]/g, '').replace(/\w+:\/\//g, '')
  const address = bare.split(/\s+/).find((word) => word !== '' && word !== 'deb' && word !== 'deb-src') ?? ''
  const host = address.slice(address.indexOf('@') + 1)
  return host
    .split(/[^a-zA-Z0-9]+/)
    .filter((word) => word !== '')
    .join('_')
}
