import { z } from 'zod'
import { type Script, sh } from '../shell/script.ts'
import { bool, text } from './args.ts'
import { expandedWord, splitWords } from './commands/line.ts'
import { commandReport, commonArgs, frame, guarded, guardScript, sparedResult } from './commands/run.ts'
import { defineAction } from './define.ts'

const args = z
  .strictObject({
    cmd: text().optional().describe('The command line; it is split into words, no shell sees it'),
    argv: z.array(text()).min(1).optional().describe('The command as a list of words'),
    expand_argument_vars: bool().default(true).describe('Expand $NAME and a leading ~ on the host'),
    executable: z
      .never({ error: "'executable' means nothing to command, which starts no shell: use the shell module" })
      .optional()
      .describe('Refused: command starts no shell'),
    ...commonArgs,
  })
  .transform(({ cmd, argv, ...rest }, context) => {
    const say = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
    if (cmd !== undefined && argv !== undefined) say('argv', 'only command or argv can be given, not both')
    let words: readonly string[] = argv ?? []
    try {
      if (cmd !== undefined) words = splitWords(cmd)
    } catch (error) {
      say('cmd', error instanceof Error ? error.message : String(error))
    }
    const program = words[0] ?? ''
    if (program === '') say('cmd', 'no command given')
    // `exec` of a shell takes no `--` everywhere.
    if (program.startsWith('-')) say('cmd', `'${program}': the name of a command cannot begin with a dash`)
    return { ...rest, words }
  })

/** Runs a program, without a shell, as Ansible's `command`. */
export default defineAction({
  name: 'command',
  doc: {
    summary: 'Run a program (no shell: no pipes, no redirections)',
    checkMode: 'not run, whatever creates or removes say',
    example: '- command: { argv: [nft, list, ruleset] }\n  register: rules\n  changed_when: false',
    returns: {
      cmd: 'the words',
      rc: 'its exit code',
      stdout: 'what it printed',
      stdout_lines: 'the same, line by line',
      stderr: 'what it complained about',
      delta: 'how long it took',
    },
  },
  args,
  freeForm: 'cmd',
  guard: guardScript,
  satisfied: guarded,
  spared: ({ words }, reason) => sparedResult(words, reason),
  run(wish) {
    const words = wish.words.map((word) => (wish.expand_argument_vars ? expandedWord(word) : sh`${word}`))
    const program = words[0] ?? sh`:`
    // `exec`, because a shell's own echo, test or printf are not the programs of that name.
    return { script: frame(wish, sh`exec ${words}`, findable(program)) }
  },
  keeps: (wish) => ({ ...wish, stdin: undefined }),
  report: (wish, step) => commandReport(wish.words, wish, step),
})

/** Says what Python says, before anything counts as run. */
function findable(program: Script): Script {
  return sh`# shellcheck disable=SC2209 # a name, not its output
_program=${program}
case $_program in
*/*) [ ! -e "$_program" ] || if [ -d "$_program" ] || [ ! -x "$_program" ]; then
    printf '[Errno 13] Permission denied: %s\\n' "$_program" >&2
    exit 13
  fi ;;
esac
if ! command -v "$_program" >/dev/null 2>&1; then
  printf '[Errno 2] No such file or directory: %s\\n' "$_program" >&2
  exit 2
fi`
}
