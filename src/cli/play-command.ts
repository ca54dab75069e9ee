import { readFile } from 'node:fs/promises'
import { hostname, userInfo } from 'node:os'
import { resolve } from 'node:path'
import { UserError, UserErrors } from '../errors.ts'
import { isCheck, type RunOptions } from '../engine/options.ts'
import { planRun, playbookDirs, type PlannedRun, type RunInput } from '../engine/plan-run.ts'
import { executeRun } from '../engine/run.ts'
import { loadInventory } from '../inventory/load.ts'
import { MissingArgument } from '../playbook/argument-spec.ts'
import { loadPlaybook } from '../playbook/load.ts'
import type { RunEvent, RunMode } from '../report/events.ts'
import { createReporter } from '../report/create.ts'
import { tee } from '../report/tee.ts'
import { openTransport } from '../transport/open-transport.ts'
import { parseChecking } from '../transport/ssh-args.ts'
import { personalDefaults } from '../transport/target-defaults.ts'
import type { TargetDefaults } from '../transport/target.ts'
import { parseExtraVars } from '../variables/load-extra.ts'
import { plainVariable, type Variables } from '../variables/load-variable.ts'
import { createRedactor } from '../variables/redaction.ts'
import { warnOnStderr } from './errors.ts'
import { handleInterrupts } from './interrupts.ts'
import { listing } from './listing.ts'
import { inventorySources, type InventoryOptions, type PlayOptions } from './options.ts'
import { canPrompt, promptSecret } from './prompt.ts'
import { vaultSecrets } from './vault-passwords.ts'

/** Runs playbooks in a mode; resolves to the exit code. Throws UserError(s) before anything is touched. */
export async function runPlaybooks(files: readonly string[], mode: RunMode, options: PlayOptions): Promise<number> {
  if (files.length === 0)
    throw new UserError('no playbook was given', { hint: 'name one, such as playbooks/netfilter.yml' })
  const input = await readInput(files, mode, options)
  const planned = await planAndAsk(input)
  warnOfVisibleSecrets(options, input)
  const wanted = listing(planned.plan, options)
  if (wanted !== undefined) {
    process.stdout.write(wanted)
    return 0
  }
  const interrupts = handleInterrupts()
  const reporter = await reporterFor(options, isCheck(input.options))
  try {
    const emit = (event: RunEvent) => reporter.on(event)
    const { exitCode } = await executeRun(planned.plan, { ...planned.input, emit, ...interrupts })
    return interrupts.exitCode() ?? exitCode
  } finally {
    await reporter.end()
    interrupts.dispose()
    input.transport.close()
  }
}

/** Reads and checks all sources; nothing is rendered yet. */
export async function readInput(files: readonly string[], mode: RunMode, options: PlayOptions): Promise<RunInput> {
  const env = process.env
  const secrets = await vaultSecrets(options, env)
  const redactor = createRedactor()
  for (const { password } of secrets) redactor.add(String(password))
  const paths = files.map((file) => resolve(file))
  const inventory = await loadInventory(inventorySources(options, env), {
    vaultSecrets: secrets,
    playbookDirs: playbookDirs(paths),
    warn: warnOnStderr,
  })
  const playbooks = await Promise.all(
    paths.map((file) => loadPlaybook(file, { vaultSecrets: secrets, rolesPath: rolesPath(env), warn: warnOnStderr })),
  )
  const extraVars = await parseExtraVars(options.extraVars ?? [], { vaultSecrets: secrets, warn: warnOnStderr })
  const { targets, becomePassword } = await access(options, env)
  for (const secret of [targets.password, becomePassword]) if (secret !== undefined) redactor.add(secret)
  const runOptions: RunOptions = {
    mode,
    diff: options.diff ?? mode === 'check',
    forks: options.forks,
    limit: options.limit,
    tags: options.tags ?? [],
    skipTags: options.skipTags ?? [],
    extraVars,
    vaultSecrets: secrets,
    rolesPath: rolesPath(env),
    become: options.become,
    becomeUser: options.becomeUser,
    becomePassword,
    forceHandlers: options.forceHandlers ?? false,
    connection: {},
    holder: `${userInfo().username}@${hostname()} (process ${process.pid}), since ${new Date().toISOString()}`,
  }
  return {
    playbooks,
    inventory,
    options: runOptions,
    transport: openTransport({ interactive: canPrompt() }),
    targets,
    redactor,
    emit: () => undefined,
    stop: new AbortController().signal,
    kill: new AbortController().signal,
  }
}

