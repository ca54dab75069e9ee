import { spawnSync } from 'node:child_process'
import { createRequire } from 'node:module'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Sallyport as it is shipped: compiled, it starts in a third of the time that the sources take. */
export const program = join(root, 'dist', 'main.js')

/** Compiles the sources anew if any of them is newer: tests never run what is no longer there. */
export function mochaGlobalSetup(): void {
  const src = join(root, 'src')
  const changed = readdirSync(src, { recursive: true, encoding: 'utf8' }).map((path) => modified(join(src, path)))
  if (Math.max(...changed) <= modified(program)) return
  const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
  const args = [tsc, '-p', join(root, 'tsconfig.build.json'), '--noCheck', '--declaration', 'false']
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' })
  if (status !== 0) throw new Error('the sources do not compile')
}

function modified(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}
