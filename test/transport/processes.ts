import { readdirSync, readFileSync } from 'node:fs'

/** Waits until so many processes of this machine have such a command line (its words end in NUL); their numbers. */
export async function processes(matches: (line: string) => boolean, count: number): Promise<readonly number[]> {
  for (;;) {
    const found = readdirSync('/proc').filter((pid) => {
      if (!/^\d+$/.test(pid)) return false
      try {
        return matches(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))
      } catch {
        return false
      }
    })
    if (found.length === count) return found.map(Number)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