export function rolesPath(env: NodeJS.ProcessEnv): readonly string[] {
  return (env['ANSIBLE_ROLES_PATH'] ?? '').split(':').filter((path) => path !== '')
}

async function access(
  options: InventoryOptions,
  env: NodeJS.ProcessEnv,
): Promise<{ targets: TargetDefaults; becomePassword: string | undefined }> {
  const password = options.askPass ? await promptSecret('SSH password') : undefined
  const becomePassword = options.askBecomePass
    ? (await promptSecret(password === undefined ? 'sudo password' : 'sudo password (empty: the same)')) || password
    : options.becomePasswordFile === undefined
      ? undefined
      : await passwordFile(options.becomePasswordFile)
  const checking = env['ANSIBLE_HOST_KEY_CHECKING']
  const targets: TargetDefaults = {
    ...personalDefaults(env),
    remoteUser: options.user,
    privateKeyFile: options.privateKey,
    connection: options.connection,
    sshCommonArgs: options.sshCommonArgs,
    sshExtraArgs: options.sshExtraArgs,
    timeout: options.timeout,
    hostKeyChecking: checking === undefined ? 'accept-new' : parseChecking(checking, 'ANSIBLE_HOST_KEY_CHECKING'),
    password,
    ...(canPrompt() && { passphrase: (file: string) => promptSecret(`Passphrase for ${file}`) }),
  }
  return { targets, becomePassword }
}

async function passwordFile(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (error) {
    throw new UserError(
      `cannot read the password file ${path}: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}

/** Plans the run; a required secret that nobody gave is asked for where somebody can answer. */
async function planAndAsk(input: RunInput): Promise<{ plan: PlannedRun; input: RunInput }> {
  try {
    return { plan: await planRun(input), input }
  } catch (error) {
    const errors = error instanceof UserErrors ? error.errors : [error]
    const missing = errors.filter((one) => one instanceof MissingArgument && one.askable) as MissingArgument[]
    if (missing.length === 0 || missing.length < errors.length || !canPrompt()) throw error
    const extra = new Map(input.options.extraVars)
    for (const argument of new Set(missing.map((one) => one.argument))) {
      const value = await promptSecret(argument)
      input.redactor.add(value)
      extra.set(argument, plainVariable(value))
    }
    const asked = { ...input, options: { ...input.options, extraVars: extra as Variables } }
    return { plan: await planRun(asked), input: asked }
  }
}

/** A secret on the command line can be read by everybody on this machine while the run lasts. */
function warnOfVisibleSecrets(options: PlayOptions, input: RunInput): void {
  const secrets = input.playbooks.flatMap(({ plays }) =>
    plays.flatMap(({ roles }) =>
      roles.flatMap(({ argumentSpec }) =>
        [...(argumentSpec?.options ?? [])].filter(([, { no_log }]) => no_log).map(([name]) => name),
      ),
    ),
  )
  for (const name of new Set(secrets)) {
    if ((options.extraVars ?? []).some((text) => !text.startsWith('@') && text.includes(name))) {
      warnOnStderr({
        message: `-e ${name}=… shows the secret in this machine's process list`,
        hint: 'hand it over in a vault, with -e @FILE, in the environment, or at the prompt',
      })
    }
  }
}

async function reporterFor(options: PlayOptions, check: boolean) {
  const main = await createReporter({
    output: options.output,
    verbosity: options.verbose,
    diff: options.diff ?? check,
    stdout: process.stdout,
    stderr: process.stderr,
  })
  if (options.junit === undefined) return main
  const { createJunitReporter } = await import('../report/junit.ts')
  return tee([main, await createJunitReporter(options.junit)])
}
