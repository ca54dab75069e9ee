import { globSync } from './glob.ts'
import { realpathSync, statSync } from 'node:fs'
import { homedir, userInfo } from 'node:os'
import { dirname, posix, resolve } from 'node:path'
import { failUndefined, Fault } from '../errors.ts'
import { withFiles } from '../files.ts'
import { str } from '../python/repr.ts'
import { itemsOf, PyTuple, type PyValue, typeName, Undefined } from '../values.ts'
import { filter, type FilterEntry } from './filter.ts'

function path(value: PyValue): string {
  if (typeof value === 'string') return value
  if (value instanceof Undefined) return failUndefined(value)
  throw new Fault(`expected str, bytes or os.PathLike object, not ${typeName(value)}`)
}

/** Python's `dirname`: everything before the last slash, which stays only as the root. */
function dirName(name: string): string {
  const head = name.slice(0, name.lastIndexOf('/') + 1)
  return /^\/*$/.test(head) ? head : head.replace(/\/+$/, '')
}

/** Python's `splitext`: leading dots of the last part belong to its name. */
function splitExtension(name: string): PyTuple {
  const slash = name.lastIndexOf('/')
  const dot = name.lastIndexOf('.')
  const leading = /^\.*/.exec(name.slice(slash + 1))?.[0].length ?? 0
  return dot <= slash + leading ? new PyTuple([name, '']) : new PyTuple([name.slice(0, dot), name.slice(dot)])
}

/** Python's `join`: an absolute part starts anew. */
export function joinPaths(parts: readonly string[]): string {
  return parts.reduce((joined, part) => {
    if (part.startsWith('/')) return part
    return joined === '' || joined.endsWith('/') ? joined + part : `${joined}/${part}`
  })
}

/** `~` and `~user`, as far as the user is the one who runs this. */
function expandUser(name: string): string {
  const [, user = '', rest = ''] = /^~([^/]*)([^]*)$/.exec(name) ?? []
  if (!name.startsWith('~')) return name
  return user === '' || user === userInfo().username ? homedir() + rest : name
}

function expandVariables(name: string): string {
  return name.replace(
    /\$(?:(\w+)|\{([^}]*)\})/g,
    (whole: string, bare: string | undefined, braced: string | undefined) => process.env[bare ?? braced ?? ''] ?? whole,
  )
}

/** Links resolved as far as the path exists. */
function realPath(name: string): string {
  const full = resolve(name)
  try {
    return realpathSync(full)
  } catch {
    const parent = dirname(full)
    return parent === full ? full : posix.join(realPath(parent), posix.basename(full))
  }
}

function windowsSplit(name: string): { drive: string; head: string; tail: string } {
  const drive = /^(?:[a-zA-Z]:|[\\/]{2}[^\\/]+[\\/]+[^\\/]+)/.exec(name)?.[0] ?? ''
  const rest = name.slice(drive.length)
  const cut = Math.max(rest.lastIndexOf('\\'), rest.lastIndexOf('/')) + 1
  const head = rest.slice(0, cut)
  return { drive, head: drive + (/^[\\/]*$/.test(head) ? head : head.replace(/[\\/]+$/, '')), tail: rest.slice(cut) }
}

/** Filters over paths; those that look at files look at the controller's. */
export const pathFilters: readonly FilterEntry[] = [
  filter('basename', [], (value) => path(value).slice(path(value).lastIndexOf('/') + 1)),
  filter('dirname', [], (value) => dirName(path(value))),
  filter('splitext', [], (value) => splitExtension(path(value))),
  filter('path_join', [], (value) => {
    if (typeof value === 'string') return value
    const parts = itemsOf(value)
    if (parts === undefined) throw new Fault(`|path_join expects string or sequence, got ${typeName(value)} instead.`)
    if (parts.length === 0) throw new Fault('path_join needs at least one part')
    return joinPaths(parts.map(path))
  }),
  filter('expanduser', [], (value) => expandUser(path(value))),
  filter('expandvars', [], (value) => expandVariables(path(value))),
  filter('realpath', [], (value) => realPath(path(value))),
  filter('relpath', ['start?'], (value, [start]) => {
    const relative = posix.relative(resolve(start === undefined ? '.' : str(start)), resolve(path(value)))
    return relative === '' ? '.' : relative
  }),
  filter('fileglob', [], (value) => withFiles(() => globSync(path(value)).filter((name) => statSync(name).isFile()))),
  filter('win_basename', [], (value) => windowsSplit(path(value)).tail),
  filter('win_dirname', [], (value) => windowsSplit(path(value)).head),
  filter('win_splitdrive', [], (value) => {
    const { drive } = windowsSplit(path(value))
    return new PyTuple([drive, path(value).slice(drive.length)])
  }),
]
