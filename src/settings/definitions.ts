import { flag, only, oneOf, path, paths, text, whole, words, type Reader } from './readers.ts'

export interface Definition<T> {
  /** `section.key` in `ansible.cfg`. */
  readonly ini: readonly string[]
  readonly env: readonly string[]
  readonly read: Reader<T>
}

/** A setting of `[defaults]` with the name Ansible's variable has for it. */
function setting<T>(key: string, read: Reader<T>, more: { section?: string; ini?: string[]; env?: string[] } = {}) {
  const { section = 'defaults', ini = [], env = [] } = more
  return { ini: [`${section}.${key}`, ...ini], env: [`ANSIBLE_${key.toUpperCase()}`, ...env], read }
}

/** What `ansible.cfg` and the environment can say that means something here, under Ansible's names. */
export const definitions = {
  inventory: setting('inventory', paths(',')),
  inventoryIgnoreExtensions: setting('inventory_ignore_extensions', words, {
    ini: ['inventory.ignore_extensions'],
    env: ['ANSIBLE_INVENTORY_IGNORE'],
  }),
  inventoryIgnorePatterns: setting('inventory_ignore_patterns', words, {
    ini: ['inventory.ignore_patterns'],
    env: ['ANSIBLE_INVENTORY_IGNORE_REGEX'],
  }),
  rolesPath: setting('roles_path', paths(':')),
  forks: setting('forks', whole(1)),
  timeout: setting('timeout', whole(1), { ini: ['ssh_connection.timeout'], env: ['ANSIBLE_SSH_TIMEOUT'] }),
  retries: {
    ini: ['connection.retries', 'ssh_connection.retries'],
    env: ['ANSIBLE_SSH_RETRIES'],
    read: whole(0),
  },
  taskTimeout: setting('task_timeout', whole(0)),
  transport: setting('transport', oneOf('smart', 'ssh', 'openssh', 'paramiko', 'paramiko_ssh', 'local')),
  remoteUser: setting('remote_user', text),
  remotePort: setting('remote_port', whole(1)),
  privateKeyFile: setting('private_key_file', path),
  hostKeyChecking: setting('host_key_checking', flag, {
    ini: ['ssh_connection.host_key_checking'],
    env: ['ANSIBLE_SSH_HOST_KEY_CHECKING'],
  }),
  sshArgs: setting('ssh_args', text, { section: 'ssh_connection' }),
  sshCommonArgs: setting('ssh_common_args', text, { section: 'ssh_connection' }),
  sshExtraArgs: setting('ssh_extra_args', text, { section: 'ssh_connection' }),
  askPass: setting('ask_pass', flag),
  connectionPasswordFile: setting('connection_password_file', path),
  become: setting('become', flag, { section: 'privilege_escalation' }),
  becomeMethod: setting('become_method', oneOf('sudo', 'su'), { section: 'privilege_escalation' }),
  becomeUser: setting('become_user', text, { section: 'privilege_escalation' }),
  becomeAskPass: setting('become_ask_pass', flag, { section: 'privilege_escalation' }),
  becomePasswordFile: setting('become_password_file', path),
  vaultPasswordFile: setting('vault_password_file', path),
  vaultIdentityList: setting('vault_identity_list', words),
  vaultIdentity: setting('vault_identity', text),
  vaultEncryptIdentity: setting('vault_encrypt_identity', text),
  vaultIdMatch: setting('vault_id_match', flag),
  askVaultPass: setting('ask_vault_pass', flag),
  gathering: setting('gathering', oneOf('implicit', 'explicit', 'smart')),
  strategy: setting('strategy', oneOf('linear', 'free')),
  forceHandlers: setting('force_handlers', flag),
  pollInterval: setting('poll_interval', whole(0)),
  anyErrorsFatal: setting('any_errors_fatal', flag),
  noLog: setting('no_log', flag),
  diffAlways: { ini: ['diff.always'], env: ['ANSIBLE_DIFF_ALWAYS'], read: flag },
  verbosity: setting('verbosity', whole(0)),
  runTags: { ini: ['tags.run'], env: ['ANSIBLE_RUN_TAGS'], read: words },
  skipTags: { ini: ['tags.skip'], env: ['ANSIBLE_SKIP_TAGS'], read: words },
  retryFilesEnabled: setting('retry_files_enabled', flag),
  retryFilesSavePath: setting('retry_files_save_path', path),
} satisfies Readonly<Record<string, Definition<unknown>>>

const OTHERWISE = 'take the setting out: playbooks mean what they mean under the usual value'

/** Settings that would change what a playbook means: ignoring them would be wrong, so only the usual value passes. */
export const fixed: readonly Definition<unknown>[] = [
  setting('hash_behaviour', only(text, ['replace'], 'merge where it is meant, with the combine filter')),
  setting('error_on_undefined_vars', only(flag, [true], 'give optional variables a default(…)')),
  setting('jinja2_native', only(flag, [false], OTHERWISE)),
  setting('jinja2_extensions', only(text, [''], 'extensions of Jinja2 are Python; write it with filters')),
  setting('private_role_vars', only(flag, [false], OTHERWISE)),
  setting('playbook_vars_root', only(text, ['top', 'playbook_dir'], OTHERWISE)),
  {
    ini: ['defaults.precedence'],
    env: ['ANSIBLE_PRECEDENCE'],
    read: only(
      (written) => words(written, { name: '', at: undefined, cwd: '', env: {} }).join(),
      [
        'all_inventory,groups_inventory,all_plugins_inventory,all_plugins_play,groups_plugins_inventory,groups_plugins_play',
      ],
      OTHERWISE,
    ),
  },
  {
    ini: ['defaults.force_valid_group_names'],
    env: ['ANSIBLE_TRANSFORM_INVALID_GROUP_CHARS'],
    read: only(text, ['never', 'ignore', 'silently'], 'names of groups stay as they are written'),
  },
]
