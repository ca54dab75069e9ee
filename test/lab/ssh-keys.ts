import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from './command.ts'
import type { Overlay } from './overlay.ts'

export interface KeyPair {
  readonly path: string
  readonly publicKey: string
}

export async function generateKey(path: string, type: 'ed25519' | 'ecdsa', comment: string): Promise<KeyPair> {
  await run('ssh-keygen', ['-q', '-N', '', '-t', type, '-C', comment, '-f', path])
  return { path, publicKey: (await readFile(`${path}.pub`, 'utf8')).trim() }
}

/** Gives the host an identity of its own; returns its public keys as known_hosts has them: `type base64`. */
export async function installHostKeys(overlay: Overlay, folder: string, name: string): Promise<string[]> {
  await mkdir(folder, { recursive: true })
  // No RSA key: making one takes longer than the boot.
  return Promise.all(
    (['ed25519', 'ecdsa'] as const).map(async (type) => {
      const pair = await generateKey(join(folder, `ssh_host_${type}_key`), type, `root@${name}`)
      await overlay.write(`etc/ssh/ssh_host_${type}_key`, await readFile(pair.path, 'utf8'), 0o600)
      await overlay.write(`etc/ssh/ssh_host_${type}_key.pub`, `${pair.publicKey}\n`)
      return pair.publicKey.split(' ').slice(0, 2).join(' ')
    }),
  )
}
