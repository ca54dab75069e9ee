import { basename } from 'node:path'
import { z } from 'zod'
import { UserError } from '../errors.ts'
import { lines, Script, sh } from '../shell/script.ts'
import { bool, text } from './args.ts'
import { splitWords } from './commands/line.ts'
import { changeDirectory, guardScript } from './commands/run.ts'
import { type Controller, defineAction, type Apply } from './define.ts'
import { literalLimit, printScript } from './paths/content.ts'
import { rawReport } from './raw.ts'

const args = z.strictObject({
  cmd: text()
    .refine((cmd) => cmd.trim() !== '', 'no script given')
    .describe('The script on the controller (in files/ or beside the playbook), and its arguments'),
  chdir: text()
    .refine((path) => path.startsWith('/'), 'must be an absolute path')
    .optional()
    .describe('The directory on the host to run it in'),
  creates: text().optional().describe('A path or pattern on the host: nothing is run when it exists'),
  removes: text().optional().describe('A path or pattern on the host: nothing is run when it does not exist'),
  executable: text().optional().describe('What runs it, such as /usr/bin/python3; left out: its first line says so'),
  decrypt: bool().default(true).describe('Decrypt it when it is a vault'),
})

interface Wish extends z.output<typeof args> {
  readonly name: string
  /** What follows the script's name, for the host's shell. */
  readonly rest: string
  readonly content: Buffer
}

async function prepare(given: z.output<typeof args>, controller: Controller): Promise<Wish> {
  const cmd = given.cmd.trim()
  const [written, rest] = firstWord(cmd, controller)
  const path = controller.find('files', written)
  const content = await controller.read(path, { decrypt: given.decrypt })
  if (content.length > literalLimit && printScript(content) === undefined) {
    throw new UserError(`${path} has ${content.length} bytes: more than a script may have`, {
      at: controller.at('cmd'),
      hint: 'copy it to the host and run it with command',
    })
  }
  return { ...given, name: basename(path), rest, content }
}

/** The script's name without its quotes, and the arguments as they are written. */
function firstWord(cmd: string, controller: Controller): [string, string] {
  try {
    for (let end = 1; end <= cmd.length; end++) {
      if (end < cmd.length && !/\s/.test(cmd[end] ?? '')) continue
      const words = tryWords(cmd.slice(0, end))
      if (words?.length === 1) return [words[0] ?? '', cmd.slice(end)]
    }
    splitWords(cmd)
  } catch (error) {
    throw new UserError(error instanceof Error ? error.message : String(error), { at: controller.at('cmd') })
  }
  return [cmd, '']
}

function tryWords(text: string): string[] | undefined {
  try {
    return splitWords(text)
  } catch {
    // The blank is inside quotes.
    return undefined
  }
}

/** Runs a script of the controller on the host, as Ansible's `script`. */
export default defineAction<typeof args, Wish>({
  name: 'script',
  doc: {
    summary: 'Run a script of the controller on the host',
    checkMode: 'Not run.',
    example: '- script: collect.sh --all\n  args: { creates: /var/lib/collected }',
    returns: { rc: 'its exit code', stdout: 'what it printed', stderr: 'what it complained about' },
  },
  args,
  freeForm: 'cmd',
  prepare,
  guard: guardScript,
  skipsWhenSatisfied: true,
  satisfied({ creates, removes }, output) {
    if (output.includes('creates yes')) return `${creates ?? ''} exists, matching creates option`
    if (output.includes('removes no')) return `${removes ?? ''} does not exist, matching removes option`
    return undefined
  },
  run,
  keeps: (wish) => ({ ...wish, content: Buffer.alloc(0) }),
  report: (_wish, step) => rawReport(step),
})

/** In a folder of its own that only its user can enter; where /tmp lets nothing be run, elsewhere. */
function run({ name, rest, content, executable, chdir }: Wish): Apply {
  const print = printScript(content) ?? sh`false`
  const command = `${executable === undefined ? '' : `${executable} `}"$_sp_script"${rest}`
  const script = lines(
    sh`_sp_folder=; trap 'rm -rf "$_sp_folder"' EXIT; trap 'exit 1' HUP INT TERM
for _d in "\${TMPDIR:-/tmp}" "$HOME" /var/tmp; do
  [ -z "$_sp_folder" ] || rm -rf "$_sp_folder"
  _sp_folder=$(mktemp -d "$_d/.sallyport-XXXXXX" 2>/dev/null) || continue
  _sp_script=$_sp_folder/${name}
  ${print} >"$_sp_script" || exit 1
  chmod 700 "$_sp_script"
  [ ! -x "$_sp_script" ] || break
done
[ -f "\${_sp_script:-}" ] || { echo 'there is no folder to put a script into' >&2; exit 1; }`,
    chdir === undefined ? new Script(':') : changeDirectory(chdir),
    sh`( eval ${command} )`,
  )
  return { script }
}
