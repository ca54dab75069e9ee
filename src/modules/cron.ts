import { z } from 'zod'
import { lines, type Script, sh } from '../shell/script.ts'
import type { Mapping } from '../source/value.ts'
import { accountName } from './accounts/names.ts'
import { bool, nonEmptyText, text, withAliases } from './args.ts'
import { type Apply, defineModule, type Plan } from './define.ts'
import { crontabLines, editCrontab, jobNames, variableNames } from './edits/crontab.ts'
import {
  type EditState,
  type EditWish,
  type Editor,
  editStep,
  overlayEdit,
  parseEdit,
  probeEdit,
} from './edits/edited-file.ts'
import { decode } from './edits/encoding.ts'
import type { Effects } from './effects.ts'
import { backupPath } from './paths/written-file.ts'
import { parseRecords, sayFunctions } from './paths/record.ts'
import { refuseStep, type Step, step } from './paths/step.ts'

const oneLine = () => text().refine((value) => !/[\r\n]/.test(value), 'must be one line')
const field = (what: string) => oneLine().default('*').describe(`${what}, as crontab(5) has it.`)

const args = withAliases(
  z
    .strictObject({
      name: oneLine().describe('What the entry is called; with env: the name of the variable.'),
      job: text()
        .transform((value) => value.replace(/^[\r\n]+|[\r\n]+$/g, ''))
        .refine((value) => !/[\r\n]/.test(value), 'must be one line')
        .optional()
        .describe('The command; with env: the value of the variable.'),
      state: z.enum(['present', 'absent']).default('present').describe('Whether the entry is to be there.'),
      user: accountName().optional().describe('Whose crontab; with cron_file: who runs the command.'),
      cron_file: nonEmptyText()
        .refine((value) => value !== '/etc/crontab', '/etc/crontab belongs to the system: use another file')
        .refine((value) => value.startsWith('/') || !value.includes('/'), 'must be absolute, or a name in /etc/cron.d')
        .optional()
        .describe('A file in /etc/cron.d instead of a crontab.'),
      minute: field('Minute'),
      hour: field('Hour'),
      day: field('Day of the month'),
      month: field('Month'),
      weekday: field('Day of the week'),
      special_time: z
        .enum(['reboot', 'yearly', 'annually', 'monthly', 'weekly', 'daily', 'hourly'])
        .optional()
        .describe('In place of the five fields.'),
      disabled: bool().default(false).describe('Put a # in front of the job.'),
      env: bool().default(false).describe('The entry is a variable.'),
      insertafter: oneLine().optional().describe('With env: below this variable.'),
      insertbefore: oneLine().optional().describe('With env: above this variable.'),
      backup: bool().default(false).describe('Keep the old cron_file beside the new one.'),
    })
    .superRefine((given, context) => {
      const refuse = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
      const { state, env, job, cron_file: file, special_time: special, insertafter, insertbefore } = given
      const fields = [given.minute, given.hour, given.day, given.month, given.weekday]
      if (special !== undefined && fields.some((one) => one !== '*'))
        refuse('special_time', 'and the five fields exclude each other')
      if (insertafter !== undefined && insertbefore !== undefined)
        refuse('insertbefore', 'and insertafter exclude each other')
      if ((insertafter ?? insertbefore) !== undefined && !env) refuse('insertafter', 'and insertbefore need env: true')
      if (env && /\s/.test(given.name)) refuse('name', 'of a variable must hold no space')
      if (given.backup && file === undefined)
        refuse('backup', 'is supported with cron_file only: a crontab has no place beside it')
      if (state === 'absent') return
      if (job === undefined) refuse('job', 'is needed with state: present')
      if (file !== undefined && given.user === undefined)
        refuse('user', 'is needed with cron_file: it runs the command')
    }),
  { value: 'job', dom: 'day', dow: 'weekday' },
)

type Wish = z.output<typeof args>

interface State extends EditState {
  /** The present text; empty where there is no crontab. */
  readonly tab: string
  /** Why the crontab cannot be read. */
  readonly fault: string | undefined
}

const pathOf = ({ cron_file: file = '' }: Wish): string => (file.startsWith('/') ? file : `/etc/cron.d/${file}`)
const fileOf = (wish: Wish): EditWish => ({ path: pathOf(wish), backup: wish.backup, parents: false })

const whose = ({ user }: Wish): string[] => (user === undefined ? [] : ['-u', user])

function probe(wish: Wish): Script {
  if (wish.cron_file !== undefined) return probeEdit(fileOf(wish))
  // A crontab that is not there yet ends crontab with 1, and so does one that may not be read.
  return lines(
    sayFunctions,
    sh`echo 'record crontab'
if ! command -v crontab >/dev/null; then say fault 'this host has no crontab command'
elif t=$(crontab ${whose(wish)} -l 2>&1; echo "code $?"); then say tab "$t"; fi`,
  )
}

