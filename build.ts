import { build } from 'esbuild'
import { chmodSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import manifest from './package.json' with { type: 'json' }

const root = fileURLToPath(new URL('.', import.meta.url))
export const program = `${root}dist/main.js`

/** Stays as it is installed; of zod, most files are the languages of its messages. */
const external = Object.keys(manifest.dependencies).filter((name) => name !== 'zod')

/**
 * Joins the sources into few files: Node takes half a millisecond to find, read and link each, and a run would need 570.
 * What a command loads when it is called stays in files of its own; what the program and the API share is there once.
 */
export async function bundle(): Promise<void> {
  rmSync(`${root}dist/chunks`, { recursive: true, force: true })
  await build({
    absWorkingDir: root,
    entryPoints: ['src/main.ts', 'src/api.ts'],
    outdir: 'dist',
    chunkNames: 'chunks/[name]-[hash]',
    bundle: true,
    splitting: true,
    external,
    platform: 'node',
    format: 'esm',
    target: 'node20.18',
    sourcemap: true,
    logLevel: 'warning',
  })
  chmodSync(program, 0o755)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await bundle()
