import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { bundle, program } from '../../build.ts'

/** Sallyport as it is shipped: it starts in a fifth of the time that the sources take. */
export { program }

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Joins the sources anew if any of them is newer: tests never run what is no longer there. */
export async function mochaGlobalSetup(): Promise<void> {
  const src = join(root, 'src')
  const changed = readdirSync(src, { recursive: true, encoding: 'utf8' }).map((path) => modified(join(src, path)))
  if (Math.max(...changed, modified(join(root, 'build.ts'))) > modified(program)) await bundle()
}

function modified(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
}
