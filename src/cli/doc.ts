import { dirname, join, resolve } from 'node:path'
import { UserError } from '../errors.ts'
import type { Module } from '../modules/define.ts'
import { listOwn, ownName } from '../modules/own.ts'
import { loadModule, moduleName, moduleNames } from '../modules/registry.ts'
import { didYouMean } from '../source/suggest.ts'
import { modulePage, overview } from './module-page.ts'
import { command, parse } from './options.ts'

/** The modules, from the same definitions that check and run them. */
export async function run(args: readonly string[]): Promise<number> {
  const spec = command('doc', 'Lists the modules, or shows what one takes, returns and does in a check.')
    .argument('[module]')
    .option('--playbook <file>', 'also the modules in library/ beside this playbook')
  const parsed = parse<{ playbook?: string }>(spec, args)
  if (typeof parsed === 'number') return parsed
  const [written] = parsed.operands
  const { playbook } = parsed.options
  const libraries = playbook === undefined ? [] : [join(dirname(resolve(playbook)), 'library')]
  process.stdout.write(written === undefined ? await list(libraries) : modulePage(await find(written, libraries)))
  return 0
}

async function list(libraries: readonly string[]): Promise<string> {
  const own = listOwn(libraries)
  const shipped = moduleNames.filter((name) => !own.some((path) => ownName(path) === name))
  return overview(await Promise.all([...own, ...shipped].map(loadModule)))
}

async function find(written: string, libraries: readonly string[]): Promise<Module> {
  const name = moduleName(written, libraries)
  if (name !== undefined) return loadModule(name)
  const suggestion = didYouMean(written, [...moduleNames, ...listOwn(libraries).map(ownName)])
  throw new UserError(`there is no module '${written}'`, {
    hint: suggestion === undefined ? '`sallyport doc` lists them' : `did you mean '${suggestion}'?`,
  })
}
