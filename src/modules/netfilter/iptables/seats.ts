import type { Family, Route } from '../intent.ts'
import type { Position } from '../wish.ts'

/**
 * Who brings our chains back at boot: a unit of our own, UFW, or ferm. The rules in memory are the same under all
 * three and change in one transaction; where the jump to them stands, and what is written to disk, is not.
 */
export interface Seat {
  readonly name: SeatName
  /** The chains that lead to ours. */
  readonly parents: Readonly<Record<Route, Readonly<Record<Family, string>>>>
  /** Left out: as the task says. UFW and ferm let the rules of their own users decide first. */
  readonly position?: Position
}

export type SeatName = 'iptables' | 'ufw' | 'ferm'

/** Docker sends everything there that it forwards, before its own rules; what is in it is its user's. */
export const dockerUser = 'DOCKER-USER'

const inBoth = (chain: string) => ({ ipv4: chain, ipv6: chain })
const builtIn = { input: inBoth('INPUT'), forward: inBoth('FORWARD'), 'docker-user': inBoth(dockerUser) }

export const seats: Readonly<Record<SeatName, Seat>> = {
  iptables: { name: 'iptables', parents: builtIn },
  ufw: {
    name: 'ufw',
    parents: {
      input: { ipv4: 'ufw-after-input', ipv6: 'ufw6-after-input' },
      forward: { ipv4: 'ufw-after-forward', ipv6: 'ufw6-after-forward' },
      'docker-user': builtIn['docker-user'],
    },
    // Before its own rules there, which send noise to its policy past any log.
    position: 'first',
  },
  ferm: { name: 'ferm', parents: builtIn, position: 'last' },
}

/** Behind everything in Docker's chain there may be a rule that ends it. */
export const positionOn = (route: Route, seat: Seat, wished: Position): Position =>
  route === 'docker-user' ? 'first' : (seat.position ?? wished)

/** Where a jump of ours may stand, from this seat or a former one. */
export const possibleParents: readonly string[] = [
  ...new Set(Object.values(seats).flatMap(({ parents }) => Object.values(parents).flatMap(Object.values<string>))),
]
