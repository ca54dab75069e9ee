import picocolors from 'picocolors'
import type { OutcomeKind } from './events.ts'

/** What a text means; colours follow from it and never stand alone, so that nothing is lost without them. */
export type Tone = 'good' | 'change' | 'maybe' | 'bad' | 'lost' | 'quiet' | 'strong' | 'info' | 'added' | 'removed'

export interface Theme {
  readonly symbols: Readonly<Record<OutcomeKind, string>>
  readonly glyphs: Glyphs
  paint(tone: Tone, text: string): string
  /** Our own and the modules' typography in what the terminal can show: `→` becomes `->` without UTF-8. */
  spell(text: string): string
}

export interface Glyphs {
  readonly ellipsis: string
  /** Between the parts of a row. */
  readonly dot: string
  /** Left of every line of a diff. */
  readonly gutter: string
  readonly barDone: string
  readonly barLeft: string
  readonly spinner: readonly string[]
}

export function createTheme(options: { readonly color: boolean; readonly unicode: boolean }): Theme {
  const colors = picocolors.createColors(options.color)
  const paints: Readonly<Record<Tone, (text: string) => string>> = {
    good: colors.green,
    change: colors.yellow,
    maybe: colors.cyan,
    bad: colors.red,
    lost: colors.magenta,
    quiet: colors.dim,
    strong: colors.bold,
    info: colors.blue,
    added: colors.green,
    removed: colors.red,
  }
  return {
    symbols: options.unicode ? unicodeSymbols : asciiSymbols,
    glyphs: options.unicode ? unicodeGlyphs : asciiGlyphs,
    paint: (tone, text) => (text === '' ? '' : paints[tone](text)),
    spell: options.unicode ? (text) => text : spellAscii,
  }
}

/** Whether this environment's locale is UTF-8, by the order in which POSIX looks at its variables. */
export function isUnicode(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): boolean {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG']
  if (locale) return /utf-?8/i.test(locale)
  // macOS shows UTF-8 whatever the locale says; elsewhere no locale means "C".
  return platform === 'darwin'
}

const unicodeSymbols: Theme['symbols'] = {
  ok: '✔',
  changed: '●',
  'may-change': '○',
  failed: '✖',
  unreachable: '✖',
  skipped: '↷',
  'timed-out': '✖',
  cancelled: '◌',
}

const asciiSymbols: Theme['symbols'] = {
  ok: '+',
  changed: '*',
  'may-change': '?',
  failed: 'x',
  unreachable: 'x',
  skipped: '-',
  'timed-out': 'x',
  cancelled: '!',
}

const unicodeGlyphs: Glyphs = {
  ellipsis: '…',
  dot: '·',
  gutter: '│',
  barDone: '━',
  barLeft: '─',
  spinner: ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'],
}

const asciiGlyphs: Glyphs = {
  ellipsis: '...',
  dot: '-',
  gutter: '|',
  barDone: '#',
  barLeft: '.',
  spinner: ['|', '/', '-', '\\'],
}

const ascii: Readonly<Record<string, string>> = { '→': '->', '…': '...', '·': '-', '−': '-', '×': 'x', '–': '-' }

function spellAscii(text: string): string {
  return text.replace(/[→…·−×–‘’“”]/g, (found) => ascii[found] ?? (/[‘’]/.test(found) ? "'" : '"'))
}
