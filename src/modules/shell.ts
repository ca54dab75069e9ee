import { z } from 'zod'
import { sh, type Script } from '../shell/script.ts'
import { text } from './args.ts'
import { commandReport, commonArgs, frame, guarded, guardScript } from './commands/run.ts'
import { defineAction } from './define.ts'

const args = z.strictObject({
  cmd: text()
    .refine((cmd) => cmd.trim() !== '', 'no command given')
    .describe('The text for the shell'),
  executable: text()
    .refine((path) => path.startsWith('/'), 'must be the absolute path of a shell')
    .optional()
    .describe('Another shell than the one of the session, such as /bin/bash'),
  ...commonArgs,
})

/** Runs a text in a shell, as Ansible's `shell`. */
export default defineAction({
  name: 'shell',
  doc: {
    summary: 'Run a text in a shell',
    checkMode: 'not run, unless creates or removes say that nothing would be',
    example: '- shell: iptables-save | grep -c LOG\n  register: rules\n  changed_when: false',
    returns: { cmd: 'the text', rc: 'its exit code', stdout: 'what it printed', stderr: 'what it complained about' },
  },
  args,
  freeForm: 'cmd',
  guard: guardScript,
  satisfied: guarded,
  run: (wish) => ({ script: frame(wish, inShell(wish.cmd, wish.executable)) }),
  report: (wish, step) => commandReport(wish.cmd, wish, step),
})

/**
 * Never in argv, where every user of the host could read it: `eval` in a subshell of the session, or for another
 * shell through a descriptor of its own, since standard input belongs to the command. A syntax error ends only
 * the subshell. What is no POSIX-like shell (fish, python3) gets the text as an argument, as Ansible does it.
 */
function inShell(cmd: string, executable: string | undefined): Script {
  if (executable === undefined) return sh`eval ${cmd.startsWith('-') ? ` ${cmd}` : cmd}`
  if (!/\/(sh|dash|bash|ash|ksh|mksh|zsh|busybox)$/.test(executable)) return sh`exec ${executable} -c ${cmd}`
  return sh`exec 4<&0
printf '%s' ${cmd} | { exec 3<&0 <&4 4<&-; exec ${executable} ${executable.endsWith('busybox') ? ['sh'] : []} -c 'eval "$(cat <&3)" 3<&-'; }`
}
