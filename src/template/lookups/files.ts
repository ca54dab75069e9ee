import { statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { isMapping, type Mapping, type Value } from '../../source/value.ts'
import type { Engine } from '../engine.ts'
import { Fault } from '../errors.ts'
import { fileVariables } from '../file-variables.ts'
import { expandUser, findFile, readText, withFiles } from '../files.ts'
import { globSync } from '../filters/glob.ts'
import { readLiteral } from '../output.ts'
import type { Lookup } from './lookup.ts'
import { flagOption, textTerm } from './terms.ts'

function searchPaths(engine: Engine): readonly string[] {
  return engine.context.searchPaths ?? []
}

function locate(engine: Engine, name: string, kind: 'files' | 'templates', complaint: string): string {
  const found = findFile(searchPaths(engine), name, kind)
  if (found === undefined)
    throw new Fault(`${complaint}: ${name}`, `looked in ${searchPaths(engine).join(', ') || 'no folder at all'}`)
  return found
}

/** The contents of files, without white space at the end unless asked for it. */
const file: Lookup = (terms, options, engine) =>
  terms.map((term) => {
    const path = locate(engine, textTerm(term, 'file'), 'files', 'could not locate file in lookup')
    const contents = readText(path)
    const left = flagOption(options, 'lstrip', false) ? contents.trimStart() : contents
    return flagOption(options, 'rstrip', true) ? left.trimEnd() : left
  })

/** Rendered template files; text that reads as a list or dict becomes one unless `convert_data=false`. */
const template: Lookup = (terms, options, engine) =>
  terms.map((term) => {
    const name = textTerm(term, 'template')
    const path = locate(engine, name, 'templates', 'the template file could not be found for the lookup')
    const extra = options['template_vars'] ?? null
    const variables = isMapping(extra) ? extra : {}
    const own = [...fileVariables({ written: name, path })].filter(([key]) => !Object.hasOwn(variables, key))
    const text = engine.renderFile(readText(path), path, variables, new Map(own))
    return flagOption(options, 'convert_data', true) ? readLiteral(text) : text
  })

const fileglob: Lookup = (terms, _options, engine) =>
  terms.flatMap((term) => {
    const pattern = expandUser(textTerm(term, 'fileglob'))
    const folders = pattern.startsWith('/')
      ? [dirname(pattern)]
      : searchPaths(engine).flatMap((folder) => [
          join(folder, 'files', dirname(pattern)),
          join(folder, dirname(pattern)),
        ])
    // The first folder that has any match is the one.
    for (const folder of folders) {
      const found = withFiles(() => globSync(join(folder, basename(pattern))).filter((path) => statSync(path).isFile()))
      if (found.length > 0) return found
    }
    return []
  })

interface Search {
  readonly names: readonly string[]
  readonly skip: boolean
}

function listOption(value: Value | undefined, separators: RegExp): readonly string[] {
  const items =
    value === undefined || value === null ? [] : Array.isArray(value) ? (value as readonly Value[]) : [value]
  return items.flatMap((item) => textTerm(item, 'first_found').split(separators)).filter((item) => item !== '')
}

/** What `first_found` is to try: names, lists of names, or mappings with `files`, `paths` and `skip`. */
function searchOf(terms: readonly Value[], options: Mapping): Search {
  let skip = flagOption(options, 'skip', false)
  const names = terms.flatMap((term): readonly string[] => {
    if (Array.isArray(term)) {
      const inner = searchOf(term as readonly Value[], options)
      skip = inner.skip
      return inner.names
    }
    const settings = isMapping(term) ? term : options
    skip = flagOption(settings, 'skip', false)
    const files = listOption(settings['files'], /[,;]/)
    const paths = listOption(settings['paths'], /[,:;]/)
    if (paths.length > 0) return paths.flatMap((path) => files.map((name) => join(path, name)))
    return files.length > 0 ? files : isMapping(term) ? [] : [textTerm(term, 'first_found')]
  })
  return { names, skip }
}

const firstFound: Lookup = (terms, options, engine) => {
  const { names, skip } = searchOf(terms, options)
  for (const name of names) {
    const path = findFile(searchPaths(engine), name, engine.context.firstFoundIn ?? 'files')
    if (path !== undefined) return [path]
  }
  if (skip) return []
  throw new Fault('No file was found when using first_found.', `tried ${names.join(', ')}`)
}

/** Lookups of files on the controller. */
export const fileLookups: readonly (readonly [string, Lookup])[] = [
  ['file', file],
  ['template', template],
  ['fileglob', fileglob],
  ['first_found', firstFound],
]
