import type { NodeSSH } from 'node-ssh'
import type { OpenSSHAgent } from 'ssh2'
import type { ParseKey } from './ssh-keys.ts'

/** What is used of node-ssh and ssh2. */
export interface Ssh2 {
  readonly NodeSSH: typeof NodeSSH
  readonly OpenSSHAgent: typeof OpenSSHAgent
  readonly parseKey: ParseKey
}

/** Loads the packages at the first SSH connection: a lint or a local run does not pay their start-up. */
export async function loadSsh2(): Promise<Ssh2> {
  const [{ NodeSSH }, { default: ssh2 }] = await Promise.all([import('node-ssh'), import('ssh2')])
  return { NodeSSH, OpenSSHAgent: ssh2.OpenSSHAgent, parseKey: ssh2.utils.parseKey }
}
