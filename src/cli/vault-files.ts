import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { lstat, open, readFile, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { UserError } from '../errors.ts'
import { unreadable } from '../variables/load.ts'

/** Bytes that were read, and where what becomes of them goes. `-` is standard input and output. */
export interface VaultFile {
  readonly name: string
  readonly content: Buffer
}

export async function readVaultFile(name: string): Promise<VaultFile> {
  if (name === '-') return { name, content: await standardInput() }
  try {
    return { name, content: await readFile(name) }
  } catch (error) {
    throw unreadable(name, error)
  }
}

export async function standardInput(): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of process.stdin) chunks.push(Buffer.from(chunk as Uint8Array))
  return Buffer.concat(chunks)
}

/** `private`: nobody else may read it. `same`: owner and mode stay what they were. */
export type Mode = 'private' | 'same'

/**
 * Puts new content in place of a file, or of the one a link leads to, in one step: whoever reads it meanwhile sees the
 * old or the new one, and a full disk leaves the old. A new file is private from its first byte.
 */
export async function replaceFile(name: string, content: string | Buffer, mode: Mode): Promise<void> {
  if (name === '-') {
    process.stdout.write(content)
    return
  }
  try {
    await replaceOnDisk(name, content, mode)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    throw new UserError(`cannot write ${name}: ${String(error.code)}`)
  }
}

async function replaceOnDisk(name: string, content: string | Buffer, mode: Mode): Promise<void> {
  const exists = await lstat(name).then(
    () => true,
    () => false,
  )
  const target = exists ? await realpath(name) : name
  const before = exists ? await stat(target) : undefined
  const temporary = join(dirname(target), `.${basename(target)}.${randomBytes(6).toString('hex')}`)
  try {
    const file = await open(temporary, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600)
    try {
      await file.writeFile(content)
      if (before) {
        if (before.uid !== process.getuid?.() || before.gid !== process.getgid?.())
          await file.chown(before.uid, before.gid)
        if (mode === 'same') await file.chmod(before.mode & 0o7777)
      }
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, target)
  } catch (error) {
    await rm(temporary, { force: true })
    throw error
  }
}
