import { dirname, resolve } from 'node:path'
import { UserError } from '../errors.ts'
import type { Position } from '../source/position.ts'
import { expandHome } from './find-config.ts'

/** Where a setting's text comes from. */
export interface Origin {
  /** As its author would name it: `forks` or `ANSIBLE_FORKS`. */
  readonly name: string
  readonly at: Position | undefined
  readonly cwd: string
  readonly env: NodeJS.ProcessEnv
}

/** Turns a setting's text into its value. @throws UserError */
export type Reader<T> = (text: string, origin: Origin) => T

export const text: Reader<string> = (written) => unquoted(written)

export const flag: Reader<boolean> = (written, origin) => {
  const word = unquoted(written).trim().toLowerCase()
  if (['y', 'yes', 'on', '1', 'true', 't'].includes(word)) return true
  if (['n', 'no', 'off', '0', 'false', 'f', ''].includes(word)) return false
  throw wrong(origin, `expected yes or no, got '${written}'`)
}

export const whole =
  (least: number): Reader<number> =>
  (written, origin) => {
    const number = /^\s*\d+\s*$/.test(unquoted(written)) ? Number(unquoted(written)) : -1
    if (number >= least) return number
    throw wrong(origin, `expected a whole number of at least ${least}, got '${written}'`)
  }

export const words: Reader<readonly string[]> = (written) =>
  written
    .split(',')
    .map((word) => unquoted(word.trim()))
    .filter((word) => word !== '')

/** Relative to the folder of the file it stands in; in the environment to the working directory. */
export const path: Reader<string> = (written, { at, cwd, env }) =>
  resolve(at ? dirname(at.file) : cwd, expandHome(expandVariables(unquoted(written), cwd, env), env))

export const paths =
  (separator: string): Reader<readonly string[]> =>
  (written, origin) =>
    written
      .split(separator)
      .map((part) => part.trim())
      .filter((part) => part !== '')
      .map((part) => path(part, origin))

export const oneOf =
  <const Choice extends string>(...choices: readonly Choice[]): Reader<Choice> =>
  (written, origin) => {
    const word = unquoted(written).replace(/^ansible\.(?:builtin|legacy)\./, '')
    const choice = choices.find((known) => known === word)
    if (choice !== undefined) return choice
    throw wrong(origin, `expected ${choices.join(' or ')}, got '${written}'`)
  }

/** A setting that changes what playbooks mean, of which only the usual value is supported. */
export const only =
  (usual: Reader<unknown>, values: readonly unknown[], hint: string): Reader<unknown> =>
  (written, origin) => {
    const value = usual(written, origin)
    if (values.includes(value)) return value
    throw new UserError(`${origin.name}: '${written}' is not supported`, { at: origin.at, hint })
  }

function wrong(origin: Origin, reason: string): UserError {
  return new UserError(`${origin.name}: ${reason}`, { at: origin.at })
}

function unquoted(written: string): string {
  return /^(['"])(.*)\1$/s.exec(written)?.[2] ?? written
}

function expandVariables(written: string, cwd: string, env: NodeJS.ProcessEnv): string {
  return written
    .replaceAll('{{CWD}}', cwd)
    .replace(
      /\$(?:(\w+)|\{([^}]*)\})/g,
      (whole, plain?: string, braced?: string) => env[plain ?? braced ?? ''] ?? whole,
    )
}
