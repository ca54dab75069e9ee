/** What a line of a sysctl file sets; undefined for comments and everything else. */
export function setting(line: string): readonly [string, string] | undefined {
  const text = line.trim()
  const equals = text.indexOf('=')
  if (equals < 0 || /^[#;]/.test(text)) return undefined
  return [text.slice(0, equals).trim(), text.slice(equals + 1).trim()]
}

/**
 * A sysctl file with one setting, as Ansible writes it: each key once, where it stood first, and nothing else on its
 * line. The same text where the file already says so. `value` undefined: the setting goes. Pure.
 */
export function editSysctl(before: string, name: string, value: string | undefined): string {
  const lines = before.split(/\r\n|\r|\n/)
  if (lines.at(-1) === '') lines.pop()
  const present = lines.map(setting).findLast((one) => one?.[0] === name)?.[1]
  if (value === undefined ? !present : present === value) return before
  const seen = new Set<string>()
  const kept = lines.flatMap((line) => {
    const one = setting(line)
    if (!one) return [line.trim()]
    const [key, old] = one
    if (seen.has(key)) return []
    seen.add(key)
    if (key !== name) return [`${key}=${old}`]
    return value === undefined ? [] : [`${key}=${value}`]
  })
  if (!seen.has(name) && value !== undefined) kept.push(`${name}=${value}`)
  return kept.map((line) => `${line}\n`).join('')
}
