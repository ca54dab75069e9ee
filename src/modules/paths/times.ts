import type { z } from 'zod'
import { text } from '../args.ts'
import { lines, Script, sh } from '../../shell/script.ts'
import type { Change } from '../define.ts'
import type { Look } from './look.ts'
import type { Fields } from './record.ts'

/** A wished time: of the moment, or a moment in the host's own time zone (`2026-01-31 12:00:00`). */
export type Moment = 'now' | { readonly date: string }

export const timeArgument = (which: string) =>
  text().optional().describe(`Its ${which} time: preserve, now, or a time in the format given beside it.`)
export const formatArgument = () => text().default('%Y%m%d%H%M.%S').describe('strptime format: %Y %m %d %H %M %S.')

const parts: Readonly<Record<string, string>> = {
  Y: '(?<Y>\\d{4})',
  m: '(?<m>\\d{1,2})',
  d: '(?<d>\\d{1,2})',
  H: '(?<H>\\d{1,2})',
  M: '(?<M>\\d{1,2})',
  S: '(?<S>\\d{1,2})',
  '%': '%',
}

/** What Ansible makes of a time argument; null: as it is. `undefined`: the text does not fit the format. */
export function readMoment(
  written: string | undefined,
  format: string,
  usual: 'now' | null,
): Moment | null | undefined {
  if (written === undefined) return usual
  if (written === 'preserve') return null
  if (written === 'now') return 'now'
  let unknown = false
  const pattern = format.replace(/%(.)|[\\^$.*+?()[\]{}|]/g, (all, letter?: string) => {
    if (letter === undefined) return `\\${all}`
    const part = parts[letter]
    if (part === undefined) unknown = true
    return part ?? ''
  })
  const found = unknown ? undefined : new RegExp(`^${pattern}$`).exec(written)?.groups
  if (!found) return undefined
  const field = (name: string, missing: string) => (found[name] ?? missing).padStart(2, '0')
  const date = `${field('Y', '1900')}-${field('m', '01')}-${field('d', '01')} ${field('H', '00')}:${field('M', '00')}:${field('S', '00')}`
  return Number.isNaN(Date.parse(`${date.replace(' ', 'T')}Z`)) ? undefined : { date }
}

export interface Times {
  readonly access: Moment | null
  readonly modification: Moment | null
}

/** Seconds since 1970 of the wished moments, which only the host knows: they are in its time zone. */
export interface Seconds {
  readonly access?: number
  readonly modification?: number
}

const dated = (moment: Moment | null): moment is { date: string } => moment !== null && moment !== 'now'

export function timesScript({ access, modification }: Times): Script {
  return lines(
    sh`echo 'record times'`,
    ...(dated(access) ? [sh`echo "access $(date -d ${access.date} +%s)"`] : []),
    ...(dated(modification) ? [sh`echo "modification $(date -d ${modification.date} +%s)"`] : []),
  )
}

export function parseTimes(fields: Fields | undefined): Seconds {
  const [access, modification] = [fields?.get('access'), fields?.get('modification')]
  return {
    ...(access ? { access: Number(access) } : {}),
    ...(modification ? { modification: Number(modification) } : {}),
  }
}

/** The changes of times on what is there, and the script for them. */
export function planTimes(wish: Times, look: Look, seconds: Seconds): { changes: readonly Change[]; script: Script } {
  const sets = [
    { what: 'access time', flag: '-a', moment: wish.access, is: look.atime, wished: seconds.access },
    { what: 'modification time', flag: '-m', moment: wish.modification, is: look.mtime, wished: seconds.modification },
  ].filter(({ moment, is, wished }) => moment === 'now' || (dated(moment) && is !== wished))
  return {
    changes: sets.map(({ what, moment }) => ({
      what: `${what} → ${moment === 'now' || moment === null ? 'now' : moment.date}`,
    })),
    script: lines(
      ...sets.map(({ flag, moment }) => {
        const when = dated(moment) ? sh` -d ${moment.date}` : new Script('')
        return sh`touch -c ${flag}${when} ${look.path}`
      }),
    ),
  }
}

/** Both arguments' moments; a text that does not fit its format is an issue of the schema. */
export function readTimes(
  given: {
    readonly access_time?: string | undefined
    readonly access_time_format: string
    readonly modification_time?: string | undefined
    readonly modification_time_format: string
  },
  usual: 'now' | null,
  context?: z.RefinementCtx,
): Times {
  const read = (name: 'access_time' | 'modification_time'): Moment | null => {
    const moment = readMoment(given[name], given[`${name}_format`], usual)
    if (moment === undefined) {
      context?.addIssue({ code: 'custom', path: [name], message: `does not fit ${given[`${name}_format`]}` })
    }
    return moment ?? null
  }
  return { access: read('access_time'), modification: read('modification_time') }
}