/** The header that some crontabs print, and do not keep. */
const header =
  /^# (DO NOT EDIT THIS FILE - edit the master and reinstall\.|\(\/tmp\/.*installed on.*\)|\(.*version.*\))/

function parse(output: string, wish: Wish): State {
  if (wish.cron_file !== undefined) {
    const state = parseEdit(output, fileOf(wish))
    return { ...state, tab: decode(state.bytes ?? Buffer.alloc(0), 'utf8'), fault: undefined }
  }
  const fields = parseRecords(output).get('crontab')
  const [, printed = '', code] = /^([\s\S]*)code (\d+)$/.exec(fields?.get('tab') ?? '') ?? []
  const rows = printed.split(/(?<=\n)/).filter((row, index) => index > 2 || !header.test(row))
  const none = code !== '0' && (/no crontab for|can't open/i.test(printed) || printed === '')
  const fault = fields?.get('fault') ?? (code === '0' || none ? undefined : printed.trim())
  const empty = parseEdit('record file\nrecord accounts\n', { path: '' })
  return { ...empty, tab: code === '0' ? rows.join('') : '', fault }
}

function overlay(state: State, effects: Effects, wish: Wish): State {
  if (wish.cron_file === undefined) {
    const coming = Object.values(effects.packages ?? {}).some((effect) => effect.state !== 'removed')
    return coming && state.fault !== undefined ? { ...state, fault: undefined, tab: '' } : state
  }
  const later = overlayEdit(state, effects, fileOf(wish))
  return { ...later, tab: decode(later.bytes ?? Buffer.alloc(0), 'utf8') }
}

/** The line of the job, or the value of the variable. */
function lineOf(wish: Wish): string {
  const { env, job = '', special_time: special, cron_file: file, user = '', disabled } = wish
  if (env) return job
  const { minute, hour, day, month, weekday } = wish
  const time = special === undefined ? [minute, hour, day, month, weekday].join(' ') : `@${special}`
  return `${disabled ? '#' : ''}${time} ${file === undefined ? '' : `${user} `}${job}`
}

/** The whole new text; undefined where it stays. */
const edited = (wish: Wish, tab: string): string | undefined => editCrontab({ ...wish, line: lineOf(wish) }, tab)

const editor =
  (wish: Wish): Editor =>
  (before) => {
    const text = decode(before ?? Buffer.alloc(0), 'utf8')
    const after = edited(wish, text)
    return { msg: '', content: after === undefined ? undefined : Buffer.from(after) }
  }

function stepOf(wish: Wish, state: State): Step {
  if (state.fault !== undefined) return refuseStep(state.fault)
  let after: string | undefined
  try {
    after = edited(wish, state.tab)
  } catch (error) {
    return refuseStep(error instanceof Error ? error.message : String(error))
  }
  if (wish.cron_file !== undefined) {
    if (after === '' && wish.state === 'absent' && !wish.env && state.bytes) {
      const { path } = state.look
      return step(
        [{ what: 'remove the file, which has no other entry' }],
        { [path]: { type: 'absent' } },
        () => sh`rm -f ${path}`,
      )
    }
    return editStep(fileOf(wish), state, editor(wish))
  }
  if (after === undefined) return { plan: { changes: [] }, apply: () => ({ script: sh`:` }) }
  const name = `crontab of ${wish.user ?? 'the user'}`
  return {
    plan: { changes: [{ what: name, diff: { name, before: state.tab, after } }] },
    apply: () => ({ script: sh`printf %s ${after} | crontab ${whose(wish)} -` }),
  }
}

function plan(wish: Wish, state: State): Plan {
  const { plan: steps } = stepOf(wish, state)
  const base = pathOf(wish).replace(/.*\//, '')
  if (wish.cron_file === undefined || /^[A-Za-z0-9_-]+$/.test(base) || steps.changes.length === 0) return steps
  return {
    ...steps,
    warnings: [...(steps.warnings ?? []), `cron reads no file of the name ${base}: letters, digits, - and _ only`],
  }
}

function result(wish: Wish, { tab, look }: State, before?: State): Mapping {
  const rows = crontabLines(tab)
  const saved = wish.backup && before?.look.type === 'file' && before.look.sha256 !== look.sha256
  return {
    jobs: jobNames(rows),
    envs: variableNames(rows),
    ...(wish.cron_file === undefined ? {} : { cron_file: wish.cron_file }),
    ...(saved ? { backup_file: backupPath(before.look) } : {}),
  }
}

/** Jobs at their times, and variables for them. */
export default defineModule({
  name: 'cron',
  doc: {
    summary: 'Put jobs and variables into a crontab or a file of /etc/cron.d',
    example: `- cron:
    name: rotate the spool
    minute: "15"
    hour: "*/6"
    user: root
    job: /usr/local/sbin/rotate-spool`,
    returns: { jobs: 'names of the jobs', envs: 'names of the variables', backup_file: 'where the old file was kept' },
  },
  args,
  probe,
  parse,
  overlay,
  plan,
  apply: (wish, state): Apply => stepOf(wish, state).apply(),
  result,
})
