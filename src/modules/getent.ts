import { z } from 'zod'
import { nothing, type Script, sh } from '../shell/script.ts'
import type { Mapping, Value } from '../source/value.ts'
import { bool, nonEmptyText, text } from './args.ts'
import { splitLines } from './commands/run.ts'
import { defineModule, type Plan } from './define.ts'

const args = z.strictObject({
  database: nonEmptyText().describe('passwd, group, hosts, services, … whatever the host knows'),
  key: text().optional().describe('Only the entries of this key'),
  service: text().optional().describe('Only from this source of nsswitch.conf, such as files'),
  split: text()
    .refine((value) => value !== '', 'an empty text splits nothing')
    .optional()
    .describe('What separates the fields; left out: a colon in passwd, shadow, group and gshadow, else blanks'),
  fail_key: bool().default(true).describe('Fail when there is no entry of that key'),
})

type Wish = z.output<typeof args>

interface State {
  readonly code: number
  readonly output: string
}

const probe = ({
  database,
  key,
  service,
}: Wish): Script => sh`if ! command -v getent >/dev/null; then echo 127; exit; fi
o=$(getent ${service === undefined ? [] : ['-s', service]} -- ${database} ${key === undefined ? [] : [key]} 2>/dev/null)
printf '%s\\n%s' $? "$o"`

function parse(output: string): State {
  const end = output.indexOf('\n')
  return { code: Number(end < 0 ? output : output.slice(0, end)), output: end < 0 ? '' : output.slice(end + 1) }
}

const reasons: Readonly<Record<number, string>> = {
  1: 'Missing arguments, or database unknown.',
  2: 'One or more supplied key could not be found in the database.',
  3: 'Enumeration not supported on this database.',
  127: 'this host has no getent command',
}

function plan({ key, fail_key: fails }: Wish, { code }: State): Plan {
  if (code === 0 || (code === 2 && !fails && key !== undefined)) return { changes: [] }
  return { changes: [], refuse: reasons[code] ?? 'Unexpected failure!' }
}

function result({ database, key, split, fail_key: fails }: Wish, { code, output }: State): Mapping {
  const name = `getent_${database}`
  if (code === 2 && !fails && key !== undefined)
    return { ansible_facts: { [name]: { [key]: null } }, msg: reasons[2] ?? '' }
  if (code !== 0) return {}
  const separator = split ?? (['passwd', 'shadow', 'group', 'gshadow'].includes(database) ? ':' : undefined)
  return { ansible_facts: { [name]: entries(splitLines(output), separator) } }
}

/** First field → the others; of several lines with the same first field a list of them, as Ansible has it. */
function entries(lines: readonly string[], separator: string | undefined): Mapping {
  const found = new Map<string, Value[]>()
  for (const line of lines) {
    const [first = '', ...fields] = separator === undefined ? line.trim().split(/\s+/) : line.split(separator)
    found.set(first, [...(found.get(first) ?? []), fields])
  }
  return Object.fromEntries([...found].map(([first, all]) => [first, all.length === 1 ? (all[0] ?? []) : all]))
}

/** Asks the host's name services, as Ansible's `getent`. */
export default defineModule({
  name: 'getent',
  doc: {
    summary: "Look up entries of the host's databases (passwd, group, hosts, …)",
    checkMode: 'Looks as in a real run.',
    example: '- getent: { database: passwd, key: root }\n- debug: { msg: "{{ getent_passwd.root[4] }}" }',
    returns: { ansible_facts: 'getent_DATABASE: first field → the list of the others' },
  },
  args,
  readOnly: true,
  probe,
  parse,
  plan,
  apply: () => ({ script: nothing }),
  result,
})
