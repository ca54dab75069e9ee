import { Command, InvalidArgumentError, Option } from 'commander'
import { availableParallelism } from 'node:os'
import { UserError } from '../errors.ts'
import type { Settings } from '../settings/settings.ts'
import type { Output } from '../report/create.ts'
import { type BecomeMethod, becomeMethods } from '../shell/become.ts'
import type { VaultOptions } from './vault-passwords.ts'

/** What `apply` and `check` take; Ansible's letters keep their meaning. */
export interface PlayOptions extends InventoryOptions {
  readonly check?: boolean
  readonly diff?: boolean
  readonly tags?: readonly string[]
  readonly skipTags?: readonly string[]
  readonly forceHandlers?: boolean
  readonly startAtTask?: string
  readonly step?: boolean
  readonly shard?: string
  readonly runTimeout?: number
  readonly profile?: boolean
  readonly output: Output
  readonly junit?: string
  readonly listHosts?: boolean
  readonly listTasks?: boolean
  readonly listTags?: boolean
}

/** What every command takes that reaches hosts. */
export interface InventoryOptions extends VaultOptions {
  readonly inventory?: readonly string[]
  readonly limit?: string
  readonly extraVars?: readonly string[]
  readonly forks?: number
  readonly user?: string
  readonly keyFile?: string
  readonly timeout?: number
  readonly connection?: string
  readonly sshCommonArgs?: string
  readonly sshExtraArgs?: string
  readonly become?: boolean
  readonly becomeUser?: string
  readonly becomeMethod?: BecomeMethod
  readonly becomePasswordFile?: string
  readonly askPass?: boolean
  readonly askBecomePass?: boolean
  readonly verbose: number
}

const several = (value: string, before: readonly string[] = []): readonly string[] => [...before, value]
const words = (value: string, before: readonly string[] = []): readonly string[] => [
  ...before,
  ...value.split(',').map((word) => word.trim()),
]
const count = (_value: string, before: number): number => before + 1

function whole(value: string): number {
  if (!/^\d+$/.test(value) || Number(value) < 1) throw new InvalidArgumentError('expected a whole number above 0')
  return Number(value)
}

export function command(name: string, summary: string): Command {
  return new Command(`sallyport ${name}`)
    .description(summary)
    .helpOption('-h, --help', 'show this help')
    .configureHelp({ helpWidth: Math.min(process.stdout.columns || 80, 100) })
    .showSuggestionAfterError()
}

export function addInventoryOptions(to: Command): Command {
  return addVaultOptions(addSources(to))
    .option('-l, --limit <pattern>', 'only these hosts of the play; @FILE reads them from a file')
    .option('-e, --extra-vars <vars>', 'name=value, JSON, or @FILE; may be given several times', several)
    .option('-f, --forks <n>', `hosts worked on at once (${defaultForks()})`, whole)
    .option('-u, --user <name>', 'log in as this user')
    .option('--private-key, --key-file <file>', 'log in with this key')
    .option('-c, --connection <type>', "ssh, openssh (this machine's client) or local")
    .option('-T, --timeout <seconds>', 'for a login to stand (10)', whole)
    .option('--ssh-common-args <args>', 'such as "-o ProxyJump=bastion"')
    .option('--ssh-extra-args <args>', 'more of the same')
    .option('-k, --ask-pass', 'ask for the login password')
    .option('-b, --become', 'run as another user (root) through sudo or su')
    .addOption(new Option('--become-method <method>', 'sudo, or su').choices(becomeMethods))
    .option('--become-user <name>', 'whom to become')
    .option('-K, --ask-become-pass', 'ask for the password of sudo or su')
    .option('--become-password-file <file>', 'read the password of sudo or su from a file')
    .option('-v, --verbose', 'say more; -vvv says most', count, 0)
}

export function addVaultOptions(to: Command): Command {
  return to
    .option('-J, --ask-vault-pass', 'ask for the vault password')
    .option('--vault-password-file <file>', 'a file, or a script that prints it; may be given several times', several)
    .option(
      '--vault-id <label@source>',
      'one of several vault passwords; the source is a file, a script or prompt',
      several,
    )
}

/** `-i` may be given several times. */
export function addSources(to: Command): Command {
  return to.option(
    '-i, --inventory <source>',
    "inventory file or folder, or hosts 'a,b,'; may be given several times",
    several,
  )
}

export function addPlayOptions(to: Command): Command {
  return addInventoryOptions(to)
    .option('-t, --tags <tags>', 'only tasks with these tags', words)
    .option('--skip-tags <tags>', 'no tasks with these tags', words)
    .option('--force-handlers', 'run notified handlers also after a failure')
    .option('--start-at-task <name>', 'begin with the task of this name; * and ? match as in file names')
    .option('--step', 'not supported: a check shows every change before it is made')
    .option('--shard <i/n>', 'only the i-th of n parts of the inventory; auto asks the CI job')
    .option('--run-timeout <seconds>', 'for the whole run: what is not done by then is left', whole)
    .option('--profile', 'show where the time went, by host and task')
    .option('--list-hosts', 'list the hosts, touch nothing')
    .option('--list-tasks', 'list the tasks, touch nothing')
    .option('--list-tags', 'list the tags, touch nothing')
    .option('--output <kind>', 'auto, pretty, plain or jsonl', outputKind, 'auto')
    .option('--junit <file>', 'write a JUnit report as well')
}

/** Whoever says both means the last one. Without the first, commander would take `--no-diff` for a default of true. */
export function addDiffOptions(to: Command, shown: 'shown' | 'hidden'): Command {
  const standard = (kind: typeof shown) => (kind === shown ? ' (default)' : '')
  return to
    .option('-D, --diff', `show what changes in files${standard('shown')}`)
    .option('--no-diff', `do not show it${standard('hidden')}`)
}

export function outputKind(value: string): Output {
  const kinds: readonly Output[] = ['auto', 'pretty', 'plain', 'jsonl']
  const kind = kinds.find((known) => known === value)
  if (!kind) throw new InvalidArgumentError('expected auto, pretty, plain or jsonl')
  return kind
}

/** A login costs the controller a few milliseconds of CPU and a descriptor: many may be under way at once. */
export function defaultForks(): number {
  return Math.min(200, 25 * availableParallelism())
}

/** Parses, and turns commander's ways of ending the process into ours. */
export function parse<Options>(
  to: Command,
  args: readonly string[],
): { options: Options; operands: string[] } | number {
  to.exitOverride().configureOutput({ writeErr: (text) => process.stderr.write(text) })
  try {
    to.parse([...args], { from: 'user' })
  } catch (error) {
    const code = typeof error === 'object' && error !== null && 'exitCode' in error ? Number(error.exitCode) : undefined
    if (code === undefined) throw error
    return code === 0 ? 0 : 1
  }
  return { options: to.opts<Options & Record<string, unknown>>(), operands: to.args }
}

/** The inventories that were named; there may be none. */
export function namedSources(options: Pick<InventoryOptions, 'inventory'>, settings: Settings): readonly string[] {
  return options.inventory ?? settings.inventory ?? []
}

/** An inventory is never guessed. */
export function inventorySources(options: Pick<InventoryOptions, 'inventory'>, settings: Settings): readonly string[] {
  const given = namedSources(options, settings)
  if (given.length > 0) return given
  throw new UserError('no inventory was given', {
    hint: "add -i FILE, or -i 'host1,host2,', or name one in ANSIBLE_INVENTORY or ansible.cfg",
  })
}
