import type { Family } from '../intent.ts'
import type { Position } from '../wish.ts'

/**
 * Who brings our chains back at boot: a unit of our own, UFW, or ferm. The rules in memory are the same under all
 * three and change in one transaction; where the jump to them stands, and what is written to disk, is not.
 */
export interface Seat {
  readonly name: SeatName
  /** The chain that leads to ours. */
  readonly parent: Readonly<Record<Family, string>>
  /** Left out: as the task says. UFW and ferm let the rules of their own users decide first. */
  readonly position?: Position
}

export type SeatName = 'iptables' | 'ufw' | 'ferm'

const input = { ipv4: 'INPUT', ipv6: 'INPUT' }

export const seats: Readonly<Record<SeatName, Seat>> = {
  iptables: { name: 'iptables', parent: input },
  // Before its own rules there, which send noise to its policy past any log.
  ufw: { name: 'ufw', parent: { ipv4: 'ufw-after-input', ipv6: 'ufw6-after-input' }, position: 'first' },
  ferm: { name: 'ferm', parent: input, position: 'last' },
}

/** Where a jump of ours may stand, from this seat or a former one. */
export const possibleParents = ['INPUT', 'ufw-after-input', 'ufw6-after-input']
