import { z } from 'zod'
import { lines, nothing, type Script, sh } from '../shell/script.ts'
import { bool, hostPath, nonEmptyText, text, withAliases } from './args.ts'
import { type Apply, defineModule, type Plan } from './define.ts'
import type { Effects } from './effects.ts'
import {
  type EditState,
  type EditWish,
  type Editor,
  editStep,
  overlayEdit,
  parseEdit,
  probeEdit,
} from './edits/edited-file.ts'
import { decode, encode } from './edits/encoding.ts'
import { editSysctl } from './edits/sysctl.ts'
import { parseRecords } from './paths/record.ts'
import type { Step } from './paths/step.ts'

const truths = new Set(['y', 'yes', 'on', '1', 'true', 't'])
const falsehoods = new Set(['n', 'no', 'off', '0', 'false', 'f'])

/** As Ansible takes it: words for yes and no are 1 and 0. */
const valueText = () =>
  text().transform((value) => {
    const word = value.toLowerCase()
    return truths.has(word) ? '1' : falsehoods.has(word) ? '0' : value.trim()
  })

const oneLine = (value: string) => !/[\r\n]/.test(value)

const args = withAliases(
  z
    .strictObject({
      name: nonEmptyText()
        .refine(
          (name) => /^[^\s=#;-][^\s=]*$/.test(name.trim()),
          'must be the name of a setting, such as net.ipv4.ip_forward',
        )
        .transform((name) => name.trim())
        .describe('The setting, with dots.'),
      value: valueText().refine(oneLine, 'must be one line').optional().describe('What it is to be.'),
      state: z.enum(['present', 'absent']).default('present').describe('Whether the file is to have the setting.'),
      sysctl_file: hostPath().default('/etc/sysctl.conf').describe('The file that is read at boot.'),
      reload: bool().default(true).describe('Load the file when it changed, or when the kernel has another value.'),
      sysctl_set: bool().default(false).describe('Also set the value in the kernel (sysctl -w).'),
      ignoreerrors: bool().default(false).describe('Ignore settings that the kernel does not know.'),
    })
    .refine(({ state, value }) => state === 'absent' || (value !== undefined && value !== ''), {
      message: 'is needed with state: present',
      path: ['value'],
    }),
  { key: 'name', val: 'value' },
)

type Wish = z.output<typeof args>

interface State extends EditState {
  /** The kernel's value; undefined: it knows no such setting. */
  readonly live: string | undefined
}

const fileOf = ({ sysctl_file: path }: Wish): EditWish => ({ path, parents: false })

const probe = (wish: Wish): Script =>
  lines(
    probeEdit(fileOf(wish)),
    sh`echo 'record kernel'
if v=$(sysctl -n ${wish.name} 2>/dev/null); then say live "$v"; fi`,
  )

const parse = (output: string, wish: Wish): State => ({
  ...parseEdit(output, fileOf(wish)),
  live: parseRecords(output).get('kernel')?.get('live'),
})

const overlay = (state: State, effects: Effects, wish: Wish): State => overlayEdit(state, effects, fileOf(wish))

const editor =
  ({ name, value, state }: Wish): Editor =>
  (before) => {
    const old = decode(before ?? Buffer.alloc(0), 'utf8')
    const after = editSysctl(old, name, state === 'present' ? value : undefined)
    if (after === old) return { msg: '' }
    const content = encode(after, 'utf8')
    return typeof content === 'string' ? { msg: '', refuse: `${content} cannot be written` } : { msg: '', content }
  }

const words = (value: string): string => value.split(/\s+/).join(' ').trim()

/** The kernel is to have another value than it has. */
function owesKernel(
  { state, value = '', reload, sysctl_set: set, ignoreerrors: ignore }: Wish,
  { live }: State,
): boolean {
  if (state === 'absent' || !(reload || set) || (live === undefined && ignore)) return false
  return words(live ?? '') !== words(value)
}

const fileStep = (wish: Wish, state: State): Step => editStep(fileOf(wish), state, editor(wish))

function plan(wish: Wish, state: State): Plan {
  const file = fileStep(wish, state).plan
  if (file.refuse !== undefined || !owesKernel(wish, state)) return file
  const live = `${wish.name} in the kernel ${words(state.live ?? 'unknown')} → ${wish.value ?? ''}`
  return { ...file, changes: [...file.changes, { what: live }] }
}

function apply(wish: Wish, state: State): Apply {
  const { script, uploads = [] } = fileStep(wish, state).apply()
  const ignore = wish.ignoreerrors ? ['-e'] : []
  const set = wish.sysctl_set && owesKernel(wish, state)
  return {
    script: lines(
      set ? sh`sysctl -q ${ignore} -w ${`${wish.name}=${wish.value ?? ''}`}` : nothing,
      script,
      wish.reload ? sh`if [ -e ${wish.sysctl_file} ]; then sysctl -q ${ignore} -p ${wish.sysctl_file}; fi` : nothing,
    ),
    uploads,
  }
}

/** Settings of the kernel. */
export default defineModule({
  name: 'sysctl',
  doc: {
    summary: "Set the kernel's settings, now and at boot",
    example: `- sysctl:
    name: net.ipv4.ip_forward
    value: "0"
    sysctl_file: /etc/sysctl.d/60-forward.conf
    sysctl_set: true`,
  },
  args,
  probe,
  parse,
  overlay,
  plan,
  apply,
})
