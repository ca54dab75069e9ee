import { readFile } from 'node:fs/promises'
import { hostname, userInfo } from 'node:os'
import { resolve } from 'node:path'
import { UserError, UserErrors } from '../errors.ts'
import { type RunOptions } from '../engine/options.ts'
import { planRun, playbookDirs, playFiles, type PlannedRun, type RunInput } from '../engine/plan-run.ts'
import { findSlips } from '../engine/slips.ts'
import { unknownTags } from '../engine/tags.ts'
import { outlineOf } from '../engine/outline.ts'
import { parseShard } from '../engine/shard.ts'
import { executeRun } from '../engine/run.ts'
import { loadInventory } from '../inventory/load.ts'
import { LOCALHOST_NAMES } from '../inventory/model.ts'
import { plainText, type Value } from '../source/value.ts'
import { MissingArgument } from '../playbook/argument-spec.ts'
import { loadPlaybook } from '../playbook/load.ts'
import type { Playbook } from '../playbook/playbook.ts'
import type { Reporter, RunEvent, RunMode } from '../report/events.ts'
import { createReporter } from '../report/create.ts'
import { tee } from '../report/tee.ts'
import { settleAll } from '../source/collect.ts'
import { openTransport } from '../transport/open-transport.ts'
import { openSshConfig } from '../transport/ssh-config.ts'
import { personalDefaults } from '../transport/target-defaults.ts'
import type { TargetDefaults } from '../transport/target.ts'
import type { Settings } from '../settings/settings.ts'
import { parseExtraVars } from '../variables/load-extra.ts'
import { plainVariable, type Variables } from '../variables/load-variable.ts'
import { createRedactor } from '../variables/redaction.ts'
import { currentSettings, ignoredFiles, loadContext } from './configuration.ts'
import { warnOnStderr } from './errors.ts'
import { handleInterrupts } from './interrupts.ts'
import { listing } from './listing.ts'
import { defaultForks, inventorySources, namedSources, type InventoryOptions, type PlayOptions } from './options.ts'
import { canPrompt, promptSecret, promptText } from './prompt.ts'
import { retryFile } from './retry-file.ts'
import { answerPrompts } from './vars-prompt.ts'
import { vaultSecrets } from './vault-passwords.ts'

/** Runs playbooks in a mode; resolves to the exit code. Throws UserError(s) before anything is touched. */
export async function runPlaybooks(files: readonly string[], mode: RunMode, options: PlayOptions): Promise<number> {
  if (files.length === 0)
    throw new UserError('no playbook was given', { hint: 'name one, such as playbooks/netfilter.yml' })
  if (options.step) {
    throw new UserError('--step is not supported', {
      hint: '`sallyport check` shows every change before any is made; --start-at-task and --tags run a part',
    })
  }
  const read = await readInput(files, mode, options)
  warnOfVisibleSecrets(options, read)
  if (mode === 'verify' && unknownTags(playsOf(read), ['verify']).length > 0) {
    throw new UserError(`${files.join(', ')}: nothing in it is tagged 'verify'`, {
      hint: 'give the tasks that prove something the tags [never, verify]',
    })
  }
  if (options.listHosts || options.listTasks || options.listTags) {
    // Nothing is rendered for a list, so no secret has to be there.
    process.stdout.write(listing(outlineOf(read), options))
    read.transport.close()
    return 0
  }
  const ask = canPrompt() ? (question: string, hidden: boolean) => promptText(question, !hidden) : undefined
  const input = { ...read, playbooks: await answerPrompts(read.playbooks, { ...read, ask }) }
  const planned = await planAndAsk(input)
  const interrupts = handleInterrupts(options.runTimeout)
  const reporter = await reporterFor(options, input)
  const profile = options.profile ? (await import('../report/profile.ts')).createProfile() : undefined
  try {
    const retry = retryFile(files, input.settings)
    const emit = (event: RunEvent) => {
      profile?.add(event)
      reporter.on(event)
      retry.on(event)
    }
    const { exitCode } = await executeRun(planned.plan, {
      ...planned.input,
      emit,
      ...interrupts,
      ...(canPrompt() && { ask: asking(reporter) }),
    })
    await retry.save()
    return interrupts.exitCode() ?? exitCode
  } finally {
    await reporter.end()
    for (const line of profile?.lines(80) ?? []) process.stderr.write(`${line}\n`)
    interrupts.dispose()
    input.transport.close()
  }
}

const playsOf = ({ playbooks }: Pick<RunInput, 'playbooks'>) => playbooks.flatMap(({ plays }) => plays)

/** What a run needs, and the settings it was read under. */
export interface ReadInput extends RunInput {
  readonly settings: Settings
}

const namesOf = (hosts: Value): readonly string[] => (Array.isArray(hosts) ? hosts.map(plainText) : [plainText(hosts)])

/** Whether a playbook runs on this machine alone, which needs no inventory. */
function staysHere({ plays }: Playbook): boolean {
  return plays.every(({ hosts }) => namesOf(hosts.value).every((name) => LOCALHOST_NAMES.includes(name)))
}

