import { lstatSync, statSync } from 'node:fs'
import { posix, resolve } from 'node:path'
import { failUndefined, Fault } from '../errors.ts'
import { withFiles } from '../files.ts'
import { splitUrl } from '../filters/url.ts'
import { iterate } from '../python/iterate.ts'
import { str } from '../python/repr.ts'
import { itemsOf, type PyValue, typeName, Undefined } from '../values.ts'
import { test, type TestEntry } from './test.ts'

function path(value: PyValue): string {
  if (typeof value === 'string') return value
  if (value instanceof Undefined) return failUndefined(value)
  throw new Fault(`expected str, bytes or os.PathLike object, not ${typeName(value)}`)
}

const quiet = { throwIfNoEntry: false } as const

function isUri(value: PyValue, schemes: PyValue | undefined): boolean {
  const scheme = splitUrl(str(value)).get('scheme') ?? null
  return (
    schemes === undefined ||
    schemes === null ||
    iterate(schemes).length === 0 ||
    (itemsOf(schemes) ?? []).includes(scheme)
  )
}

/** A mount point is on another device than its parent, or is the root. */
function isMount(path: string): boolean {
  const own = lstatSync(path, quiet)
  if (own === undefined || own.isSymbolicLink()) return false
  const parent = statSync(posix.join(path, '..'), quiet)
  return parent !== undefined && (own.dev !== parent.dev || own.ino === parent.ino)
}

/** Tests of what is there on the controller. */
export const diskTests: readonly TestEntry[] = [
  test('file is_file', [], (value) => statSync(path(value), quiet)?.isFile() ?? false),
  test('directory is_dir', [], (value) => statSync(path(value), quiet)?.isDirectory() ?? false),
  test('link is_link', [], (value) => lstatSync(path(value), quiet)?.isSymbolicLink() ?? false),
  test('exists', [], (value) => statSync(path(value), quiet) !== undefined),
  test('link_exists', [], (value) => lstatSync(path(value), quiet) !== undefined),
  test('same_file is_same_file', ['other'], (value, [other]) => {
    const [a, b] = withFiles(() => [statSync(resolve(str(value))), statSync(resolve(str(other)))] as const)
    return a.dev === b.dev && a.ino === b.ino
  }),
  test('mount is_mount', [], (value) => isMount(path(value))),
].flat()

/** Tests of the words of paths and addresses. */
export const pathTests: readonly TestEntry[] = [
  test('abs is_abs', [], (value) => path(value).startsWith('/')),
  test('uri', ['schemes?'], (value, [schemes]) => isUri(value, schemes)),
  test('url', ['schemes?'], (value, [schemes]) => {
    const parts = splitUrl(str(value))
    return isUri(value, schemes) && (parts.get('netloc') !== '' || parts.get('scheme') === 'file')
  }),
  test('urn', [], (value) => isUri(value, ['urn'])),
].flat()
