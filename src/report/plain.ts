import type { Writable } from 'node:stream'
import { createLineWriter } from './line-writer.ts'
import { createNarrator } from './narrate.ts'
import type { Reporter } from './events.ts'
import type { View } from './task-lines.ts'

/** For pipes and CI logs: lines that stand for themselves, in the order in which things happened. */
export function createPlainReporter(stdout: Writable, view: View): Reporter {
  const writer = createLineWriter(stdout)
  const narrate = createNarrator(view)
  return {
    on(event) {
      const lines = narrate(event)
      if (lines.length > 0) writer.write(lines.map((line) => `${line.trimEnd()}\n`).join(''))
    },
    end: () => writer.end(),
  }
}
