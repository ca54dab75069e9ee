import { dirname, isAbsolute, join } from 'node:path'
import { UserError } from '../errors.ts'
import { attempt, throwAll } from '../source/collect.ts'
import { issuesToErrors } from '../source/issues.ts'
import { get, getEntry, toValue, type MappingNode, type Node } from '../source/node.ts'
import { plainText } from '../source/value.ts'
import { noFilters } from '../template/filters/own.ts'
import { importPlaybookKeywords } from './keywords.ts'
import { warnOfCollections } from './collections.ts'
import { filtersBeside } from './own-filters.ts'
import type { Play, Playbook } from './playbook.ts'
import { readPlay } from './read-play.ts'
import { readVars } from './read-task.ts'
import { readYaml, renderName, type LoadContext } from './reading.ts'
import { inside, type Surroundings } from './surroundings.ts'

export type { LoadContext, PlayDefaults } from './reading.ts'

/**
 * Reads a playbook with its imports and roles and checks everything that can be checked without a host: keywords,
 * modules, their arguments, template syntax, handler names. Throws every mistake at once (UserError or UserErrors).
 */
export async function loadPlaybook(file: string, context: LoadContext): Promise<Playbook> {
  const errors: UserError[] = []
  const around: Surroundings = {
    file,
    role: undefined,
    filters: noFilters,
    directives: { environment: [], moduleDefaults: new Map() },
    tags: [],
    when: [],
    notify: [],
    vars: new Map(),
    params: new Map(),
    handlers: false,
    includedFrom: [],
    reading: [file],
  }
  const plays = (await attempt(errors, () => readPlays(around, dirname(file), context, errors))) ?? []
  throwAll(errors)
  return { file, plays }
}

async function readPlays(
  outer: Surroundings,
  playbookDir: string,
  context: LoadContext,
  errors: UserError[],
): Promise<readonly Play[]> {
  const { file } = outer
  const node = await readYaml(file, context)
  if (!node) throw new UserError('the playbook is empty', { at: { file, line: 1, column: 1 } })
  if (node.kind !== 'sequence') {
    throw new UserError('a playbook is a list of plays', { at: node.at, hint: 'begin the play with `- hosts: …`' })
  }
  warnOfCollections(node, context.warn)
  // Where they are wrong, every use of one would only repeat it.
  const around = { ...outer, filters: await filtersBeside(dirname(file), outer.filters) }
  const plays: Play[] = []
  for (const item of node.items) {
    const read = await attempt(errors, () => {
      const imported = item.kind === 'mapping' ? importIn(item) : undefined
      return imported
        ? importPlaybook(imported, around, playbookDir, context, errors)
        : readPlay(item, around, dirname(file), context, errors)
    })
    plays.push(...(read ?? []))
  }
  return plays
}

function importIn(item: MappingNode): MappingNode | undefined {
  const key = ['import_playbook', 'ansible.builtin.import_playbook', 'ansible.legacy.import_playbook'].find((name) =>
    getEntry(item, name),
  )
  if (key === undefined) return undefined
  const entries = item.entries.map((entry) =>
    entry.key.value === key ? { ...entry, key: { ...entry.key, value: 'import_playbook' } } : entry,
  )
  return { ...item, entries }
}

/** The plays of another playbook, in its own folder; `vars`, `when` and `tags` are for all of them. */
async function importPlaybook(
  node: MappingNode,
  around: Surroundings,
  playbookDir: string,
  context: LoadContext,
  errors: UserError[],
): Promise<readonly Play[]> {
  const parsed = importPlaybookKeywords.safeParse(toValue(node))
  if (!parsed.success) throwAll(issuesToErrors(parsed.error.issues, node, 'import_playbook'))
  const written = get(node, 'import_playbook') as Node
  const reading = { context, playbookDir, playVars: readVars(node), errors, roles: [], handlers: [] }
  const name = renderName(plainText(toValue(written)), around, reading, written.at)
  const path = isAbsolute(name) ? name : join(dirname(around.file), name)
  if (around.reading.includes(path))
    throw new UserError('the playbooks import each other in a circle', { at: written.at })
  const inner = inside(node, around)
  // The importing playbook's variables win over those of the plays it imports.
  const vars = new Map([...readVars(node), ...around.vars])
  return readPlays({ ...inner, vars, file: path, reading: [...around.reading, path] }, playbookDir, context, errors)
}
