import { basename, dirname } from 'node:path/posix'
import { z } from 'zod'
import { lines, type Script, sh } from '../shell/script.ts'
import type { Mapping } from '../source/value.ts'
import { bool, hostPath, nonEmptyText, withAliases } from './args.ts'
import { defineModule } from './define.ts'
import type { Effects } from './effects.ts'
import { attributeArguments } from './paths/arguments.ts'
import { belowScript, type Crowd, parseBelow, planBelow } from './paths/below.ts'
import { directoryStep } from './paths/directory.ts'
import { absentStep, existingStep, hardLinkStep, touchStep } from './paths/entry.ts'
import { linkStep } from './paths/link.ts'
import { type Look, lookFunctions, lookScript, parseLook } from './paths/look.ts'
import { returnedMode } from './paths/mode.ts'
import { overlayLook } from './paths/overlay.ts'
import { accountFunctions, type Accounts, accountsScript, overlayAccounts, parseAccounts } from './paths/ownership.ts'
import { parseRecords } from './paths/record.ts'
import { andThen, refuseStep, type Step } from './paths/step.ts'
import {
  formatArgument,
  parseTimes,
  planTimes,
  readTimes,
  type Seconds,
  timeArgument,
  timesScript,
} from './paths/times.ts'

const states = ['absent', 'directory', 'file', 'hard', 'link', 'touch'] as const

const args = withAliases(
  z
    .strictObject({
      path: hostPath().describe('The path that is managed.'),
      state: z.enum(states).optional().describe('What is to be there; left out: what is there, or a file.'),
      src: nonEmptyText().optional().describe('What a link is to lead to.'),
      ...attributeArguments,
      recurse: bool().default(false).describe('The same attributes for all that is below a directory.'),
      force: bool().default(false).describe('Make a link whose target is missing, or in place of a file.'),
      follow: bool()
        .optional()
        .describe('Attributes of what a link leads to, not of the link; yes unless told otherwise.'),
      access_time: timeArgument('access'),
      access_time_format: formatArgument(),
      modification_time: timeArgument('modification'),
      modification_time_format: formatArgument(),
    })
    .superRefine((given, context) => {
      const refuse = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message })
      const { state, src, path } = given
      if (src !== undefined && state !== 'link' && state !== 'hard') refuse('src', 'needs state: link or hard')
      if (src === undefined && state === 'hard') refuse('src', 'is needed for state: hard')
      if (src?.startsWith('~')) refuse('src', 'must be written out: a link with ~ in it leads nowhere')
      if (state === 'hard' && src !== undefined && !src.startsWith('/')) refuse('src', 'must be an absolute path')
      if (given.recurse && state !== undefined && state !== 'directory') refuse('recurse', 'needs state: directory')
      if (given.recurse && given.follow)
        refuse('follow', 'is not supported with recurse: a link in the tree could hand its target to others')
      if (state === 'absent' && path === '/') refuse('path', 'the root directory is not removed')
      const times = readTimes(given, null, context)
      if (state === 'link' && (times.access ?? times.modification) !== null) {
        refuse('modification_time', 'and access_time are not supported with state: link')
      }
    }),
  { dest: 'path', name: 'path', attr: 'attributes' },
)

type Wish = z.output<typeof args>

interface State {
  /** The path itself, what it leads to, and what `src` is. */
  readonly look: Look
  readonly real: Look
  readonly leads: Look | undefined
  readonly below: readonly Crowd[]
  readonly accounts: Accounts
  readonly seconds: Seconds
}

const timesOf = (wish: Wish) => readTimes(wish, wish.state === 'touch' ? 'now' : null)

/** A hard link into a directory gets the name of its source there. */
const insideOf = (wish: Wish) => (wish.state === 'hard' && wish.src !== undefined ? basename(wish.src) : undefined)

const sourcePath = ({ src, path }: Wish) =>
  src === undefined || src.startsWith('/') ? src : `${dirname(path).replace(/\/$/, '')}/${src}`

