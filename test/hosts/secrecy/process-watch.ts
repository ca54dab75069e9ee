import { fork } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * Reads the command lines of all processes again and again, those of the lab's hosts too: their processes are this
 * machine's. A process of its own, so that it looks while the test is busy.
 */
export interface ProcessWatch {
  /** Ends the watching; every command line that was seen. */
  stop(): Promise<readonly string[]>
}

export function watchProcesses(): ProcessWatch {
  const child = fork(fileURLToPath(import.meta.url), ['watch'], { execArgv: ['--import', 'tsx'] })
  return {
    stop: () =>
      new Promise((resolve, reject) => {
        child.once('error', reject)
        child.once('message', (seen) => {
          child.disconnect()
          resolve(seen as string[])
        })
        child.send('stop')
      }),
  }
}

function watch(): void {
  const seen = new Set<string>()
  const look = (): void => {
    for (const pid of readdirSync('/proc')) {
      if (!/^\d+$/.test(pid)) continue
      try {
        seen.add(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '))
      } catch {
        // It ended meanwhile.
      }
    }
  }
  const timer = setInterval(look, 1)
  // Nobody waits for it any more.
  process.once('disconnect', () => clearInterval(timer))
  process.once('message', () => {
    clearInterval(timer)
    process.send?.([...seen])
  })
}

if (process.argv[2] === 'watch') watch()
