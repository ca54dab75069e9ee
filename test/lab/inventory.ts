import type { Lab } from './lab.ts'

export interface InventoryOptions {
  /** Log in as the sudo user and become root with its password, instead of logging in as root. */
  readonly become?: boolean
}

/** The lab's hosts as a YAML inventory, for Sallyport and Ansible alike. */
export function inventoryYaml(lab: Lab, options: InventoryOptions = {}): string {
  const quote = (text: string): string => JSON.stringify(text)
  const sshArgs = `-o UserKnownHostsFile=${lab.knownHostsPath} -o StrictHostKeyChecking=yes`
  const login = options.become
    ? [
        `    ansible_user: ${quote(lab.sudoUser.name)}`,
        '    ansible_become: true',
        `    ansible_become_password: ${quote(lab.sudoUser.password)}`,
      ]
    : ['    ansible_user: root']
  return [
    'all:',
    '  hosts:',
    ...lab.hosts.flatMap((host) => [`    ${host.name}:`, `      ansible_host: ${host.address}`]),
    '  vars:',
    ...login,
    `    ansible_ssh_private_key_file: ${quote(lab.privateKeyPath)}`,
    `    ansible_ssh_common_args: ${quote(sshArgs)}`,
    '',
  ].join('\n')
}
