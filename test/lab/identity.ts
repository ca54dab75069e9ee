import { randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { sudoUser } from './base.ts'
import type { Overlay } from './overlay.ts'

export interface Identity {
  readonly name: string
  readonly publicKey: string
  readonly proxyUrl: string
  readonly shell?: string
}

const SUDO_USER_ID = 1000

/** Writes into a host's disk what makes it a host of its own and lets the controller in. */
export async function installIdentity(overlay: Overlay, identity: Identity): Promise<void> {
  // Present, so that the boot is not a "first boot", which enables every unit anew and takes its time.
  await overlay.write('etc/machine-id', `${randomBytes(16).toString('hex')}\n`, 0o444)
  await overlay.write('root/.ssh/authorized_keys', `${identity.publicKey}\n`, 0o600)
  const home = `home/${sudoUser.name}`
  await overlay.write(`${home}/.ssh/authorized_keys`, `${identity.publicKey}\n`, 0o600, SUDO_USER_ID)
  await overlay.write('etc/apt/apt.conf.d/91lab-proxy', `Acquire::http::Proxy "${identity.proxyUrl}";\n`)
  if (identity.shell) await setRootShell(overlay, identity.shell)
}

/** The name, also as `127.0.1.1` in /etc/hosts: otherwise every look-up of the own name asks a DNS that is not there. */
export async function installName(
  overlay: Overlay,
  name: string,
  others: ReadonlyMap<string, readonly string[]>,
): Promise<void> {
  await overlay.write('etc/hostname', `${name}\n`)
  const lines = ['127.0.0.1 localhost', `127.0.1.1 ${name}`, '::1 localhost ip6-localhost ip6-loopback']
  for (const [other, addresses] of others) lines.push(...addresses.map((address) => `${address} ${other}`))
  await overlay.write('etc/hosts', `${lines.join('\n')}\n`)
}

async function setRootShell(overlay: Overlay, shell: string): Promise<void> {
  const path = shell.startsWith('/') ? shell : `/usr/bin/${shell}`
  if (!existsSync(join(overlay.root, path))) throw new Error(`no ${path} in this host`)
  const passwd = readFileSync(join(overlay.root, 'etc/passwd'), 'utf8')
  await overlay.write('etc/passwd', passwd.replace(/^(root:.*:)[^:\n]*$/m, `$1${path}`))
}
