import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

// A host's systemd takes 7 inotify instances of the 128 that root has by default; and LOG in a network namespace is
// silent unless the machine allows it.
const WANTED = [
  { path: '/proc/sys/fs/inotify/max_user_instances', atLeast: 4096 },
  { path: '/proc/sys/net/netfilter/nf_log_all_netns', atLeast: 1 },
]

const SAVED = 'sysctls.saved'

/** Raises the settings and notes what they were, once for all labs of the machine. The caller holds the lock. */
export function raiseSysctls(stateDir: string): void {
  const saved = join(stateDir, SAVED)
  const present = WANTED.filter(({ path }) => existsSync(path))
  if (!existsSync(saved)) {
    writeFileSync(saved, present.map(({ path }) => `${readFileSync(path, 'utf8').trim()} ${path}\n`).join(''))
  }
  for (const { path, atLeast } of present) {
    if (Number(readFileSync(path, 'utf8')) < atLeast) writeFileSync(path, String(atLeast))
  }
}

/** $1 the state file of the run that leaves, $2 the folder of them: the last one puts the settings back. */
export const SYSCTL_RESTORE = `
rm -f "$1"
for left in "$2"/*.json; do [ -e "$left" ] && exit 0; done
[ -e "$2/${SAVED}" ] || exit 0
while read -r value path; do echo "$value" >"$path"; done <"$2/${SAVED}"
rm -f "$2/${SAVED}"
`
