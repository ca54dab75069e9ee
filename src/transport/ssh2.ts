import type { NodeSSH } from 'node-ssh'
import type { OpenSSHAgent } from 'ssh2'
import type { ClientAlgorithms } from './ssh-algorithms.ts'
import type { ParseKey } from './ssh-keys.ts'

/** What is used of node-ssh and ssh2. */
export interface Ssh2 {
  readonly NodeSSH: typeof NodeSSH
  readonly OpenSSHAgent: typeof OpenSSHAgent
  readonly parseKey: ParseKey
  readonly algorithms: ClientAlgorithms
}

/** ssh2 tells its lists nowhere else. */
const lists = 'ssh2/lib/protocol/constants.js'

/** Loads the packages at the first SSH connection: a lint or a local run does not pay their start-up. */
export async function loadSsh2(): Promise<Ssh2> {
  const [{ NodeSSH }, { default: ssh2 }] = await Promise.all([import('node-ssh'), import('ssh2')])
  const { default: constants } = (await import(lists)) as { readonly default: Readonly<Record<string, unknown>> }
  const choice = (name: string) => ({
    usual: texts(constants[`DEFAULT_${name}`]),
    all: texts(constants[`SUPPORTED_${name}`]),
  })
  const algorithms = {
    ciphers: choice('CIPHER'),
    kexAlgorithms: choice('KEX'),
    hostKeyAlgorithms: choice('SERVER_HOST_KEY'),
    macs: choice('MAC'),
  }
  return { NodeSSH, OpenSSHAgent: ssh2.OpenSSHAgent, parseKey: ssh2.utils.parseKey, algorithms }
}

const texts = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : [])
