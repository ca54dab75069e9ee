import type { Mapping, Value } from '../../source/value.ts'
import { Fault } from '../errors.ts'
import { truth } from '../python/truth.ts'

/** A term that must be text. */
export function textTerm(term: Value | undefined, lookup: string): string {
  if (typeof term === 'string') return term
  if (typeof term === 'number') return String(term)
  throw new Fault(`lookup '${lookup}' needs text, not ${JSON.stringify(term ?? null)}`)
}

export function textOption(options: Mapping, name: string): string | undefined {
  const value = options[name]
  return value === undefined || value === null ? undefined : textTerm(value, name)
}

export function flagOption(options: Mapping, name: string, fallback: boolean): boolean {
  const value = options[name]
  if (typeof value === 'string') return /^(?:y|yes|on|1|true|t)$/i.test(value)
  return value === undefined ? fallback : truth(value)
}

/** `path key=value key="a b"` as its first word and its settings. */
export function splitSettings(term: string): { words: readonly string[]; settings: ReadonlyMap<string, string> } {
  const words: string[] = []
  const settings = new Map<string, string>()
  for (const [, key, double, single, bare, word] of term.matchAll(/(\w+)=(?:"([^"]*)"|'([^']*)'|(\S*))|(\S+)/g)) {
    if (word !== undefined) words.push(word)
    else if (key !== undefined) settings.set(key, double ?? single ?? bare ?? '')
  }
  return { words, settings }
}
