import { readFileSync } from 'node:fs'
import { UserError, UserErrors } from '../errors.ts'
import { shortPath } from '../source/short-path.ts'
import { formatDiagnostic } from '../source/diagnostic.ts'
import type { Warn } from '../source/warning.ts'
import { Interrupted } from './prompt.ts'

/** Shows what went wrong on stderr; 1 for what a person can put right, 70 (EX_SOFTWARE) for a bug, 130 for Ctrl-C. */
export function reportError(error: unknown): number {
  if (error instanceof UserErrors) {
    const errors = sorted(error.errors)
    for (const one of errors) show(one)
    process.stderr.write(`${errors.length} error${errors.length === 1 ? '' : 's'}; nothing was touched\n`)
    return 1
  }
  if (error instanceof UserError) {
    show(error)
    return 1
  }
  if (error instanceof Interrupted) return 130
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  process.stderr.write(
    `This is a bug in Sallyport. Please report it with the lines below and what you ran:\n\n${stack}\n`,
  )
  return 70
}

/** In the order of the files, so that a run of mistakes can be worked off from top to bottom; each is told once. */
export function sorted(errors: readonly UserError[]): readonly UserError[] {
  const once = new Map(errors.map((error) => [JSON.stringify([error.message, error.at]), error]))
  return [...once.values()].sort((a, b) => {
    const [one, other] = [a.at, b.at]
    if (!one || !other) return Number(Boolean(one)) - Number(Boolean(other))
    return one.file === other.file ? one.line - other.line || one.column - other.column : one.file < other.file ? -1 : 1
  })
}

function show(error: UserError): void {
  process.stderr.write(
    `${formatDiagnostic(nearby(error), error.secret ? () => undefined : readSource, { color: wantsColor() }).trimEnd()}\n`,
  )
}

/** With the path as one would type it here. */
function nearby(error: UserError): UserError {
  const { at, hint, message } = error
  return at ? new UserError(message, { at: { ...at, file: shortPath(at.file) }, hint }) : error
}

/** Warnings about sources go where errors go. */
export const warnOnStderr: Warn = (warning) => {
  const place = warning.at ? `${shortPath(warning.at.file)}:${warning.at.line}:${warning.at.column}: ` : ''
  process.stderr.write(`${place}warning: ${warning.message}${warning.hint === undefined ? '' : ` (${warning.hint})`}\n`)
}

function readSource(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return undefined
  }
}

function wantsColor(): boolean {
  return process.stderr.isTTY && !process.env['NO_COLOR']
}
