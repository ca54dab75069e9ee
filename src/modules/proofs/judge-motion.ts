import type { Motion } from './in-motion.ts'
import { judgeSender, judgeSenderOfEvent } from './judge-sender.ts'
import { failed, type Proof, proven, unproven } from './proof.ts'

/**
 * What became of one packet to `port`, from what was seen before and after it. Pure.
 * `mayPass`: that it was accepted is possible, and no mistake.
 */
export function judgeMotion(before: Motion, after: Motion, port: number, mayPass = false): readonly Proof[] {
  if (mayPass && after.line === undefined && before.drops && after.drops && !grew(before.drops, after.drops)) {
    const why = `port ${port}: met no rule that logs: accept has every port for some, of which this machine may be one`
    return [unproven('drop', why), unproven('event', why), judgeSender(after.sender)]
  }
  return [drop(before, after, port), event(after, port), judgeSenderOfEvent(before.sender, after.sender)]
}

const grew = (before: NonNullable<Motion['drops']>, after: NonNullable<Motion['drops']>) =>
  after.logged > before.logged || after.dropped > before.dropped

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
