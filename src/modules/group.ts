import { z } from 'zod'
import { lines, nothing, type Script, sh } from '../shell/script.ts'
import { accountName } from './accounts/names.ts'
import { entryFunctions, type GroupEntry, noTools, parseGroup, type Tools, toolsOf } from './accounts/probe.ts'
import { bool, int } from './args.ts'
import { defineModule, type Plan } from './define.ts'
import type { Effects } from './effects.ts'
import { only } from './paths/arguments.ts'
import { parseRecords } from './paths/record.ts'

const args = z
  .strictObject({
    name: accountName().describe('Name of the group.'),
    gid: int(0).optional().describe('Its number.'),
    state: z.enum(['present', 'absent']).default('present').describe('Whether it is to be there.'),
    system: bool().default(false).describe('A new group gets a number of the system range.'),
    non_unique: bool().default(false).describe('The number may be that of another group; needs gid.'),
    local: only(false, 'the tools for local accounts only (libuser) are not used'),
  })
  .refine(({ non_unique: shared, gid }) => !shared || gid !== undefined, { message: 'needs gid', path: ['non_unique'] })

type Wish = z.output<typeof args>

interface State {
  readonly tools: Tools
  readonly group: GroupEntry | undefined
  /** The name of the group that has the wished number. */
  readonly holder: string | undefined
  /** Check runs: an earlier task makes or changes the group. */
  readonly announced: boolean
}

const probe = ({ name, gid }: Wish): Script =>
  lines(
    entryFunctions,
    sh`echo 'record group'
tools
g=$(entry group ${name})
[ -z "$g" ] || printf 'group %s\\n' "$g"`,
    ...(gid === undefined
      ? []
      : [
          sh`g=$(entries group | while IFS=: read -r n _ i _; do [ "$i" != ${gid} ] || { printf '%s\\n' "$n"; break; }; done)
[ -z "$g" ] || printf 'holder %s\\n' "$g"`,
        ]),
  )

function parse(output: string): State {
  const fields = parseRecords(output).get('group')
  const line = fields?.get('group')
  const group = line === undefined ? undefined : parseGroup(line)
  return { tools: toolsOf(fields?.get('tools')), group, holder: fields?.get('holder'), announced: false }
}

function overlay(state: State, { groups = {} }: Effects, { name }: Wish): State {
  const effect = Object.hasOwn(groups, name) ? groups[name] : undefined
  if (effect === 'absent') return { ...state, group: undefined }
  return effect === 'present' ? { ...state, announced: true } : state
}

function plan(
  { name, gid, state: wished, non_unique: shared }: Wish,
  { tools, group, holder, announced }: State,
): Plan {
  if (announced) {
    const uncertain = [`an earlier task makes or changes the group ${name}`]
    return {
      changes: [],
      effects: { groups: { [name]: wished } },
      ...(wished === 'absent' || gid !== undefined ? { uncertain } : {}),
    }
  }
  if (wished === 'absent') {
    if (!group) return { changes: [] }
    if (tools === 'none') return { changes: [], refuse: noTools }
    return { changes: [{ what: `remove group ${name}` }], effects: { groups: { [name]: 'absent' } } }
  }
  const differs = group !== undefined && gid !== undefined && group.gid !== gid
  if (group && !differs) return { changes: [] }
  if (tools === 'none') return { changes: [], refuse: noTools }
  if (holder !== undefined && holder !== name && !shared)
    return { changes: [], refuse: `the group ${holder} has the number ${gid ?? ''}: non_unique: true shares it` }
  if (group && tools === 'busybox')
    return { changes: [], refuse: `this host has no groupmod: the group ${name} keeps its number ${group.gid}` }
  const what = group
    ? `gid of ${name} ${group.gid} → ${gid ?? ''}`
    : `create group ${name}${gid === undefined ? '' : ` (${gid})`}`
  return { changes: [{ what }], effects: { groups: { [name]: 'present' } } }
}

function script({ name, gid, state: wished, system, non_unique: shared }: Wish, { tools, group }: State): Script {
  const number = gid === undefined ? [] : ['-g', String(gid)]
  const twice = shared ? ['-o'] : []
  if (wished === 'absent') return tools === 'shadow' ? sh`groupdel ${name}` : sh`delgroup ${name}`
  if (group) return sh`groupmod ${number} ${twice} ${name}`
  if (tools === 'shadow') return sh`groupadd ${system ? ['-r'] : []} ${number} ${twice} ${name}`
  return sh`addgroup ${system ? ['-S'] : []} ${number} ${name}`
}

/** Groups of users. */
export default defineModule({
  name: 'group',
  doc: {
    summary: 'Create, change and remove groups',
    example: '- group: { name: log-readers, gid: 4100 }',
    returns: { name: 'the group', gid: 'its number', state: 'present or absent', system: 'as asked for' },
  },
  args,
  probe,
  parse,
  overlay,
  plan,
  apply: (wish, state) => ({ script: state.tools === 'none' ? nothing : script(wish, state) }),
  result: ({ name, state, system }, { group }) => ({ name, state, ...(group ? { gid: group.gid, system } : {}) }),
})
