import { readFileSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { isAbsolute, join, resolve } from 'node:path'
import { Fault } from './errors.ts'

/** Runs something with the controller's files; what the system refuses is a mistake to report, not a bug. */
export function withFiles<T>(run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (error instanceof Error && 'syscall' in error) throw new Fault(`on the controller: ${error.message}`)
    throw error
  }
}

/** The text of a file on the controller. */
export function readText(path: string): string {
  return withFiles(() => readFileSync(path, 'utf8'))
}

/** The folders of a role or playbook that files are kept in. */
export type FileKind = 'files' | 'templates' | 'vars'

/** The first existing file of that name: in each search path, its folder `kind` first, then itself. */
export function findFile(searchPaths: readonly string[], name: string, kind: FileKind): string | undefined {
  return candidates(searchPaths, name, kind).find(exists)
}

/** Everywhere a file of that name may be, nearest first. */
export function candidates(searchPaths: readonly string[], name: string, kind: FileKind): string[] {
  const expanded = expandUser(name)
  if (isAbsolute(expanded)) return [expanded]
  return searchPaths
    .flatMap((folder) => [join(folder, kind, expanded), join(folder, expanded)])
    .map((path) => resolve(path))
}

export function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined
}

/** A leading `~` as the home folder. */
export function expandUser(path: string): string {
  return path === '~' || path.startsWith('~/') ? homedir() + path.slice(1) : path
}
