import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { UserError } from '../errors.ts'
import type { Controller } from '../modules/define.ts'
import type { Task } from '../playbook/playbook.ts'
import { locate, nodeAt } from '../source/locate.ts'
import type { Position } from '../source/position.ts'
import { fileVariables } from '../template/file-variables.ts'
import { renderText } from '../template/render.ts'
import { NotYetKnown } from '../variables/not-yet-known.ts'
import type { TaskScope } from '../variables/scope.ts'
import { decryptVault, isVault, type VaultSecret } from '../variables/vault.ts'
import type { Downloader } from '../download/downloader.ts'
import type { PrepareContext } from './prepare.ts'

/** What all hosts of a run share on the controller: files read and downloads made once. */
export interface ControllerCache {
  readonly files: Map<string, Promise<Buffer>>
  /** While a run is only being checked nothing is downloaded: see `noDownloads`. */
  download: Downloader
  readonly vaultSecrets: readonly VaultSecret[]
}

/** What needs a download is not known before the run begins. */
export const noDownloads: Downloader = ({ url }) => Promise.reject(new NotYetKnown(url))

/** The controller's side of one task on one host. */
export function createController(
  task: Task,
  scope: TaskScope,
  { cache, beforeSource }: Pick<PrepareContext, 'cache' | 'beforeSource'>,
  check: boolean,
): Controller {
  const places = scope.context.searchPaths ?? []
  const at = (argument?: string) => (argument === undefined ? task.at : locate(task.argsNode, [argument]))
  return {
    check,
    at,
    find(kind, path) {
      const candidates = isAbsolute(path)
        ? [path]
        : places.flatMap((place) => [join(place, kind, path), join(place, path)])
      const found = candidates.find((candidate) => existsSync(candidate))
      beforeSource(found !== undefined)
      if (found !== undefined) return found
      throw new UserError(`there is no file '${path}'`, {
        at: nodeAt(task.argsNode, ['src']).at,
        hint: `looked for ${candidates.join(', ')}`,
      })
    },
    read: (path, { decrypt = true } = {}) => readOnce(path, decrypt, at('src'), cache),
    render(text, file, { written = file, dest, ...options } = {}) {
      const variables = fileVariables({ written, path: file, dest })
      return renderText(
        text,
        { ...scope.context, searchPaths: [dirname(file), ...places] },
        { file, variables, ...options },
      )
    },
    // A file of this machine is there before the run begins, and so are the mistakes about it.
    async download({ url, ...request }) {
      if (!/^file:/i.test(url)) return cache.download({ url, ...request })
      const path = pathOf(url, at('url'))
      beforeSource(existsSync(path))
      return readOnce(path, false, at('url'), cache)
    },
  }
}

function pathOf(url: string, at: Position | undefined): string {
  try {
    return fileURLToPath(url)
  } catch {
    throw new UserError(`'${url}' names no file of this machine`, { at, hint: 'write file:///the/absolute/path' })
  }
}

function readOnce(
  path: string,
  decrypt: boolean,
  at: Position | undefined,
  { files, vaultSecrets }: ControllerCache,
): Promise<Buffer> {
  const key = `${decrypt ? 'decrypted' : 'raw'}:${path}`
  const known = files.get(key)
  if (known) return known
  const reading = readSourceFile(path, decrypt, vaultSecrets, at)
  files.set(key, reading)
  return reading
}

async function readSourceFile(
  path: string,
  decrypt: boolean,
  secrets: readonly VaultSecret[],
  at: Position | undefined,
): Promise<Buffer> {
  const content = await readFile(path).catch((error: unknown) => {
    throw new UserError(`cannot read ${path}: ${error instanceof Error ? error.message : String(error)}`, { at })
  })
  if (!decrypt || !isVault(content.subarray(0, 64).toString('latin1'))) return content
  return decryptVault(content.toString('utf8'), secrets, { file: path, line: 1, column: 1 })
}
