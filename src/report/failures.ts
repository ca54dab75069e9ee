import { isFatal } from './outcome-words.ts'
import { printable, printableLines } from './printable.ts'
import type { RunEvent } from './events.ts'
import type { Theme } from './theme.ts'

/** What went wrong, by cause: a broken mirror fails forty hosts once, not forty times. */
export interface Failures {
  add(event: RunEvent): void
  /** One line per cause, the commonest first. */
  lines(theme: Theme): string[]
}

const mostCauses = 10
const mostHosts = 6

export function createFailures(): Failures {
  const causes = new Map<string, string[]>()
  return {
    add(event) {
      if (event.event !== 'task' || event.item !== undefined || !isFatal(event)) return
      const [reason] = printableLines(event.message ?? event.outcome)
      // "connection timed out" says all; which task happened to be first on the host says nothing.
      const lost = event.outcome === 'unreachable'
      // A host's own name in its message would make every cause a different one.
      const what = (reason ?? event.outcome).replaceAll(event.host, '(host)')
      const cause = lost ? what : `${printable(event.task.name)}: ${what}`
      const hosts = causes.get(cause)
      if (hosts) hosts.push(event.host)
      else causes.set(cause, [event.host])
    },
    lines(theme) {
      const common = [...causes].sort(([, one], [, other]) => other.length - one.length)
      const lines = common.slice(0, mostCauses).map(([cause, hosts]) => {
        const names = hosts.slice(0, mostHosts).map(printable).join(', ')
        const more = hosts.length > mostHosts ? ` and ${hosts.length - mostHosts} more` : ''
        return theme.spell(
          `${theme.paint('bad', `${hosts.length} ×`)} ${cause}  ${theme.paint('quiet', `${names}${more}`)}`,
        )
      })
      const left = common.length - mostCauses
      return left > 0 ? [...lines, theme.paint('quiet', theme.spell(`… and ${left} other causes`))] : lines
    },
  }
}
