import { execFile } from 'node:child_process'
import { constants } from 'node:fs'
import { access, readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { UserError } from '../errors.ts'
import type { VaultSecret } from '../variables/vault.ts'
import { promptSecret } from './prompt.ts'

export interface VaultOptions {
  readonly askVaultPass?: boolean
  readonly vaultPasswordFile?: readonly string[]
  readonly vaultId?: readonly string[]
}

/** The vault passwords of a run, in the order given: `--vault-id LABEL@SOURCE`, password files (also scripts), prompt. */
export async function vaultSecrets(options: VaultOptions, env: NodeJS.ProcessEnv): Promise<readonly VaultSecret[]> {
  const secrets: VaultSecret[] = []
  for (const text of options.vaultId ?? []) {
    const at = text.lastIndexOf('@')
    const [id, source] = at < 0 ? ['default', text] : [text.slice(0, at), text.slice(at + 1)]
    secrets.push({ id, password: await passwordFrom(source, id) })
  }
  const files =
    options.vaultPasswordFile ?? (env['ANSIBLE_VAULT_PASSWORD_FILE'] ? [env['ANSIBLE_VAULT_PASSWORD_FILE']] : [])
  for (const file of files) secrets.push({ id: 'default', password: await passwordFrom(file, 'default') })
  if (options.askVaultPass) secrets.push({ id: 'default', password: await promptSecret('Vault password') })
  return secrets
}

async function passwordFrom(source: string, id: string): Promise<string> {
  if (source === 'prompt') return promptSecret(`Vault password (${id})`)
  const path = resolve(source.replace(/^~(?=\/)/, process.env['HOME'] ?? '~'))
  const executable = await access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
  try {
    const text = executable ? (await promisify(execFile)(path, [])).stdout : await readFile(path, 'utf8')
    return text.trim()
  } catch (error) {
    throw new UserError(
      `cannot get a vault password from ${source}: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}
