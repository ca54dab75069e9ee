/** OpenSSH's match_pattern: `*` and `?` only, nothing else is special (so `[host]:22` is literal). */
export function matchesPattern(pattern: string, name: string): boolean {
  // Two fingers with one point of return: linear where a backtracking regular expression could take for ever.
  let p = 0
  let n = 0
  let star = -1
  let mark = 0
  while (n < name.length) {
    if (p < pattern.length && pattern[p] === '*') {
      star = p++
      mark = n
    } else if (p < pattern.length && (pattern[p] === '?' || pattern[p] === name[n])) {
      p++
      n++
    } else if (star >= 0) {
      p = star + 1
      n = ++mark
    } else return false
  }
  while (pattern[p] === '*') p++
  return p === pattern.length
}

/** A negated pattern that matches wins over every other one, whatever the order. */
export function matchesAny(patterns: readonly string[], name: string): boolean {
  if (patterns.some((pattern) => pattern.startsWith('!') && matchesPattern(pattern.slice(1), name))) return false
  return patterns.some((pattern) => !pattern.startsWith('!') && matchesPattern(pattern, name))
}
