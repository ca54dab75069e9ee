import { execFileSync } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Engine } from '../engine.ts'
import { Fault, UndefinedVariable } from '../errors.ts'
import { exists, expandUser, readText, withFiles } from '../files.ts'
import { search } from '../regex/operations.ts'
import type { Lookup } from './lookup.ts'
import { splitSettings, textOption, textTerm } from './terms.ts'

const env: Lookup = (terms, options) =>
  terms.map((term) => {
    const name = textTerm(term, 'env')
    const value = process.env[name] ?? options['default']
    return value === undefined ? '' : value
  })

/** Variables by name. */
const vars: Lookup = (terms, options, engine) =>
  terms.map((term) => {
    const name = textTerm(term, 'vars')
    const value = engine.context.scope.get(name)
    if (value !== undefined) return value
    const fallback = options['default']
    if (fallback === undefined) throw new UndefinedVariable(`No variable found with this name: ${name}`)
    return fallback
  })

const varnames: Lookup = (terms, _options, engine) => {
  const names = [...engine.context.scope.names()]
  return terms.flatMap((term) => {
    const pattern = textTerm(term, 'varnames')
    return names.filter((name) => search(pattern, name, {}) !== undefined)
  })
}

/** What a command on the controller prints. */
function output(command: string, engine: Engine): string {
  try {
    const cwd = engine.context.searchPaths?.[0]
    return execFileSync('/bin/sh', ['-c', command], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
      maxBuffer: 256 * 1024 * 1024,
      ...(cwd === undefined ? {} : { cwd }),
    })
  } catch (error) {
    const status = error instanceof Error && 'status' in error ? String(error.status) : 'unknown'
    throw new Fault(`lookup command '${command}' failed on the controller (status ${status})`)
  }
}

const pipe: Lookup = (terms, _options, engine) => terms.map((term) => output(textTerm(term, 'pipe'), engine).trimEnd())

const lines: Lookup = (terms, _options, engine) =>
  terms.flatMap((term) => {
    const text = output(textTerm(term, 'lines'), engine).replace(/\n$/, '')
    return text === '' ? [] : text.split('\n')
  })

const characterSets = new Map([
  ['ascii_letters', 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ'],
  ['ascii_lowercase', 'abcdefghijklmnopqrstuvwxyz'],
  ['ascii_uppercase', 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'],
  ['digits', '0123456789'],
  ['hexdigits', '0123456789abcdefABCDEF'],
  ['punctuation', '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'],
])

/** A password kept in a file: made at random where the file does not exist yet. */
const password: Lookup = (terms, options, engine) =>
  terms.map((term) => {
    const { words, settings } = splitSettings(textTerm(term, 'password'))
    const setting = (name: string): string | undefined => settings.get(name) ?? textOption(options, name)
    if (setting('encrypt') !== undefined || setting('seed') !== undefined)
      throw new Fault("the options 'encrypt' and 'seed' of the password lookup are not supported")
    const path = resolve(engine.context.searchPaths?.[0] ?? '.', expandUser(words.join(' ')))
    const stored = path === '/dev/null' ? undefined : readIfThere(path)
    if (stored !== undefined) return stored.trimEnd().replace(/ salt=.*$/, '')
    const made = randomPassword(Number(setting('length') ?? 20), setting('chars') ?? 'ascii_letters,digits,.,,,:,-,_')
    if (path !== '/dev/null')
      withFiles(() => {
        mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
        writeFileSync(path, `${made}\n`, { mode: 0o600 })
      })
    return made
  })

function randomPassword(length: number, sets: string): string {
  // Two commas in a row stand for the comma itself.
  const names = sets
    .replaceAll(',,', ',')
    .split(',')
    .filter((name) => name !== '')
  const all = names.map((name) => characterSets.get(name) ?? name).join('') + (sets.includes(',,') ? ',' : '')
  return Array.from({ length }, () => all[randomInt(all.length)] ?? '').join('')
}

function readIfThere(path: string): string | undefined {
  return exists(path) ? readText(path) : undefined
}

/** Lookups of what the controller knows or can run. */
export const controllerLookups: readonly (readonly [string, Lookup])[] = [
  ['env', env],
  ['vars', vars],
  ['varnames', varnames],
  ['pipe', pipe],
  ['lines', lines],
  ['password', password],
]
