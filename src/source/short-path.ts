import { isAbsolute, relative } from 'node:path'

/** A path as one would type it here: relative to the working directory where that is shorter. */
export function shortPath(file: string): string {
  const path = relative('', file)
  return isAbsolute(file) && !path.startsWith('..') ? path : file
}
