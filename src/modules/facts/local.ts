import { type Script, sh } from '../../shell/script.ts'
import type { Value } from '../../source/value.ts'

/**
 * Facts of the host's own: `*.fact` files, JSON or INI, or programs that print such. Contents travel hex-encoded,
 * because they may hold anything.
 */
export function localScript(folder: string, timeout: number): Script {
  return sh`echo '@@ local'
for _f in ${folder}/*.fact; do
  [ -f "$_f" ] || continue
  _t=; ! command -v timeout >/dev/null || _t=${`timeout ${timeout}`}
  # shellcheck disable=SC2086 # two words
  if [ -x "$_f" ]; then _c=$($_t "$_f" </dev/null 2>/dev/null | od -An -v -tx1 | tr -d ' \\n')
  else _c=$(od -An -v -tx1 <"$_f" | tr -d ' \\n')
  fi
  printf '%s %s\\n' "\${_f##*/}" "$_c"
done`
}

export function localFacts(rows: readonly string[]): Record<string, Value> {
  return Object.fromEntries(
    rows.flatMap((row) => {
      const at = row.lastIndexOf(' ')
      if (at <= 0) return []
      const content = Buffer.from(row.slice(at + 1), 'hex').toString('utf8')
      return [[row.slice(0, at).replace(/\.fact$/, ''), parsed(content)] as const]
    }),
  )
}

function parsed(content: string): Value {
  try {
    return JSON.parse(content) as Value
  } catch {
    return ini(content)
  }
}

function ini(content: string): Value {
  const sections: Record<string, Record<string, string>> = {}
  let current: Record<string, string> | undefined
  for (const row of content.split('\n').map((line) => line.trim())) {
    if (row === '' || /^[#;]/.test(row)) continue
    const name = /^\[(.+)\]$/.exec(row)?.[1]
    const pair = /^([^=:]+?)\s*[=:]\s*(.*)$/.exec(row)
    if (name !== undefined) current = sections[name] = {}
    else if (pair && current) current[(pair[1] ?? '').toLowerCase()] = pair[2] ?? ''
    else return 'error loading facts as JSON or ini - please check content'
  }
  return sections
}
