import { duration } from './duration.ts'
import { printable } from './printable.ts'
import { countStandings, noStats, standingOf, standings, type Standing } from './stats.ts'
import { displayWidth, padEnd, padStart, truncate } from './width.ts'
import type { HostState, HostStats, OutcomeKind } from './events.ts'
import type { Theme, Tone } from './theme.ts'

export interface Recap {
  readonly hosts: Readonly<Record<string, HostStats>>
  /** How hosts left their last play; may be empty. */
  readonly states: ReadonlyMap<string, HostState>
  readonly ms: number
  readonly cancelled: boolean
  readonly check: boolean
}

export interface RecapView {
  readonly theme: Theme
  /** From 1 on every host gets its row. */
  readonly verbosity: number
  /** The table is never wider; left out: as wide as it needs. */
  readonly columns?: number
}

/** Up to here everybody is listed; a larger fleet lists only hosts that need attention. */
const smallFleet = 20
/** Of these no more than a person reads; a whole site that is down is one line more. */
const mostRows = 50

/** Columns that are there even when they hold nothing but zeros. */
const always: readonly (keyof HostStats)[] = ['ok', 'changed', 'failed', 'unreachable', 'skipped']
const order: readonly (keyof HostStats)[] = [
  'ok',
  'changed',
  'may-change',
  'failed',
  'unreachable',
  'skipped',
  'rescued',
  'ignored',
]

/** The summary line, and the table of hosts under it. */
export function recapLines(recap: Recap, view: RecapView): string[] {
  const { theme } = view
  const all = Object.keys(recap.hosts)
  const summary = [theme.paint('strong', 'RECAP'), recapSummary(recap, theme)].join('  ')
  if (all.length === 0) return [summary]
  const full = view.verbosity > 0 || all.length <= smallFleet
  const wanted = full ? all : all.filter((host) => needsAttention(standing(recap, host)))
  const shown = full ? all : wanted.slice(0, mostRows)
  const lines = [summary]
  if (shown.length > 0) lines.push('', ...table(shown, recap, view))
  if (shown.length < all.length) lines.push(theme.paint('quiet', unlisted(recap, wanted.length - shown.length)))
  return lines
}

/** `and 57 ok, 38 changed  (-v lists every host)`. */
function unlisted(recap: Recap, more: number): string {
  const counts = countStandings(recap.hosts, recap.states)
  const calm = standings
    .filter((kind) => !needsAttention(kind) && counts[kind] > 0)
    .map((kind) => `${counts[kind]} ${standingWord(kind, recap.check)}`)
  const parts = [...(more > 0 ? [`${more} more that need attention`] : []), ...calm]
  return `and ${parts.join(', ')}  (-v lists every host)`
}

/** `100 hosts in 12 s: 57 ok, 38 changed, 2 failed, 3 not started`. */
export function recapSummary(recap: Recap, theme: Theme): string {
  const counts = countStandings(recap.hosts, recap.states)
  const parts = standings
    .filter((kind) => counts[kind] > 0)
    .map((kind) => theme.paint(standingTone(kind), `${counts[kind]} ${standingWord(kind, recap.check)}`))
  const total = plural(Object.keys(recap.hosts).length, 'host')
  const head = `${total} ${recap.cancelled ? 'interrupted after' : 'in'} ${duration(recap.ms)}`
  return parts.length > 0 ? `${head}: ${parts.join(', ')}` : head
}

export function standingWord(standing: Standing, check: boolean): string {
  switch (standing) {
    case 'ok':
      return check ? 'in sync' : 'ok'
    case 'changed':
      return check ? 'would change' : 'changed'
    case 'may-change':
      return 'may change'
    case 'not-started':
      return 'not started'
    default:
      return standing
  }
}

export function standingTone(standing: Standing): Tone {
  const tones = {
    ok: 'good',
    changed: 'change',
    'may-change': 'maybe',
    failed: 'bad',
    unreachable: 'lost',
    cancelled: 'lost',
    'not-started': 'lost',
  } satisfies Record<Standing, Tone>
  return tones[standing]
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

function needsAttention(standing: Standing): boolean {
  return standing !== 'ok' && standing !== 'changed'
}

function standing(recap: Recap, host: string): Standing {
  return standingOf(recap.hosts[host] ?? noStats, recap.states.get(host))
}

function table(hosts: readonly string[], recap: Recap, view: RecapView): string[] {
  const { theme } = view
  const present = (key: keyof HostStats): boolean => hosts.some((host) => (recap.hosts[host] ?? noStats)[key] > 0)
  const keys = order.filter((key) => always.includes(key) || present(key))
  const widest = hosts.reduce((most, host) => Math.max(most, displayWidth(printable(host))), 4)
  const columns = view.columns ?? Infinity
  const roomBeside = (heads: readonly string[]): number =>
    columns - 2 - heads.reduce((sum, text) => sum + 2 + Math.max(3, text.length), 0)
  const long = keys.map((key) => longHead(key, recap.check))
  const heads = roomBeside(long) >= Math.min(widest, 16) ? long : keys.map((key) => shortHeads[key])
  const numbers = heads.map((text) => 2 + Math.max(3, text.length))
  const nameWidth = Math.max(8, Math.min(widest, roomBeside(heads)))

  const head = `  ${padEnd('host', nameWidth)}${heads.map((text, at) => padStart(text, numbers[at] ?? 0)).join('')}`
  const rows = hosts.map((host) => {
    const stats = recap.hosts[host] ?? noStats
    const kind = standing(recap, host)
    const name = padEnd(truncate(printable(host), nameWidth, theme.glyphs.ellipsis), nameWidth)
    const cells = keys.map((key, at) => {
      const text = padStart(String(stats[key]), numbers[at] ?? 0)
      return theme.paint(stats[key] === 0 ? 'quiet' : columnTone(key), text)
    })
    const tone = standingTone(kind)
    const note = kind === 'cancelled' || kind === 'not-started' ? `  ${standingWord(kind, recap.check)}` : ''
    return `${theme.paint(tone, theme.symbols[symbolOf(kind)])} ${theme.paint(tone, name)}${cells.join('')}${note}`
  })
  return [theme.paint('quiet', head), ...rows]
}

function longHead(key: keyof HostStats, check: boolean): string {
  if (key === 'may-change') return 'may change'
  return key === 'changed' && check ? 'would change' : key
}

/** For a narrow terminal with everything in it. */
const shortHeads: Readonly<Record<keyof HostStats, string>> = {
  ok: 'ok',
  changed: 'change',
  'may-change': 'may',
  failed: 'fail',
  unreachable: 'unreach',
  skipped: 'skip',
  rescued: 'rescue',
  ignored: 'ignore',
}

function columnTone(key: keyof HostStats): Tone {
  const tones = {
    ok: 'good',
    changed: 'change',
    'may-change': 'maybe',
    failed: 'bad',
    unreachable: 'lost',
    skipped: 'quiet',
    rescued: 'info',
    ignored: 'info',
  } satisfies Record<keyof HostStats, Tone>
  return tones[key]
}

function symbolOf(standing: Standing): OutcomeKind {
  return standing === 'not-started' ? 'cancelled' : standing
}
