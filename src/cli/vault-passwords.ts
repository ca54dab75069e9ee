import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { access, readFile } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { promisify } from 'node:util'
import { UserError } from '../errors.ts'
import { expandHome } from '../settings/find-config.ts'
import type { Settings } from '../settings/settings.ts'
import { decryptVault, isVault, type VaultSecret } from '../variables/vault.ts'
import { promptSecret } from './prompt.ts'

export interface VaultOptions {
  readonly askVaultPass?: boolean
  readonly vaultPasswordFile?: readonly string[]
  readonly vaultId?: readonly string[]
}

/** A password for a new vault is asked for twice: a slip in it would seal what nobody can open. */
export interface PasswordUse {
  readonly forNew: boolean
}

/**
 * The vault passwords, in Ansible's order: the configured identities, `--vault-id LABEL@SOURCE`, password files (also
 * scripts; the configured one last), the prompt. A password file may be sealed with a password named before it.
 */
export async function vaultSecrets(
  options: VaultOptions,
  settings: Settings,
  use: PasswordUse = { forNew: false },
): Promise<readonly VaultSecret[]> {
  const fallback = settings.vaultIdentity ?? 'default'
  const secrets: VaultSecret[] = []
  const add = async (id: string | undefined, source: string): Promise<void> => {
    const prompted = source === 'prompt' || source === 'prompt_ask_vault_pass'
    const password = prompted
      ? await askForPassword(`Vault password (${id ?? fallback})`, use)
      : await passwordFrom(source, id, secrets)
    secrets.push({ id: id ?? fallback, password })
  }
  for (const text of [...(settings.vaultIdentityList ?? []), ...(options.vaultId ?? [])]) {
    const at = text.indexOf('@')
    await add(at > 0 ? text.slice(0, at) : undefined, text.slice(at + 1))
  }
  for (const file of options.vaultPasswordFile ?? []) await add(fallback, file)
  if (settings.vaultPasswordFile !== undefined) await add(fallback, settings.vaultPasswordFile)
  if (options.askVaultPass ?? (settings.askVaultPass === true && secrets.length === 0))
    secrets.push({ id: fallback, password: await askForPassword('Vault password', use) })
  return secrets
}

/** What a file holds or a script prints. @throws UserError, also for an empty one */
export async function passwordFrom(
  source: string,
  id: string | undefined,
  secrets: readonly VaultSecret[],
): Promise<string> {
  const path = resolve(expandHome(source, process.env))
  const executable = await access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
  const written = (executable ? await scriptOutput(path, source, id) : await fileText(path, source)).trim()
  const password = isVault(written)
    ? String(await decryptVault(written, secrets, { file: source, line: 1, column: 1 })).trim()
    : written
  if (password === '') throw new UserError(`the vault password from ${source} is empty`)
  return password
}

/** A script whose name ends in `-client` is told which password is meant, as in Ansible. */
async function scriptOutput(path: string, source: string, id: string | undefined): Promise<string> {
  const isClient = /-client(?:\.\w+)?$/.test(basename(path))
  const args = isClient && id !== undefined ? ['--vault-id', id] : []
  try {
    return (await promisify(execFile)(path, args)).stdout
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
    const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : ''
    throw new UserError(`the vault password script ${source} failed (${code})${stderr === '' ? '' : `: ${stderr}`}`, {
      hint: code === 'ENOEXEC' ? 'a file that only holds the password must not be executable: chmod -x it' : undefined,
    })
  }
}

async function fileText(path: string, source: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new UserError(`cannot read the vault password file ${source}: ${code}`)
  }
}

async function askForPassword(question: string, { forNew }: PasswordUse): Promise<string> {
  if (!forNew) return promptSecret(question)
  const password = await promptSecret(`New ${question.charAt(0).toLowerCase()}${question.slice(1)}`)
  if (password === '') throw new UserError('an empty password seals nothing')
  if ((await promptSecret('Once more')) === password) return password
  throw new UserError('the two passwords differ', { hint: 'nothing was changed; try again' })
}
