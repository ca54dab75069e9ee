import { failed, type Proof, proven, unproven } from './proof.ts'
import type { Connection, Sender } from './sender.ts'

/** Whether what comes to an action gets to its intake, as far as can be seen without sending anything. Pure. */
export function judgeSender(sender: Sender): Proof {
  const { used, idle, connections, sharing } = sender
  if (!sender.running) return failed('sent', 'rsyslogd does not run')
  if (sender.suspended) return failed('sent', 'rsyslogd has suspended it: the intake does not take what is sent')
  if (sender.waiting > 0) return failed('sent', 'events wait on disk')
  if (used === false) return unproven('sent', 'no event came since rsyslogd started: it connects with the first')
  if (used === undefined) return unproven('sent', 'its name begins like that of another: they cannot be told apart')
  if (sender.connecting) return failed('sent', 'rsyslogd gets no connection with the intake')
  const unsent = connections.reduce((sum, one) => sum + one.unsent, 0)
  if (unsent > 0) return failed('sent', `${unsent} bytes are not acknowledged by the intake`)
  if (!idle) return failed('sent', 'rsyslogd is still at work on events')
  if (connections.length === 0)
    return unproven('sent', 'not connected at present: rsyslogd connects with the next event')
  if (connections.length < sharing) {
    return unproven(
      'sent',
      `${connections.length} of ${sharing} forwards to this intake are connected: which, cannot be told`,
    )
  }
  const acknowledged = totalAcknowledged(connections)
  const bytes = acknowledged === undefined ? '' : `, ${acknowledged} bytes acknowledged`
  return proven(
    'sent',
    `connected${sharing > 1 ? ` like all ${sharing} forwards to this intake` : ''}${bytes}, nothing waits`,
  )
}

/** The same once an event has come to it: `before` is how it was until then. */
export function judgeSenderOfEvent(before: Sender, after: Sender): Proof {
  const proof = judgeSender(after)
  if (proof.state === 'failed') return proof
  if (after.used === false) return failed('sent', 'the event did not come to what forwards it')
  if (after.connections.length === 0) return failed('sent', 'rsyslogd has no connection to the intake')
  if (proof.state !== 'proven') return proof
  const more = totalAcknowledged(after.connections.map((one) => since(before.connections, one)))
  if (more === undefined) return proof
  return more > 0
    ? proven('sent', `${more} bytes more acknowledged, nothing waits`)
    : failed('sent', 'connected, but nothing was sent since the packet')
}

/** One connection, of which counts what was acknowledged since `before`: one made since begins to count anew. */
function since(before: Sender['connections'], one: Connection): Connection {
  const earlier = before.find(({ port }) => port === one.port)?.acknowledged ?? 0
  // Less than before: another one, which happens to have its port.
  if (one.acknowledged === undefined || one.acknowledged < earlier) return one
  return { ...one, acknowledged: one.acknowledged - earlier }
}

function totalAcknowledged(connections: Sender['connections']): number | undefined {
  const counts = connections.map(({ acknowledged }) => acknowledged)
  return counts.every((count) => count !== undefined) ? counts.reduce((sum, count) => sum + count, 0) : undefined
}
