import { z } from 'zod'
import { lines, nothing, type Script, sh } from '../shell/script.ts'
import { text } from './args.ts'
import { type Apply, defineModule, type Plan } from './define.ts'
import type { Effects } from './effects.ts'
import { type EditState, type Editor, editStep, overlayEdit, parseEdit, probeEdit } from './edits/edited-file.ts'
import { parseRecords } from './paths/record.ts'

/** Those of Ansible's ways that keep the name in /etc/hostname. */
const ways = ['systemd', 'debian', 'generic', 'alpine'] as const

const args = z.strictObject({
  name: text()
    .refine(
      (name) => /^[A-Za-z0-9]([A-Za-z0-9.-]{0,62}[A-Za-z0-9])?$/.test(name),
      'must be the name of a host: letters, digits, dashes and dots, 64 at most',
    )
    .describe('The name.'),
  use: z
    .enum(ways, 'only systemd, debian, generic and alpine are supported: they keep the name in /etc/hostname')
    .optional()
    .describe('Accepted; every host keeps its name in /etc/hostname.'),
})

type Wish = z.output<typeof args>

interface State extends EditState {
  readonly current: string
}

const file = { path: '/etc/hostname' }

const probe = (): Script =>
  lines(
    probeEdit(file),
    sh`echo 'record kernel'
printf 'name %s\\n' "$(uname -n)"`,
  )

const parse = (output: string): State => ({
  ...parseEdit(output, file),
  current: parseRecords(output).get('kernel')?.get('name') ?? '',
})

const overlay = (state: State, effects: Effects): State => overlayEdit(state, effects, file)

/** Comments and empty lines do not count; one name is all there is. */
const editor =
  ({ name }: Wish): Editor =>
  (before) => {
    const rows = (before?.toString() ?? '').split('\n').map((row) => row.trim())
    const names = rows.filter((row) => row !== '' && !row.startsWith('#'))
    return names.join() === name ? { msg: '' } : { msg: '', content: Buffer.from(`${name}\n`) }
  }

function plan(wish: Wish, state: State): Plan {
  const kept = editStep(file, state, editor(wish)).plan
  if (kept.refuse !== undefined || state.current === wish.name) return kept
  return { ...kept, changes: [...kept.changes, { what: `name of the running host ${state.current} → ${wish.name}` }] }
}

function apply(wish: Wish, state: State): Apply {
  const { script, uploads = [] } = editStep(file, state, editor(wish)).apply()
  const running =
    state.current === wish.name
      ? nothing
      : sh`hostname ${wish.name} 2>/dev/null || printf '%s\\n' ${wish.name} >/proc/sys/kernel/hostname`
  return { script: lines(script, running), uploads }
}

/** The name of the host, now and after a boot. */
export default defineModule({
  name: 'hostname',
  doc: {
    summary: "Set the host's name, in /etc/hostname and in the kernel",
    example: '- hostname: { name: log1.example.com }',
    returns: { name: 'the name' },
  },
  args,
  probe,
  parse,
  overlay,
  plan,
  apply,
  result: ({ name }) => ({ name }),
})
