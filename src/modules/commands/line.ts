import { Script, sh } from '../../shell/script.ts'

/**
 * Command lines as Ansible's `command` takes them: split by Python's shlex, then `$NAME`, `${NAME}` and a leading
 * `~` expanded on the host, and nothing else.
 */

/** Splits as `shlex.split` in POSIX mode. Throws an Error that says what is not closed. */
export function splitWords(text: string): string[] {
  const words: string[] = []
  let word: string | undefined
  let at = 0
  while (at < text.length) {
    const char = text[at] ?? ''
    if (/[ \t\r\n]/.test(char)) {
      if (word !== undefined) words.push(word)
      word = undefined
      at++
    } else if (char === "'") {
      const end = text.indexOf("'", at + 1)
      if (end < 0) throw new Error('No closing quotation')
      word = (word ?? '') + text.slice(at + 1, end)
      at = end + 1
    } else if (char === '"') {
      const [inner, end] = doubleQuoted(text, at + 1)
      word = (word ?? '') + inner
      at = end
    } else if (char === '\\') {
      if (at + 1 >= text.length) throw new Error('No escaped character')
      word = (word ?? '') + (text[at + 1] ?? '')
      at += 2
    } else {
      word = (word ?? '') + char
      at++
    }
  }
  if (word !== undefined) words.push(word)
  return words
}

/** Inside double quotes a backslash escapes only itself and the quote. */
function doubleQuoted(text: string, from: number): [string, number] {
  let inner = ''
  for (let at = from; at < text.length; at++) {
    const char = text[at] ?? ''
    if (char === '"') return [inner, at + 1]
    if (char !== '\\') inner += char
    else if (text[at + 1] === '"' || text[at + 1] === '\\') inner += text[++at] ?? ''
    else inner += char
  }
  throw new Error('No closing quotation')
}

const variable = /\$(?:([A-Za-z_][A-Za-z0-9_]*)|\{([A-Za-z_][A-Za-z0-9_]*)\})/g

/** One shell word in which variables that are set and a leading `~` or `~user` are expanded, as Python does it. */
export function expandedWord(word: string): Script {
  const home = homeOf(word)
  const rest = word.slice(home.length)
  const parts: string[] = [home]
  let from = 0
  for (const match of rest.matchAll(variable)) {
    const name = match[1] ?? match[2] ?? ''
    const literal = rest.slice(from, match.index)
    if (literal !== '') parts.push(sh`${literal}`.text)
    // Unset stays as it is written.
    const written = match[1] === undefined ? `\\\${${name}\\}` : `\\$${name}`
    parts.push(`"\${${name}-${written}}"`)
    from = match.index + match[0].length
  }
  if (from < rest.length || parts.join('') === '') parts.push(sh`${rest.slice(from)}`.text)
  return new Script(parts.join(''))
}

/** A leading `~` or `~user`, which a shell expands when it is not quoted. */
function homeOf(word: string): string {
  return /^~[A-Za-z0-9._-]*(?=\/|$)/.exec(word)?.[0] ?? ''
}

/**
 * A path pattern as Python's glob takes it, as one shell word: `*`, `?` and `[…]` stay patterns, all else is quoted.
 * A pattern that matches nothing stays as it is, so whoever loops over it asks whether the path exists.
 */
export function globWord(pattern: string): Script {
  const home = homeOf(pattern)
  const parts: string[] = [home]
  for (const match of pattern.slice(home.length).matchAll(/([*?])|\[(!?)([^\]]+)\]|([^*?[]+|\[)/g)) {
    const [, wildcard, negated, members, literal] = match
    if (wildcard !== undefined) parts.push(wildcard)
    else if (members !== undefined) parts.push(`[${negated ?? ''}${quotedMembers(members)}]`)
    else parts.push(sh`${literal ?? ''}`.text)
  }
  return new Script(parts.join(''))
}

function quotedMembers(members: string): string {
  return [...members].map((char) => (/[A-Za-z0-9-]/.test(char) ? char : sh`${char}`.text)).join('')
}
