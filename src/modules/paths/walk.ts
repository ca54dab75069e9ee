import { lstat, readdir, readlink, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../../errors.ts'
import { plainOctal } from './mode.ts'

/** What lies below a directory of the controller; paths relative to it, parents before children. */
export interface Walk {
  readonly directories: readonly string[]
  readonly files: readonly { readonly path: string; readonly mode: string }[]
  readonly links: readonly { readonly path: string; readonly target: string }[]
}

/** `followLinks`: what a link leads to is taken in its place. Throws UserError for what cannot be copied. */
export async function walk(root: string, followLinks: boolean): Promise<Walk> {
  const directories: string[] = []
  const files: { path: string; mode: string }[] = []
  const links: { path: string; target: string }[] = []
  const enter = async (relative: string, above: readonly string[]): Promise<void> => {
    const real = await realpath(join(root, relative))
    if (above.includes(real)) throw new UserError(`${join(root, relative)} is a link to a directory that contains it`)
    for (const name of (await readdir(join(root, relative))).sort()) {
      const path = relative === '' ? name : `${relative}/${name}`
      const full = join(root, path)
      const link = (await lstat(full)).isSymbolicLink()
      if (link && !followLinks) {
        links.push({ path, target: await readlink(full) })
        continue
      }
      const entry = await stat(full).catch(() => undefined)
      if (entry?.isDirectory()) {
        directories.push(path)
        await enter(path, [...above, real])
      } else if (entry?.isFile()) files.push({ path, mode: plainOctal(entry.mode & 0o7777) })
      else throw new UserError(`${full} is no file, directory or link to one, and cannot be copied`)
    }
  }
  await enter('', [])
  return { directories, files, links }
}
