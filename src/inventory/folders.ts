import { readdirSync, statSync } from 'node:fs'
import type { Dirent } from 'node:fs'
import { unreadable } from '../variables/load.ts'

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
