import type { Host } from './host.ts'
import { HostLink } from './host-link.ts'
import { HostSessions, type SessionCount, type SessionNotices } from './sessions.ts'
import { createStopwatch, type Stopwatch } from './profile.ts'
import type { Transport } from '../transport/transport.ts'

/** The hosts a play is connected to: each once, whoever works there. */
export interface Links {
  /** The link to a host. Whoever holds it lets go of it at its end. */
  to(host: Host): HostLink
  /** Round trips spent on a host in this play. */
  count(host: string): SessionCount | undefined
  /** Where the time goes on a host, when that is asked for. */
  stopwatch(host: string): Stopwatch | undefined
  closeAll(): void
}

export interface LinksContext {
  readonly transport: Transport
  readonly holder: string
  readonly profile: boolean
  notices(host: string): SessionNotices
}

export function createLinks({ transport, holder, profile, notices }: LinksContext): Links {
  const links = new Map<string, HostLink>()
  const counts = new Map<string, SessionCount>()
  const stopwatches = new Map<string, Stopwatch>()
  const stopwatch = (host: string): Stopwatch | undefined => {
    if (profile && !stopwatches.has(host)) stopwatches.set(host, createStopwatch())
    return stopwatches.get(host)
  }
  return {
    to(host) {
      const known = links.get(host.name)
      if (known) return known
      const count: SessionCount = { connections: 0, channels: 0, exchanges: 0 }
      counts.set(host.name, count)
      const link = new HostLink(
        host,
        (target) =>
          new HostSessions(transport, target, {
            ...notices(host.name),
            holder,
            count,
            stopwatch: stopwatch(host.name),
          }),
      )
      links.set(host.name, link)
      return link
    },
    count: (host) => counts.get(host),
    stopwatch,
    closeAll: () => links.forEach((link) => link.close()),
  }
}
