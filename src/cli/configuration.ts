import { existsSync } from 'node:fs'
import type { IgnoredFiles } from '../inventory/folders.ts'
import type { LoadContext } from '../playbook/load.ts'
import { expandHome } from '../settings/find-config.ts'
import { loadSettings, type Settings } from '../settings/settings.ts'
import type { VaultSecret } from '../variables/vault.ts'
import { warnOnStderr } from './errors.ts'

/** The settings of this process: `ansible.cfg` and `ANSIBLE_*`. */
export function currentSettings(): Settings {
  return loadSettings({ env: process.env, cwd: process.cwd(), warn: warnOnStderr })
}

/** Where Ansible looks for roles unless it is told. */
const ROLES = ['~/.ansible/roles', '/usr/share/ansible/roles', '/etc/ansible/roles']

export function loadContext(settings: Settings, vaultSecrets: readonly VaultSecret[]): LoadContext {
  const usual = ROLES.map((path) => expandHome(path, process.env)).filter((path) => existsSync(path))
  return {
    vaultSecrets,
    rolesPath: settings.rolesPath ?? usual,
    warn: warnOnStderr,
    defaults: {
      gather: settings.gathering !== 'explicit',
      strategy: settings.strategy ?? 'linear',
      anyErrorsFatal: settings.anyErrorsFatal ?? false,
      noLog: settings.noLog ?? false,
    },
  }
}

export function ignoredFiles(settings: Settings): IgnoredFiles {
  return { extensions: settings.inventoryIgnoreExtensions, patterns: settings.inventoryIgnorePatterns }
}