/** Reads and checks all sources; nothing is rendered yet. */
export async function readInput(files: readonly string[], mode: RunMode, options: PlayOptions): Promise<ReadInput> {
  const settings = currentSettings()
  const secrets = await vaultSecrets(options, settings)
  const redactor = createRedactor()
  for (const { password } of secrets) redactor.add(String(password))
  const paths = files.map((file) => resolve(file))
  const context = loadContext(settings, secrets)
  const extra = parseExtraVars(options.extraVars ?? [], { vaultSecrets: secrets, warn: warnOnStderr })
  // Every source's mistakes are told at once, so one that does not load does not keep the others from being read.
  const loading = extra
    .catch(() => undefined)
    .then((extraVars) =>
      settleAll(paths.map((file) => loadPlaybook(file, extraVars ? { ...context, extraVars } : context))),
    )
  const stock = loading
    .catch(() => undefined)
    .then((playbooks) =>
      loadInventory(
        playbooks?.every(staysHere) ? namedSources(options, settings) : inventorySources(options, settings),
        {
          vaultSecrets: secrets,
          playbookDirs: playbookDirs(playbooks ? playFiles(playbooks) : paths),
          warn: warnOnStderr,
          ignored: ignoredFiles(settings),
        },
      ),
    )
  const [inventory, playbooks, extraVars] = await settleAll([stock, loading, extra])
  for (const slip of findSlips(playbooks, inventory, extraVars)) warnOnStderr(slip)
  const { targets, becomePassword } = await access(options, settings)
  for (const secret of [targets.password, becomePassword]) if (secret !== undefined) redactor.add(secret)
  const runOptions: RunOptions = {
    mode,
    diff: options.diff ?? (mode === 'check' || (settings.diffAlways ?? false)),
    forks: options.forks ?? settings.forks ?? defaultForks(),
    limit: options.limit,
    shard: options.shard === undefined ? undefined : parseShard(options.shard, process.env),
    tags: options.tags ?? settings.runTags ?? [],
    skipTags: options.skipTags ?? settings.skipTags ?? [],
    extraVars,
    vaultSecrets: secrets,
    rolesPath: context.rolesPath,
    verbosity: options.verbose || (settings.verbosity ?? 0),
    configFile: settings.configFile,
    become: options.become ?? settings.become,
    becomeUser: options.becomeUser ?? settings.becomeUser,
    becomeMethod: options.becomeMethod ?? settings.becomeMethod,
    becomePassword,
    pollInterval: settings.pollInterval,
    taskTimeout: settings.taskTimeout,
    profile: options.profile,
    forceHandlers: options.forceHandlers ?? settings.forceHandlers ?? false,
    startAtTask: options.startAtTask,
    connection: {},
    holder: `${userInfo().username}@${hostname()} (process ${process.pid}), since ${new Date().toISOString()}`,
  }
  return {
    settings,
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

/** Asks above the live rows, one question at a time. */
function asking(reporter: Reporter): NonNullable<RunInput['ask']> {
  let queue: Promise<unknown> = Promise.resolve()
  return (question, { echo }) => {
    const asked = queue.then(async () => {
      reporter.suspend?.()
      try {
        return await promptText(question, echo)
      } finally {
        reporter.resume?.()
      }
    })
    queue = asked.catch(() => undefined)
    return asked
  }
}

async function access(
  options: InventoryOptions,
  settings: Settings,
): Promise<{ targets: TargetDefaults; becomePassword: string | undefined }> {
  const { connectionPasswordFile } = settings
  const password =
    connectionPasswordFile !== undefined && !options.askPass
      ? await passwordFile(connectionPasswordFile)
      : (options.askPass ?? settings.askPass)
        ? await promptSecret('SSH password')
        : undefined
  const method = options.becomeMethod ?? settings.becomeMethod ?? 'sudo'
  const becomeFile = options.becomePasswordFile ?? (options.askBecomePass ? undefined : settings.becomePasswordFile)
  const becomePassword =
    becomeFile !== undefined
      ? await passwordFile(becomeFile)
      : (options.askBecomePass ?? settings.becomeAskPass)
        ? (await promptSecret(`${method} password${password === undefined ? '' : ' (empty: the same)'}`)) || password
        : undefined
  const person = personalDefaults(process.env)
  const targets: TargetDefaults = {
    ...person,
    sshConfig: openSshConfig({ ...person, warn: warnOnStderr }),
    remoteUser: options.user ?? settings.remoteUser,
    remotePort: settings.remotePort,
    privateKeyFile: options.keyFile ?? settings.privateKeyFile,
    connection: options.connection ?? settings.transport,
    sshArgs: settings.sshArgs,
    sshCommonArgs: options.sshCommonArgs ?? settings.sshCommonArgs,
    sshExtraArgs: options.sshExtraArgs ?? settings.sshExtraArgs,
    timeout: options.timeout ?? settings.timeout,
    retries: settings.retries,
    hostKeyChecking: settings.hostKeyChecking,
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
function warnOfVisibleSecrets(options: PlayOptions, { playbooks }: Pick<RunInput, 'playbooks'>): void {
  const secrets = playbooks.flatMap(({ plays }) =>
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

async function reporterFor(options: PlayOptions, input: ReadInput) {
  const main = await createReporter({
    output: options.output,
    verbosity: input.options.verbosity,
    diff: input.options.diff,
    stdout: process.stdout,
    stderr: process.stderr,
  })
  if (options.junit === undefined) return main
  const { createJunitReporter } = await import('../report/junit.ts')
  return tee([main, await createJunitReporter(options.junit)])
}
