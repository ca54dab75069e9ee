import type { Writable } from 'node:stream'
import type { WriteStream } from 'node:tty'
import { displayWidth } from './width.ts'

/**
 * A terminal with a few live rows at the bottom and lines above them that stay. Redrawn five times a second at most,
 * by overwriting in place (nothing is blanked, so nothing flickers). The cursor is hidden only within a write, so
 * that no way to die leaves it hidden.
 */
export interface Screen {
  /** Lines that stay; shown with the next redraw. */
  print(lines: readonly string[]): void
  /** What the live rows show, asked for at every redraw; `undefined`: there are none. */
  live(rows: (() => readonly string[]) | undefined): void
  /** Clears the live rows and lets others write, until `resume`. */
  suspend(): void
  resume(): void
  /** Writes what is left, without live rows. */
  end(): void
}

export interface Terminal {
  readonly stream: Stream
  /** Streams onto the same terminal: what is written to them, too, goes above the live rows. */
  readonly others: readonly Stream[]
  /** The size now; it changes. */
  columns(): number
  rows(): number
}

export type Stream = Writable & Partial<Pick<WriteStream, 'isTTY' | 'columns' | 'rows'>>

const interval = 200
const hideCursor = '\u001b[?25l'
const showCursor = '\u001b[?25h'
const clearLine = '\u001b[K'
const clearBelow = '\u001b[J'

export function createScreen(terminal: Terminal): Screen {
  const { stream } = terminal
  const write = stream.write.bind(stream)
  let source: (() => readonly string[]) | undefined
  let waiting: string[] = []
  let drawn: readonly string[] = []
  let drawnColumns = 0
  let suspended = false
  /** Somebody else's text that does not end in a line break stands on the cursor's line. */
  let midLine = false

  /** Rows the drawn lines take now: a terminal that became narrower has folded them. */
  const drawnRows = (): number =>
    drawn.reduce((sum, line) => sum + Math.max(1, Math.ceil(displayWidth(line) / terminal.columns())), 0)

  const draw = (rows: readonly string[]): void => {
    // Higher than the screen, the top rows would scroll away and stay there for ever.
    const fitting = rows.slice(0, Math.max(1, terminal.rows() - 1))
    const same = fitting.length === drawn.length && fitting.every((row, at) => row === drawn[at])
    if (same && waiting.length === 0 && drawnColumns === terminal.columns()) return
    const up = drawnRows()
    const home = up > 0 ? `\u001b[${up}A\r` : midLine ? '\n' : '\r'
    midLine = false
    // After a resize the rows may be folded, and stay one line to the terminal unless they are erased.
    const erase = drawnColumns === terminal.columns() ? '' : clearBelow
    const lines = [...waiting, ...fitting].map((line) => `${line}${clearLine}\n`)
    waiting = []
    drawn = fitting
    drawnColumns = terminal.columns()
    write(`${hideCursor}${home}${erase}${lines.join('')}${clearBelow}${showCursor}`)
  }

  const redraw = (): void => {
    if (!suspended) draw(source ? source() : [])
  }
  const flush = (): void => {
    if (waiting.length > 0 || drawn.length > 0) draw([])
  }

  // A warning of Node's or a library's console.error would otherwise land in the middle of the rows.
  const guard = (stream: Stream): (() => void) => {
    const own = Object.getOwnPropertyDescriptor(stream, 'write')
    const original = stream.write.bind(stream)
    const guarded: typeof stream.write = (...written: unknown[]) => {
      flush()
      midLine = typeof written[0] === 'string' && !written[0].endsWith('\n')
      return Reflect.apply(original, stream, written) as boolean
    }
    stream.write = guarded
    return () => {
      // Somebody may have wrapped it again since; theirs is not ours to take away.
      if (stream.write !== guarded) return
      if (own) Object.defineProperty(stream, 'write', own)
      else Reflect.deleteProperty(stream, 'write')
    }
  }

  let release = [stream, ...terminal.others].map(guard)
  const clock = setInterval(redraw, interval)
  clock.unref()
  stream.on('resize', redraw)
  // A terminal that hangs up must not end the run in the middle of a change; there is nobody left to tell.
  stream.on('error', () => undefined)
  // However the process ends, nothing that was reported is lost with it.
  process.once('exit', flush)

  const letGo = (): void => {
    for (const undo of release) undo()
    release = []
  }

  return {
    print(lines) {
      for (const line of lines) waiting.push(line)
    },
    live(rows) {
      source = rows
    },
    suspend() {
      flush()
      suspended = true
      letGo()
    },
    resume() {
      suspended = false
      release = [stream, ...terminal.others].map(guard)
    },
    end() {
      clearInterval(clock)
      stream.off('resize', redraw)
      process.off('exit', flush)
      flush()
      letGo()
    },
  }
}
