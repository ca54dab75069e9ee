import type { Motion } from './in-motion.ts'
import { failed, type Proof, proven, unproven } from './proof.ts'

/** What became of one packet to `port`, from what was seen before and after it. Pure. */
export function judgeMotion(before: Motion, after: Motion, port: number): readonly Proof[] {
  return [drop(before, after, port), event(after, port), sent(before, after)]
}

function drop({ drops: before }: Motion, { drops: after, line }: Motion, port: number): Proof {
  if (!after) {
    return line === undefined
      ? failed('drop', 'no rule of ours counts packets, and no line came of one')
      : unproven('drop', 'no rule of ours counts packets here; but see event')
  }
  if (!before) return failed('drop', 'the rule that logs was not there')
  const logged = after.logged - before.logged
  if (logged > 0) return proven('drop', `port ${port}: ${logged} more logged`)
  if (after.dropped > before.dropped) {
    return failed('drop', `port ${port}: dropped, but not logged: is log_limit used up by other packets?`)
  }
  return failed('drop', `port ${port}: the packet met no rule that logs: is what comes from here accepted?`)
}

function event({ line }: Motion, port: number): Proof {
  return line === undefined ? failed('event', `no line with DPT=${port} in the logs`) : proven('event', line)
}

/** True when nothing more will come: what is to be proven is there. */
export function isSettled(before: Motion, after: Motion, port: number): boolean {
  return judgeMotion(before, after, port).every(({ state }) => state !== 'failed')
}

function sent(before: Motion, { connections, waiting }: Motion): Proof {
  const [open] = connections
  if (!open) return failed('sent', 'rsyslogd has no connection to the intake')
  const unsent = connections.reduce((sum, one) => sum + one.unsent, 0)
  if (unsent > 0) return failed('sent', `${unsent} bytes are not acknowledged by the intake`)
  if (waiting > 0) return failed('sent', 'events wait on disk')
  const acknowledged = total(connections)
  if (acknowledged === undefined) return proven('sent', 'connected, nothing waits')
  const more = acknowledged - (total(before.connections) ?? 0)
  // A connection made since begins to count anew.
  const news = more > 0 ? more : connections.length > before.connections.length ? acknowledged : 0
  return news > 0
    ? proven('sent', `${news} bytes more acknowledged, nothing waits`)
    : failed('sent', 'connected, but nothing was sent since the packet')
}

function total(connections: Motion['connections']): number | undefined {
  const counts = connections.map(({ acknowledged }) => acknowledged)
  return counts.every((count) => count !== undefined) ? counts.reduce((sum, count) => sum + count, 0) : undefined
}
