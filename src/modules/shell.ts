import { z } from 'zod'
import { text } from './args.ts'
import { commandReport, commonArgs, frame, guarded, guardScript, sparedResult } from './commands/run.ts'
import { inShell } from './commands/shell-text.ts'
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
    checkMode: 'not run, whatever creates or removes say',
    example: '- shell: iptables-save | grep -c LOG\n  register: rules\n  changed_when: false',
    returns: { cmd: 'the text', rc: 'its exit code', stdout: 'what it printed', stderr: 'what it complained about' },
  },
  args,
  freeForm: 'cmd',
  guard: guardScript,
  satisfied: guarded,
  spared: ({ cmd }, reason) => sparedResult(cmd, reason),
  run: (wish) => ({ script: frame(wish, inShell(wish.cmd, wish.executable)) }),
  keeps: (wish) => ({ ...wish, stdin: undefined }),
  report: (wish, step) => commandReport(wish.cmd, wish, step),
})
