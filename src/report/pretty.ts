import { createFleetList, type FleetList } from './fleet-list.ts'
import { createNarrator } from './narrate.ts'
import { createProgress } from './progress.ts'
import { progressRows } from './progress-rows.ts'
import { createScreen, type Terminal } from './screen.ts'
import type { Reporter } from './events.ts'
import type { View } from './task-lines.ts'

/**
 * For people at a terminal: what changed and what failed stays as lines, and under them a few live rows say how far
 * the play is, what it is at, and how long it will take.
 */
export function createPrettyReporter(terminal: Terminal, look: Omit<View, 'columns' | 'screen'>): Reporter {
  const view: View = {
    ...look,
    screen: true,
    get columns() {
      return terminal.columns()
    },
  }
  const screen = createScreen(terminal)
  const narrate = createNarrator(view)
  const progress = createProgress()
  const clock = (): number => performance.now()
  let list: FleetList | undefined
  const rows = () => {
    const now = progress.snapshot(clock())
    return now && progressRows(now, view.theme, terminal.columns())
  }

  return {
    on(event) {
      progress.add(event, clock())
      screen.print(narrate(event))
      if (event.event === 'play-start')
        list ??= createFleetList({ screen, theme: view.theme, columns: () => terminal.columns(), rows })
      if (event.event === 'recap') list?.finish()
    },
    async end() {
      try {
        list?.finish()
        await list?.done
      } finally {
        screen.end()
      }
    },
    suspend: () => screen.suspend(),
    resume: () => screen.resume(),
  }
}
