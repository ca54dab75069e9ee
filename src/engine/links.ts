import type { Host } from './host.ts'
import { HostLink } from './host-link.ts'
import { HostSessions, type SessionCount, type SessionNotices } from './sessions.ts'
import type { Transport } from '../transport/transport.ts'

/** The hosts a play is connected to: each once, whoever works there. */
export interface Links {
  /** The link to a host. Whoever holds it lets go of it at its end. */
  to(host: Host): HostLink
  /** Round trips spent on a host in this play. */
  count(host: string): SessionCount | undefined
  closeAll(): void
}

export interface LinksContext {
  readonly transport: Transport
  readonly holder: string
  notices(host: string): SessionNotices
}

export function createLinks({ transport, holder, notices }: LinksContext): Links {
  const links = new Map<string, HostLink>()
  const counts = new Map<string, SessionCount>()
  return {
    to(host) {
      const known = links.get(host.name)
      if (known) return known
      const count: SessionCount = { connections: 0, channels: 0, exchanges: 0 }
      counts.set(host.name, count)
      const link = new HostLink(
        host,
        (target) => new HostSessions(transport, target, { ...notices(host.name), holder, count }),
      )
      links.set(host.name, link)
      return link
    },
    count: (host) => counts.get(host),
    closeAll: () => links.forEach((link) => link.close()),
  }
}
