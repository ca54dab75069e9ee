import { type Script, sh } from '../../shell/script.ts'

/**
 * Never in argv, where every user of the host could read it: `eval` in a subshell of the session, or for another
 * shell through a descriptor of its own, since standard input belongs to the command. A syntax error ends only
 * the subshell. What is no POSIX-like shell (fish, python3) gets the text as an argument, as Ansible does it.
 */
export function inShell(cmd: string, executable: string | undefined): Script {
  if (executable === undefined) return sh`eval ${cmd.startsWith('-') ? ` ${cmd}` : cmd}`
  if (!/\/(sh|dash|bash|ash|ksh|mksh|zsh|busybox)$/.test(executable)) return sh`exec ${executable} -c ${cmd}`
  return sh`exec 4<&0
printf '%s' ${cmd} | { exec 3<&0 <&4 4<&-; exec ${executable} ${executable.endsWith('busybox') ? ['sh'] : []} -c 'eval "$(cat <&3)" 3<&-'; }`
}
