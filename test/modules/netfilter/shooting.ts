import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { Box } from './box.ts'
import type { Shot } from './shots.ts'

const shooter = fileURLToPath(new URL('shooter.ts', import.meta.url))

/** Fires on the network of a box; what came back, in order. */
export async function shootFrom(box: Box, shots: readonly Shot[]): Promise<readonly string[]> {
  const child = box.spawnBeside(['node', '--import', 'tsx', shooter, JSON.stringify(shots)])
  let out = ''
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()))
  await once(child, 'close')
  return JSON.parse(out) as string[]
}

/** Addresses at once: nobody else is there who could have them. */
export const noDad = 'for f in /proc/sys/net/ipv6/conf/*/accept_dad; do echo 0 >$f; done'
