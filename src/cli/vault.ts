import type { Command } from 'commander'
import { UserError } from '../errors.ts'
import type { Settings } from '../settings/settings.ts'
import { inlineVaults, replaceInline } from '../variables/vault-inline.ts'
import { encryptVault, isVault, openVault, type Opened, type VaultSecret } from '../variables/vault.ts'
import { currentSettings } from './configuration.ts'
import { warnOnStderr } from './errors.ts'
import { addVaultOptions, command, parse } from './options.ts'
import { canPrompt, promptSecret } from './prompt.ts'
import { editPrivately } from './vault-edit.ts'
import { readVaultFile, replaceFile, standardInput, type VaultFile } from './vault-files.ts'
import { vaultSecrets, type VaultOptions } from './vault-passwords.ts'

interface Options extends VaultOptions {
  readonly output?: string
  readonly encryptVaultId?: string
  readonly newVaultId?: string
  readonly newVaultPasswordFile?: string
  readonly name?: string
}

interface Action {
  readonly summary: string
  addOptions?(to: Command): Command
  run(files: readonly string[], options: Options, settings: Settings): Promise<void>
}

const withOutput = (to: Command) => to.option('--output <file>', 'write there; - is standard output')
const withSealing = (to: Command) =>
  to.option('--encrypt-vault-id <label>', 'seal with this one of several vault passwords')

const actions: Readonly<Record<string, Action>> = {
  encrypt: { summary: 'seal files', addOptions: (to) => withSealing(withOutput(to)), run: encrypt },
  decrypt: { summary: 'open files and leave them so', addOptions: withOutput, run: decrypt },
  view: { summary: 'show what is sealed, also inline values', run: view },
  edit: { summary: 'edit a sealed file with $EDITOR', run: edit },
  rekey: {
    summary: 'seal with another password, also inline values',
    addOptions: (to) =>
      to
        .option('--new-vault-id <label@source>', 'the new password and its name')
        .option('--new-vault-password-file <file>', 'the new password'),
    run: rekey,
  },
  'encrypt-string': {
    summary: 'seal one value for a YAML file, read from standard input',
    addOptions: (to) => withSealing(withOutput(to)).option('-n, --name <name>', 'the name of the variable'),
    run: encryptString,
  },
}

/** Everything about encrypted files and values, in Ansible's format. */
export async function run(args: readonly string[]): Promise<number> {
  const [written = '--help', ...rest] = args
  const name = written.replaceAll('_', '-')
  const action = Object.hasOwn(actions, name) ? actions[name] : undefined
  if (!action) return help(written)
  const base = command(`vault ${name}`, `Vaults: ${action.summary}.`).argument('[file...]')
  const spec = addVaultOptions(action.addOptions?.(base) ?? base)
  const parsed = parse<Options>(spec, rest)
  if (typeof parsed === 'number') return parsed
  await action.run(parsed.operands, parsed.options, currentSettings())
  return 0
}

function help(written: string): number {
  const asked = written === '--help' || written === '-h'
  const rows = Object.entries(actions).map(([name, { summary }]) => `  ${name.padEnd(16)}${summary}`)
  const text = `Usage: sallyport vault ACTION [OPTIONS] FILE...\n\n${rows.join('\n')}\n\n  sallyport vault ACTION --help   what it takes\n`
  if (asked) process.stdout.write(text)
  else process.stderr.write(`sallyport: vault has no action '${written}'\n\n${text}`)
  return asked ? 0 : 1
}

async function encrypt(names: readonly string[], options: Options, settings: Settings): Promise<void> {
  const files = await readFiles(names, options)
  for (const { name, content } of files)
    if (isVault(head(content)))
      throw new UserError(`${name} is encrypted already`, { hint: 'rekey changes its password' })
  const secret = await sealingSecret(options, settings)
  for (const { name, content } of files)
    await replaceFile(options.output ?? name, await encryptVault(content, secret), 'private')
}

async function decrypt(names: readonly string[], options: Options, settings: Settings): Promise<void> {
  const opened = await openFiles(await readFiles(names, options), await openingSecrets(options, settings))
  for (const { name, plain } of opened) await replaceFile(options.output ?? name, plain, 'private')
}

async function view(names: readonly string[], options: Options, settings: Settings): Promise<void> {
  const files = await readFiles(names, options)
  const secrets = await openingSecrets(options, settings)
  for (const file of files) process.stdout.write(await plainText(file, secrets))
}

async function plainText(file: VaultFile, secrets: readonly VaultSecret[]): Promise<Buffer | string> {
  if (isVault(head(file.content))) return (await openFile(file, secrets)).plain
  const { text, blocks } = requireInline(file)
  const plain = await Promise.all(blocks.map(({ ciphertext, at }) => openVault(ciphertext, secrets, at)))
  return replaceInline(
    text,
    blocks,
    plain.map((one) => one.plain.toString('utf8')),
  )
}

async function edit(names: readonly string[], options: Options, settings: Settings): Promise<void> {
  const [name, ...more] = names
  if (name === undefined || more.length > 0 || name === '-') throw new UserError('edit takes one file')
  const file = await readVaultFile(name)
  if (!isVault(head(file.content)))
    throw new UserError(`${name} is not encrypted as a whole`, {
      hint: 'an inline value is made anew with encrypt-string',
    })
  const { plain, secret } = await openFile(file, await openingSecrets(options, settings))
  const edited = await editPrivately(name, plain, process.env)
  if (edited.equals(plain)) process.stderr.write('nothing was changed\n')
  else await replaceFile(name, await encryptVault(edited, secret), 'same')
}

