import { existsSync, readdirSync } from 'node:fs'
import { extname, join } from 'node:path'
import { UserError } from '../errors.ts'
import { importOwn, ownEndings } from '../modules/own-file.ts'
import { isMapping } from '../source/value.ts'
import type { FilterEntry } from '../template/filters/filter.ts'
import { type OwnFilter, ownFilter, type OwnFilters } from '../template/filters/own.ts'

/** Filters of one's own: files in `filter_plugins/` beside the playbook or in a role. */

/** What such a file exports: `export default defineFilters({ shout: (value) => `${value}!` })`. */
export function defineFilters<const Filters extends Readonly<Record<string, OwnFilter>>>(filters: Filters): Filters {
  return filters
}

/** The filters of a folder's `filter_plugins/`, over those that hold around it. Throws UserError for what is none. */
export async function filtersBeside(folder: string, around: OwnFilters): Promise<OwnFilters> {
  const plugins = join(folder, 'filter_plugins')
  if (!existsSync(plugins)) return around
  const files = readdirSync(plugins).sort()
  const python = files.find((file) => file.endsWith('.py') && file !== '__init__.py')
  if (python !== undefined) {
    throw new UserError('filters written in Python are not supported: no Python runs here', {
      at: { file: join(plugins, python), line: 1, column: 1 },
      hint: `write them in JavaScript, in ${python.replace(/\.py$/, '.mjs')}: export default defineFilters({ … })`,
    })
  }
  const own = files.filter((file) => ownEndings.includes(extname(file)) && !file.endsWith('.d.ts'))
  const loaded = await Promise.all(own.map((file) => filtersIn(join(plugins, file))))
  return new Map([...around, ...loaded.flat()])
}

async function filtersIn(path: string): Promise<readonly FilterEntry[]> {
  const exported = await importOwn(path, 'file of filters')
  const refuse = (what: string): never => {
    throw new UserError(`these are no filters: ${what}`, {
      at: { file: path, line: 1, column: 1 },
      hint: 'end the file with `export default defineFilters({ name: (value) => … })`',
    })
  }
  if (!isMapping(exported)) return refuse('the default export is no mapping of names to functions')
  return Object.entries(exported as Readonly<Record<string, unknown>>).map(([name, run]) => {
    if (!/^[A-Za-z_]\w*$/.test(name)) return refuse(`'${name}' is no name for a filter`)
    if (typeof run !== 'function') return refuse(`${name} is no function`)
    return [name, ownFilter(name, run as OwnFilter)] as const
  })
}
