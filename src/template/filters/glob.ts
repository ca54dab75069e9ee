import { readdirSync, statSync } from 'node:fs'
import { posix } from 'node:path'

/** Existing paths that match a shell pattern (`*`, `?`, `[…]`, `**`), as Python's `glob` finds them, in sorted order. */
export function globSync(pattern: string): string[] {
  const parts = pattern.split('/')
  const root = pattern.startsWith('/') ? '/' : ''
  return expand(
    root,
    parts.filter((part, index) => part !== '' || index === parts.length - 1),
  ).sort()
}

function expand(base: string, parts: readonly string[]): string[] {
  const [part, ...rest] = parts
  if (part === undefined || (part === '' && rest.length === 0)) return base !== '' && exists(base) ? [base] : []
  const names = /[*?[]/.test(part) ? entries(base).filter((name) => matches(part, name)) : [part]
  return names.flatMap((name) => {
    const path = base === '' ? name : posix.join(base, name)
    if (rest.length === 0) return exists(path) ? [path] : []
    return expand(path, rest)
  })
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder === '' ? '.' : folder)
  } catch {
    // A pattern's folder that is missing or no folder simply holds nothing.
    return []
  }
}

function matches(pattern: string, name: string): boolean {
  // Hidden names need a pattern that names the dot.
  if (name.startsWith('.') && !pattern.startsWith('.')) return false
  const source = pattern.replace(/\[!?\]?[^\]]*\]|[*?]|[\\^$.+()|{}[\]]/g, (token) => {
    if (token === '*') return '[^]*'
    if (token === '?') return '[^]'
    return token.length > 1 && token.startsWith('[')
      ? token.replace(/^\[!/, '[^').replaceAll('\\', '\\\\')
      : `\\${token}`
  })
  return new RegExp(`^${source}$`, 'u').test(name)
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}
