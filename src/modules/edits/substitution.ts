import { substituteCounted } from '../../template/regex/operations.ts'
import { patternOf } from '../../template/regex/operations.ts'
import type { LineEdit } from './line.ts'

export interface SubstitutionWish {
  readonly regexp: string
  readonly replace: string
  readonly after?: string | undefined
  readonly before?: string | undefined
}

/** The pattern of the section in which matches are replaced; undefined for the whole text. */
export function sectionPattern({ after, before }: Pick<SubstitutionWish, 'after' | 'before'>): string | undefined {
  if (after && before) return `${after}(?P<subsection>.*?)${before}`
  if (after) return `${after}(?P<subsection>.*)`
  return before ? `(?P<subsection>.*)${before}` : undefined
}

/** Every match replaced, as Ansible's replace does it. Pure. */
export function substituteAll(wish: SubstitutionWish, text: string): LineEdit {
  const section = findSection(wish, text)
  if (typeof section === 'string') return { text, msg: section }
  const [start, end] = section
  const old = text.slice(start, end)
  const result = substituteCounted(wish.regexp, old, wish.replace, { multiline: true })
  if (result.count === 0 || result.text === old) return { text, msg: '' }
  return { text: text.slice(0, start) + result.text + text.slice(end), msg: `${result.count} replacements made` }
}

/** Where the section begins and ends, or why there is none. */
function findSection(wish: SubstitutionWish, text: string): readonly [number, number] | string {
  const written = sectionPattern(wish)
  if (written === undefined) return [0, text.length]
  const pattern = patternOf(written, { dotAll: true })
  const withIndices = new RegExp(pattern.regexp.source, `${pattern.regexp.flags}d`)
  const indices = withIndices.exec(text)?.indices?.groups?.['subsection']
  return indices ?? `Pattern for before/after params did not match the given file: ${written}`
}
