import { EVENT_ID } from 'js-yaml'
import { UserError } from '../errors.ts'
import { readEvents } from './events.ts'
import type { ParsedEvents } from './events.ts'
import type { Node } from './node.ts'
import { TreeBuilder } from './tree-builder.ts'
import { ignoreWarnings } from './warning.ts'
import type { Warn } from './warning.ts'

/**
 * Parses one YAML (or JSON) document as Ansible reads it: YAML 1.1 scalars, merge keys, the last of duplicate keys
 * (with a warning), the tags `!vault` and `!unsafe`. Like Ansible it tries JSON first, where 1e5 is a number.
 * @returns undefined for a file without content
 * @throws UserError at the exact place, with a hint for the usual mistakes; also for a second document
 */
export function parseYaml(text: string, file: string, warn: Warn = ignoreWarnings): Node | undefined {
  const parsed = readEvents(text.startsWith('\uFEFF') ? text.slice(1) : text, file)
  const builder = new TreeBuilder(parsed, { json: isJson(text), warn })
  let documents = 0
  for (const event of parsed.events) {
    switch (event.type) {
      case EVENT_ID.DOCUMENT:
        if (++documents > 1) throw secondDocument(parsed, builder.cursor)
        builder.openDocument(event.explicitStart)
        break
      case EVENT_ID.SEQUENCE:
        builder.openCollection(event, 'sequence')
        break
      case EVENT_ID.MAPPING:
        builder.openCollection(event, 'mapping')
        break
      case EVENT_ID.SCALAR:
        builder.addScalar(event)
        break
      case EVENT_ID.ALIAS:
        builder.addAlias(event)
        break
      case EVENT_ID.POP:
        builder.close()
        break
    }
  }
  const { root } = builder
  return root?.kind === 'scalar' && root.value === null && root.style === 'plain' ? undefined : root
}

function isJson(text: string): boolean {
  if (!/^\s*[{[]/.test(text)) return false
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}

function secondDocument({ source, positionOf }: ParsedEvents, from: number): UserError {
  const marker = /^---/gm
  marker.lastIndex = from
  return new UserError('a second YAML document begins here, but a file can hold only one', {
    at: positionOf(marker.exec(source)?.index ?? source.length),
    hint: 'remove the line ---, or move what follows it to a file of its own',
  })
}