function probe(wish: Wish): Script {
  const { path, follow = true } = wish
  const source = sourcePath(wish)
  return lines(
    lookFunctions,
    accountFunctions,
    ...(source === undefined ? [] : [lookScript({ record: 'leads', path: source, follow: true })]),
    lookScript({ record: 'look', path, inside: insideOf(wish) }),
    ...(follow ? [sh`if [ -L "$p" ]; then`, lookScript({ record: 'real', path, follow }), sh`fi`] : []),
    ...(wish.recurse ? [belowScript] : []),
    timesScript(timesOf(wish)),
    // A link's attributes may be its target's: no short cut by the name that was seen last.
    ...(wish.state === 'link' ? [sh`u='' g=''`] : []),
    accountsScript(wish),
  )
}

function parse(output: string, wish: Wish): State {
  const records = parseRecords(output)
  const look = parseLook(records.get('look'), wish.path)
  const source = sourcePath(wish)
  return {
    look,
    real: records.has('real') ? parseLook(records.get('real'), wish.path) : look,
    leads: source === undefined ? undefined : parseLook(records.get('leads'), source),
    below: parseBelow(records.get('below')),
    accounts: parseAccounts(records.get('accounts'), wish),
    seconds: parseTimes(records.get('times')),
  }
}

function overlay(state: State, effects: Effects, wish: Wish): State {
  return {
    ...state,
    look: overlayLook(state.look, effects, insideOf(wish)),
    real: overlayLook(state.real, effects, insideOf(wish)),
    leads: state.leads && overlayLook(state.leads, effects),
    accounts: overlayAccounts(state.accounts, effects, wish),
  }
}

function presentState({ recurse }: Wish, { type }: Look): NonNullable<Wish['state']> {
  if (type === 'absent') return recurse ? 'directory' : 'file'
  return type === 'other' ? 'file' : type
}

function stepOf(wish: Wish, state: State): Step {
  const { look, real, leads, accounts, seconds } = state
  const { force, follow = true } = wish
  const entry = { ...wish, times: timesOf(wish) }
  switch (wish.state ?? presentState(wish, look)) {
    case 'absent':
      return absentStep(look)
    case 'directory':
      return directory(wish, state)
    case 'file':
      if (real.type === 'directory') return refuseStep(`${real.path} is a directory`)
      return existingStep(entry, real, accounts, seconds)
    case 'touch':
      return touchStep(entry, real, accounts, seconds)
    case 'link':
      return linkStep({ ...wish, force, follow }, look, leads ?? real, accounts)
    case 'hard':
      return leads ? hardLinkStep(entry, look, leads, accounts, seconds) : refuseStep('src is needed for state: hard')
  }
}

/** A directory, its times, and what is below it. */
function directory(wish: Wish, { real, below, accounts, seconds }: State): Step {
  const times = timesOf(wish)
  if (real.type !== 'directory') {
    const made = directoryStep(wish, real, accounts)
    return made.plan.changes.length === 0 ? made : andThen(made, [], planTimes(times, real, seconds).script)
  }
  const itself = existingStep({ ...wish, times }, real, accounts, seconds)
  if (!wish.recurse || itself.plan.refuse !== undefined) return itself
  const inside = planBelow(wish, below, accounts, real.path)
  return andThen(itself, inside.changes, inside.script)
}

export default defineModule({
  name: 'file',
  doc: {
    summary: 'Manage files, directories and links, and their attributes',
    example: `- file:
    path: /var/spool/forward
    state: directory
    owner: syslog
    mode: "0700"`,
    checkMode: 'A directory that is missing while packages are still to be installed "may change": they may bring it.',
    returns: {
      path: 'the path (dest for links)',
      state: 'file, directory, link, hard or absent',
      mode: 'permissions as octal text',
      owner: 'name of the owner',
      group: 'name of the group',
    },
  },
  args,
  probe,
  parse,
  overlay,
  plan: (wish, state) => stepOf(wish, state).plan,
  apply: (wish, state) => stepOf(wish, state).apply(),
  everyTime: (wish) => Object.values(timesOf(wish)).includes('now'),
  result(wish, { look, real }): Mapping {
    const { path, type, bits, user, group, uid, gid, size, links } = look
    const linked = wish.state === 'link' || wish.state === 'hard'
    const names: Mapping = linked || wish.state === 'touch' ? { dest: path } : { path: real.path }
    const source: Mapping = linked ? { src: wish.src ?? look.target ?? '' } : {}
    if (type === 'absent') return { ...names, state: 'absent' }
    const state = type === 'file' && links > 1 ? 'hard' : type
    return { ...names, ...source, state, mode: returnedMode(bits), owner: user, group, uid, gid, size }
  },
})
