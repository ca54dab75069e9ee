import { Writable } from 'node:stream'
import { createTheme } from '../../../src/report/theme.ts'
import type { Reporter, RunEvent } from '../../../src/report/events.ts'

/** Keeps what is written to it. */
export function collector(): Writable & { text(): string; readonly writes: string[] } {
  const writes: string[] = []
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, _encoding, done) {
      writes.push(chunk.toString())
      done()
    },
  })
  return Object.assign(stream, { writes, text: () => writes.join('') })
}

export async function play(reporter: Reporter, events: Iterable<RunEvent>): Promise<void> {
  for (const event of events) reporter.on(event)
  await reporter.end()
}

export const bare = createTheme({ color: false, unicode: true })
export const ascii = createTheme({ color: false, unicode: false })
export const colorful = createTheme({ color: true, unicode: true })
