import { spawn } from 'node:child_process'
import { mkdtemp, open, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { constants as systemConstants, tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { UserError } from '../errors.ts'
import { splitWords } from '../inventory/shell-words.ts'

/**
 * Lets a person edit a text with `$VISUAL` or `$EDITOR` (vi): in a folder that nobody else can enter, overwritten and
 * removed afterwards, also what the editor left there itself.
 * @returns the text as it is afterwards
 * @throws UserError when the editor cannot be started or says that it failed: nothing is to be saved then
 */
export async function editPrivately(name: string, content: Buffer, env: NodeJS.ProcessEnv): Promise<Buffer> {
  const [program = 'vi', ...args] = editorWords(env)
  const folder = await mkdtemp(join(await privatePlace(env), 'sallyport-edit-'))
  const file = join(folder, basename(name))
  const stopIgnoring = ignoreInterrupts(() => wipe(folder))
  try {
    await writeFile(file, content, { mode: 0o600, flag: 'wx' })
    await runEditor(program, [...args, file])
    return await readFile(file)
  } finally {
    stopIgnoring()
    await wipe(folder)
  }
}

function editorWords(env: NodeJS.ProcessEnv): readonly string[] {
  const written = env['VISUAL'] || env['EDITOR'] || 'vi'
  const words = splitWords(written)
  if (typeof words === 'string') throw new UserError(`EDITOR is ${written}: ${words}`)
  return words.map(({ text }) => text)
}

/** Memory rather than disk where the person has such a place. */
async function privatePlace(env: NodeJS.ProcessEnv): Promise<string> {
  const place = env['XDG_RUNTIME_DIR']
  const own = place ? await stat(place).catch(() => undefined) : undefined
  return place && own?.isDirectory() && own.uid === process.getuid?.() && (own.mode & 0o077) === 0 ? place : tmpdir()
}

function runEditor(program: string, args: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const editor = spawn(program, args, { stdio: 'inherit' })
    editor.on('error', (error) => {
      reject(
        new UserError(`cannot start the editor ${program}: ${'code' in error ? String(error.code) : error.message}`, {
          hint: 'EDITOR names the program that edits files',
        }),
      )
    })
    editor.on('exit', (code, signal) => {
      if (code === 0) resolve()
      else
        reject(new UserError(`the editor ended with ${signal ?? `exit code ${code ?? 'none'}`}: nothing was changed`))
    })
  })
}

/** Ctrl-C belongs to the editor; told to end, the plain text goes first. */
function ignoreInterrupts(cleanUp: () => Promise<void>): () => void {
  const stay = () => undefined
  const leave = (signal: NodeJS.Signals) => {
    void cleanUp().finally(() => process.exit(128 + systemConstants.signals[signal]))
  }
  process.on('SIGINT', stay)
  for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, leave)
  return () => {
    process.off('SIGINT', stay)
    for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.off(signal, leave)
  }
}

/** Overwrites and removes. (A journal or a flash disk may keep an older copy: no program can help that.) */
async function wipe(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name)
    const { size } = await stat(path)
    const file = await open(path, 'r+').catch(() => undefined)
    if (!file) continue
    await file.writeFile(Buffer.alloc(size))
    await file.sync()
    await file.close()
  }
  await rm(folder, { recursive: true, force: true })
}
