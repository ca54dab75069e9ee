import { compilePattern } from '../../template/regex/translate.ts'

/** Names and sizes as Ansible's `find` takes them. */

/** Whether a name fits one of the patterns and none of the excludes. */
export function nameFilter(
  patterns: readonly string[],
  excludes: readonly string[],
  useRegex: boolean,
): (name: string) => boolean {
  const compile = (pattern: string) => (useRegex ? pythonMatch(pattern) : fnmatch(pattern))
  const wanted = patterns.length > 0 ? patterns.map(compile) : [() => true]
  const unwanted = excludes.map(compile)
  return (name) => wanted.some((fits) => fits(name)) && !unwanted.some((fits) => fits(name))
}

/** As Python's `re.match`: from the start. */
function pythonMatch(source: string): (name: string) => boolean {
  const { regexp } = compilePattern(source)
  const sticky = new RegExp(regexp.source, regexp.flags.replace('g', 'y'))
  return (name) => {
    sticky.lastIndex = 0
    return sticky.test(name)
  }
}

/** As Python's fnmatch: no escapes, `[!…]` negates, a bracket that is not closed is itself. */
export function fnmatch(pattern: string): (name: string) => boolean {
  const source = pattern.replace(bracketOrSign, (token) => {
    if (token === '*') return '[\\s\\S]*'
    if (token === '?') return '[\\s\\S]'
    if (token.length === 1) return `\\${token}`
    const negated = token.startsWith('[!')
    const members = token.slice(negated ? 2 : 1, -1).replace(/[\\[\]^]/g, '\\$&')
    return `[${negated ? '^' : ''}${members}]`
  })
  const regexp = new RegExp(`^(?:${source})$`, 'u')
  return (name) => regexp.test(name)
}

const bracketOrSign = /\[!?\]?[^\]]*\]|[*?\\^$.+()|{}[\]/]/g

/** A pattern for `find -name` that fits every name the given one fits, whatever the host's locale makes of letters. */
export function looseGlob(pattern: string): string {
  return pattern.replace(/\[!?\]?[^\]]*\]|[?*]|[\\[]/g, (token) =>
    token === '\\' || token === '[' ? `\\${token}` : '*',
  )
}

const seconds = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 } as const
const bytes = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 } as const

/** `-2d` as seconds; undefined for what is no age. */
export function readAge(text: string): number | undefined {
  return scaled(text, /^(-?\d+)([smhdw])?$/, seconds)
}

/** `10m` as bytes; undefined for what is no size. */
export function readSize(text: string): number | undefined {
  return scaled(text, /^(-?\d+)([bkmgt])?$/, bytes)
}

function scaled(text: string, form: RegExp, units: Readonly<Record<string, number>>): number | undefined {
  const [, count, unit = ''] = form.exec(text.toLowerCase()) ?? []
  return count === undefined ? undefined : Number(count) * (units[unit] ?? 1)
}

/** At least that much, or for a negative limit at most. */
export const atLeast = (value: number, limit: number | undefined): boolean =>
  limit === undefined || (limit >= 0 ? value >= limit : value <= -limit)
