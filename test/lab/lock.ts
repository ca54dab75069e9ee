import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Holds an flock(2) on `path` while `body` runs. The lock belongs to a child that lives as long as our end of its pipe,
 * so a killed run frees it in the same instant and no stale lock can exist.
 */
export async function withLock<T>(path: string, body: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(path), { recursive: true })
  const holder = spawn('flock', [path, 'sh', '-c', 'echo held; exec cat'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const gone = new Promise<void>((resolve) => holder.on('close', () => resolve()))
  try {
    await new Promise<void>((resolve, reject) => {
      holder.stdout.once('data', () => resolve())
      holder.once('error', reject)
      holder.once('exit', (code) => reject(new Error(`flock ${path}: exit ${code ?? 'by signal'}`)))
    })
    return await body()
  } finally {
    holder.stdin.end()
    await gone
  }
}