/** Everything is opened before anything is written: no file is left with another password than its neighbours. */
async function rekey(names: readonly string[], options: Options, settings: Settings): Promise<void> {
  const files = await readFiles(names, options)
  const secrets = await openingSecrets(options, settings)
  const opened = await Promise.all(
    files.map(async (file) => {
      if (isVault(head(file.content))) return { file, plain: [(await openFile(file, secrets)).plain] }
      const { text, blocks } = requireInline(file)
      const parts = await Promise.all(blocks.map(({ ciphertext, at }) => openVault(ciphertext, secrets, at)))
      return { file, plain: parts.map(({ plain }) => plain), inline: { text, blocks } }
    }),
  )
  const secret = await newSecret(options, settings)
  for (const { file, plain, inline } of opened) {
    const sealed = await Promise.all(plain.map((part) => encryptVault(part, secret)))
    const content = inline ? replaceInline(inline.text, inline.blocks, sealed) : sealed.join('')
    await replaceFile(file.name, content, 'same')
  }
}

async function encryptString(texts: readonly string[], options: Options, settings: Settings): Promise<void> {
  if (texts.some((text) => text !== '-'))
    throw new UserError("a secret on the command line stands in this machine's process list", {
      hint: "write printf %s '…' | sallyport vault encrypt-string --name NAME, or leave it out to be asked",
    })
  const { name } = options
  if (name !== undefined && !/^[A-Za-z_]\w*$/.test(name)) throw new UserError(`'${name}' is not a name for a variable`)
  const secret = await sealingSecret(options, settings)
  const typed = canPrompt() && texts.length === 0
  const plain = typed ? Buffer.from(await promptSecret('Text to encrypt')) : await standardInput()
  if (plain.length === 0) throw new UserError('there is nothing to encrypt')
  if (!typed && plain.at(-1) === 10)
    warnOnStderr({
      message: 'the text ends with a line end, which is now part of the secret',
      hint: 'printf %s writes none',
    })
  const block = (await encryptVault(plain, secret)).replace(/^/gm, '          ').trimEnd()
  await replaceFile(options.output ?? '-', `${name === undefined ? '' : `${name}: `}!vault |\n${block}\n`, 'private')
}

async function readFiles(names: readonly string[], { output }: Options): Promise<readonly VaultFile[]> {
  if (names.length === 0) throw new UserError('no file was given', { hint: 'name one, or - for standard input' })
  if (output !== undefined && names.length > 1) throw new UserError('--output takes what one file becomes')
  return Promise.all(names.map(readVaultFile))
}

async function openFiles(files: readonly VaultFile[], secrets: readonly VaultSecret[]) {
  return Promise.all(files.map(async (file) => ({ name: file.name, ...(await openFile(file, secrets)) })))
}

function openFile({ name, content }: VaultFile, secrets: readonly VaultSecret[]): Promise<Opened> {
  if (!isVault(head(content)))
    throw new UserError(`${name} is not encrypted as a whole`, { hint: 'view shows inline values' })
  return openVault(content.toString('utf8'), secrets, { file: name, line: 1, column: 1 })
}

function requireInline({ name, content }: VaultFile) {
  const text = content.toString('utf8')
  const blocks = inlineVaults(text, name)
  if (blocks.length > 0) return { text, blocks }
  throw new UserError(`${name} is not encrypted, and holds no encrypted value`)
}

function head(content: Buffer): string {
  return content.subarray(0, 64).toString('latin1')
}

async function openingSecrets(options: Options, settings: Settings): Promise<readonly VaultSecret[]> {
  const given = await vaultSecrets(options, settings)
  return given.length > 0 ? given : vaultSecrets({ askVaultPass: true }, settings)
}

/** The one password to seal with; of several one must be named. */
async function sealingSecret(options: Options, settings: Settings): Promise<VaultSecret> {
  const forNew = { forNew: true }
  const given = await vaultSecrets(options, settings, forNew)
  const secrets = given.length > 0 ? given : await vaultSecrets({ askVaultPass: true }, settings, forNew)
  const wanted = options.encryptVaultId ?? settings.vaultEncryptIdentity
  const candidates = wanted === undefined ? secrets : secrets.filter(({ id }) => id === wanted)
  const [secret, ...others] = candidates
  const ids = [...new Set(secrets.map(({ id }) => id))].join(', ')
  if (!secret)
    throw new UserError(`no password was given for the vault id '${wanted ?? ''}'`, { hint: `there are ${ids}` })
  if (wanted === undefined && others.length > 0)
    throw new UserError(`several vault passwords were given (${ids})`, { hint: 'say which with --encrypt-vault-id' })
  return secret
}

async function newSecret(options: Options, settings: Settings): Promise<VaultSecret> {
  const { newVaultId, newVaultPasswordFile } = options
  if (newVaultId !== undefined && newVaultPasswordFile !== undefined)
    throw new UserError('give either --new-vault-id or --new-vault-password-file')
  const { vaultIdentity } = settings
  const only: Settings = vaultIdentity === undefined ? {} : { vaultIdentity }
  const source: VaultOptions =
    newVaultId !== undefined
      ? { vaultId: [newVaultId] }
      : newVaultPasswordFile !== undefined
        ? { vaultPasswordFile: [newVaultPasswordFile] }
        : { askVaultPass: true }
  const [secret] = await vaultSecrets(source, only, { forNew: true })
  if (!secret) throw new Error('there is no new vault password')
  return secret
}
