import { Script } from '../../shell/script.ts'

/**
 * `entry DATABASE NAME` prints the line of a user or group, `entries DATABASE` all there are; where there is no getent
 * (busybox) only the local files are read. `tools` says whose programs change accounts.
 */
export const entryFunctions = new Script(
  `entry() {
  getent "$1" "$2" 2>/dev/null && return
  while IFS= read -r e; do
    case $e in "$2":*) printf '%s\\n' "$e"; return ;; esac
  done <"/etc/$1"
}
entries() { getent "$1" 2>/dev/null || cat "/etc/$1"; }
tools() {
  if command -v useradd >/dev/null && command -v groupadd >/dev/null; then echo 'tools shadow'
  elif command -v adduser >/dev/null && command -v addgroup >/dev/null; then echo 'tools busybox'
  else echo 'tools none'; fi
}`,
)

export type Tools = 'shadow' | 'busybox' | 'none'

export const toolsOf = (said: string | undefined): Tools => (said === 'shadow' || said === 'busybox' ? said : 'none')

export const noTools = 'this host has neither useradd (shadow) nor adduser (busybox)'

export interface GroupEntry {
  readonly name: string
  readonly gid: number
  readonly members: readonly string[]
}

export function parseGroup(line: string): GroupEntry {
  const [name = '', , gid, members = ''] = line.split(':')
  return { name, gid: Number(gid), members: members.split(',').filter((member) => member !== '') }
}
