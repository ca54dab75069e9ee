import { existsSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { join } from 'node:path'
import type { TargetDefaults } from './target.ts'

/** What the person's own account says about logging in. */
export type PersonalDefaults = Pick<TargetDefaults, 'localUser' | 'home' | 'env' | 'identityFiles' | 'agent'>

/** OpenSSH's order, without the kinds that the built-in client cannot use. */
const usualFiles = ['id_ed25519', 'id_ecdsa', 'id_rsa']

export function personalDefaults(env: NodeJS.ProcessEnv): PersonalDefaults {
  const home = env.HOME || homedir()
  return {
    home,
    env,
    localUser: env.USER || env.LOGNAME || accountName(),
    identityFiles: usualFiles.map((file) => join(home, '.ssh', file)).filter((file) => existsSync(file)),
    agent: env.SSH_AUTH_SOCK || undefined,
  }
}

function accountName(): string {
  try {
    return userInfo().username
  } catch {
    // A user id without an account, as containers have them.
    return 'root'
  }
}
