import type { ScalarNode } from './node.ts'
import { isSexagesimal } from './scalars.ts'
import type { Warn } from './warning.ts'

/** Warns of a plain key that is no text: `no:` for Norway. Numbers are fine, ports and codes are often keys. */
export function warnAboutKey(text: string, key: ScalarNode, warn: Warn): void {
  if (typeof key.value !== 'boolean' || text.toLowerCase() === String(key.value)) return
  warn({
    message: `the key ${text} is read as ${String(key.value)}`,
    at: key.at,
    hint: `write '${text}' in quotes if the text is meant`,
  })
}

/** Warns of a plain number that comes out other than written: `22:22` is base 60, `1.0` (a version?) becomes 1. */
export function warnAboutNumber(text: string, node: ScalarNode, warn: Warn): void {
  if (typeof node.value !== 'number') return
  const how = isSexagesimal(text) ? 'is read in base 60, as' : /^[-+]?\d+\.0*$/.test(text) ? 'is read as' : undefined
  if (how) warn({ message: `${text} ${how} ${node.value}`, at: node.at, hint: `write "${text}" if the text is meant` })
}
