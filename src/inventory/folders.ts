import { readdirSync, statSync } from 'node:fs'
import type { Dirent } from 'node:fs'
import { unreadable } from '../variables/load.ts'

/** Which files of a folder of inventories are none; what is left out has Ansible's default. */
export interface IgnoredFiles {
  /** Ends of names, such as `.md`. */
  readonly extensions?: readonly string[] | undefined
  /** Regular expressions, found anywhere in the name. */
  readonly patterns?: readonly string[] | undefined
}

const EXTENSIONS = [
  '.pyc',
  '.pyo',
  '.swp',
  '.bak',
  '~',
  '.rpm',
  '.md',
  '.txt',
  '.rst',
  '.orig',
  '.ini',
  '.cfg',
  '.retry',
]
const ALWAYS = /^\.|^host_vars$|^group_vars$|^vars_plugins$/

/** Whether a file of a folder of inventories is to be read. */
export function isInventoryName({ extensions = EXTENSIONS, patterns = [] }: IgnoredFiles): (name: string) => boolean {
  const expressions = patterns.map((pattern) => new RegExp(pattern))
  return (name) =>
    !ALWAYS.test(name) &&
    !extensions.some((extension) => name.endsWith(extension)) &&
    !expressions.some((expression) => expression.test(name))
}

/** What is in a folder; nothing when there is none. */
export function listFolder(path: string): readonly Dirent[] {
  try {
    return readdirSync(path, { withFileTypes: true })
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) return []
    throw unreadable(path, error)
  }
}

/** Follows symbolic links; one that leads nowhere is an error of its own. */
export function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory()
  } catch (error) {
    throw unreadable(path, error)
  }
}

export function byCodePoint(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
