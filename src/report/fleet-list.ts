import { EOL } from 'node:os'
import { DefaultRenderer, Listr, Spinner, type ListrDefaultRendererTask, type ListrTaskWrapper } from 'listr2'
import { mostRows, type ProgressRows } from './progress-rows.ts'
import { truncate } from './width.ts'
import type { Screen } from './screen.ts'
import type { Theme } from './theme.ts'

/** The live rows as a Listr: one task for the play, and a fixed handful of subtasks whose titles change. */
export interface FleetList {
  /** Takes the rows from the screen. */
  finish(): void
  /** Settles when Listr is through; rejects with what went wrong in it. */
  readonly done: Promise<void>
}

interface Options {
  readonly screen: Screen
  readonly theme: Theme
  columns(): number
  /** Asked for at every redraw. */
  rows(): ProgressRows | undefined
}

type Handle = Pick<ListrTaskWrapper<unknown, typeof DefaultRenderer, typeof DefaultRenderer>, 'title'>

/**
 * Listr redraws everything whenever anything changes, which with a task per host takes minutes of processor time.
 * Here it has eight tasks whatever the fleet, and draws when the screen's clock asks for it, not on its own events.
 */
export function createFleetList(options: Options): FleetList {
  let finish = (): void => undefined
  const finished = new Promise<void>((resolve) => {
    finish = resolve
  })
  const handles: Handle[] = []
  let root: Handle | undefined

  const update = (): void => {
    const now = options.rows()
    if (now === undefined || root === undefined) return
    root.title = now.title
    handles.forEach((handle, at) => {
      handle.title = now.rows[at] ?? ''
    })
  }

  const list = new Listr(
    {
      title: ' ',
      task: (_context, play) => {
        root = play
        return play.newListr(
          Array.from({ length: mostRows }, () => ({
            title: ' ',
            task: (_: unknown, row: Handle) => {
              handles.push(row)
              return finished
            },
          })),
          { concurrent: true },
        )
      },
    },
    {
      renderer: fleetRenderer(options, update),
      // Whoever owns the command line owns its signals: Listr's own listener would exit in the middle of a change.
      registerSignalListeners: false,
      exitOnError: true,
    },
  )
  return { finish, done: list.run().then(() => undefined) }
}

/** Listr's own renderer, which composes the rows, with another way onto the terminal. */
function fleetRenderer(options: Options, update: () => void): typeof DefaultRenderer {
  const { screen, theme } = options
  const spinner = new (class extends Spinner {
    protected override readonly spinner = [...theme.glyphs.spinner]
  })()

  return class FleetRenderer extends DefaultRenderer {
    // Whether there is a terminal is settled before; Listr would look at this process's standard output only.
    static override nonTTY = true

    override render(): Promise<void> {
      screen.live(() => {
        spinner.spin()
        update()
        return this.create().split(EOL)
      })
      return Promise.resolve()
    }

    override end(): void {
      screen.live(undefined)
    }

    protected override style(task: ListrDefaultRendererTask): string {
      return task.hasSubtasks() ? theme.paint('info', spinner.fetch()) : ''
    }

    /** One row per message: Listr's own would fold a long one, and count the columns of this process only. */
    protected override format(message: string, icon: string, level: number): string[] {
      if (message.trim() === '') return []
      const row = icon === '' ? '  '.repeat(level) + message : `${icon} ${message}`
      return [truncate(row, options.columns() - 1, theme.glyphs.ellipsis)]
    }
  }
}
