import { z } from 'zod'
import { text } from './args.ts'
import { splitLines } from './commands/run.ts'
import { inShell } from './commands/shell-text.ts'
import { defineAction, type Report, type StepResult } from './define.ts'

/** Hands a text to the host's shell and nothing else, as Ansible's `raw`. */
export default defineAction({
  name: 'raw',
  doc: {
    summary: 'Hand a text to the shell as it is; prefer command or shell',
    checkMode: 'Not run.',
    example: '- raw: uptime',
    returns: { rc: 'the exit code', stdout: 'what it printed', stderr: 'what it complained about' },
  },
  args: z.strictObject({
    cmd: text()
      .refine((cmd) => cmd.trim() !== '', 'no command given')
      .describe('The text for the shell'),
    executable: text()
      .refine((path) => path.startsWith('/'), 'must be the absolute path of a shell')
      .optional()
      .describe('Another shell than the one of the session'),
  }),
  freeForm: 'cmd',
  run: ({ cmd, executable }) => ({ script: inShell(cmd, executable) }),
  keeps: (wish) => wish,
  report: (_wish, step) => rawReport(step),
})

/** The streams as they came, with their lines: what `raw` and `script` return. */
export function rawReport({ code, stdout, stderr, timedOut }: StepResult): Report {
  const [out, err] = [stdout.toString('utf8'), stderr.toString('utf8')]
  const result = { rc: code, stdout: out, stdout_lines: splitLines(out), stderr: err, stderr_lines: splitLines(err) }
  if (timedOut) return { changed: true, failed: 'the command was ended: its time was over', result }
  if (code === 0) return { changed: true, result }
  const failed = 'non-zero return code'
  return { changed: true, failed, result: { ...result, msg: failed } }
}
