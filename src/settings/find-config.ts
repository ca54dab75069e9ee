import { existsSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { UserError } from '../errors.ts'
import type { Warn } from '../source/warning.ts'

export interface ConfigPlaces {
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
  readonly warn: Warn
}

const SYSTEM = '/etc/ansible/ansible.cfg'

/**
 * The one `ansible.cfg` that counts, in Ansible's order: `ANSIBLE_CONFIG` (a file or a folder), the working directory
 * unless everybody may write there, the home directory, `/etc/ansible`. Undefined when there is none.
 */
export function findConfig({ env, cwd, warn }: ConfigPlaces): string | undefined {
  const named = env['ANSIBLE_CONFIG']
  if (named) return namedConfig(resolve(cwd, expandHome(named, env)), named)
  const here = join(cwd, 'ansible.cfg')
  if (existsSync(here)) {
    if (!isWorldWritable(cwd)) return here
    warn({
      message: `${here} is not read, because everybody may write to ${cwd}`,
      hint: 'chmod o-w the folder, or name the file in ANSIBLE_CONFIG',
    })
  }
  return [join(env['HOME'] ?? homedir(), '.ansible.cfg'), SYSTEM].find((path) => existsSync(path))
}

/** Ansible passes over a file that is not there; here it is a mistake, because other settings would silently hold. */
function namedConfig(path: string, written: string): string {
  const file = existsSync(path) && statSync(path).isDirectory() ? join(path, 'ansible.cfg') : path
  if (existsSync(file)) return file
  throw new UserError(`ANSIBLE_CONFIG names ${written}, and there is no such file`, {
    hint: 'correct it, or unset ANSIBLE_CONFIG',
  })
}

function isWorldWritable(folder: string): boolean {
  return (statSync(folder).mode & 0o002) !== 0
}

export function expandHome(path: string, env: NodeJS.ProcessEnv): string {
  return path.replace(/^~(?=\/|$)/, env['HOME'] ?? homedir())
}
