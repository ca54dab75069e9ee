/**
 * Python's regular expressions as POSIX extended ones, for grep on the host: what is common to both, and the usual
 * shorthands. Throws an Error that names what has no counterpart there.
 */
const outside: Readonly<Record<string, string>> = {
  d: '[0-9]',
  D: '[^0-9]',
  w: '[[:alnum:]_]',
  W: '[^[:alnum:]_]',
  s: '[[:space:]]',
  S: '[^[:space:]]',
  t: '\t',
  b: '\\b',
}

const inside: Readonly<Record<string, string>> = { d: '0-9', w: '[:alnum:]_', s: '[:space:]', t: '\t' }

/**
 * `lineBreak`: the whole text is one line in which this character stands for every line break; a dot does not match it.
 */
export function toExtended(python: string, lineBreak?: string): string {
  let posix = ''
  let at = 0
  while (at < python.length) {
    const rest = python.slice(at)
    const group = /^\(\?(?::|P<[A-Za-z_]\w*>)/.exec(rest)?.[0]
    const lazy = /^([*+?]|\{\d+(?:,\d*)?\})\?/.exec(rest)
    const members = /^\[(\^?)(\]?(?:\\.|[^\]\\])*)\]/.exec(rest)
    if (group !== undefined) {
      posix += '('
      at += group.length
    } else if (rest.startsWith('(?')) throw new Error(`'${rest.slice(0, 4)}…' cannot be searched for on a host`)
    else if (lazy) {
      // Whether something matches does not depend on greed.
      posix += lazy[1] ?? ''
      at += lazy[0].length
    } else if (members) {
      posix += `[${members[1] ?? ''}${bracket(members[2] ?? '', lineBreak)}]`
      at += members[0].length
    } else if (rest.startsWith('\\')) {
      posix += escaped(rest[1] ?? '', lineBreak)
      at += 2
    } else {
      posix += plain(rest[0] ?? '', lineBreak)
      at++
    }
  }
  return posix
}

function plain(char: string, lineBreak: string | undefined): string {
  if (lineBreak !== undefined) return { '\n': lineBreak, '.': `[^${lineBreak}]`, $: `${lineBreak}?$` }[char] ?? char
  if (char === '\n') throw new Error('a line break cannot be searched for on a host')
  return char
}

function escaped(char: string, lineBreak: string | undefined): string {
  if (lineBreak !== undefined && char === 'n') return lineBreak
  if (lineBreak !== undefined && char === 's') return `[[:space:]${lineBreak}]`
  if (lineBreak !== undefined && char === 'S') return `[^[:space:]${lineBreak}]`
  const known = outside[char]
  if (known !== undefined) return known
  if (char === '' || /[A-Za-z0-9]/.test(char)) throw new Error(`'\\${char}' cannot be searched for on a host`)
  return `\\${char}`
}

/** In a bracket a backslash is itself: escaped members move to where they mean nothing special. */
function bracket(members: string, lineBreak: string | undefined): string {
  let front = ''
  let body = ''
  let back = ''
  for (const [part] of members.matchAll(/\\.|[^\\]/gs)) {
    const char = part.length === 2 ? (part[1] ?? '') : ''
    if (char === '') body += lineBreak !== undefined && part === '\n' ? lineBreak : part
    else if (lineBreak !== undefined && char === 'n') body += lineBreak
    else if (lineBreak !== undefined && char === 's') body += `[:space:]${lineBreak}`
    else if (inside[char] !== undefined) body += inside[char]
    else if (char === ']') front += char
    else if (char === '-' || char === '^') back = char === '-' ? `${back}-` : `^${back}`
    else if (/[A-Za-z0-9]/.test(char)) throw new Error(`'\\${char}' in brackets cannot be searched for on a host`)
    else body += char
  }
  return front + body + back
}

/** The groups of the first match in these lines, as Python tells them; none where JavaScript cannot read the pattern. */
export function groupsOf(
  python: string,
  lines: string,
): { groups: (string | null)[]; named: Record<string, string | null> } {
  let match: RegExpExecArray | null = null
  try {
    match = new RegExp(python.replaceAll('(?P<', '(?<'), 'm').exec(lines)
  } catch {
    return { groups: [], named: {} }
  }
  const named = Object.entries(match?.groups ?? {}).map(([name, value]) => [name, value ?? null] as const)
  return { groups: [...(match ?? [])].slice(1).map((group) => group ?? null), named: Object.fromEntries(named) }
}
