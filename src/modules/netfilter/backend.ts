import type { Script } from '../../shell/script.ts'
import type { Plan } from '../define.ts'
import type { Effects } from '../effects.ts'
import type { HostFacts } from './host.ts'
import type { Sections } from './sections.ts'
import type { Wish } from './wish.ts'

export const backendNames = ['iptables', 'nftables', 'firewalld', 'ufw', 'ferm'] as const
export type BackendName = (typeof backendNames)[number]

/**
 * One way to bring the intent to a host: its own tool, its own places, its own words. The probe of the module asks only
 * the back-end in charge (and those that left traces), so what one costs is nothing to hosts of the others.
 *
 * The change comes in three parts, so that a confirmation can stand between them: `memory` makes it for the running
 * host alone, `persist` makes it last beyond a reboot, `restore` takes `memory` back. All three are pure functions of
 * the wish and the state before, and leave what others have as it is.
 */
export interface Backend<State = unknown> {
  readonly name: BackendName
  /** Back-ends of one group have the same rules in other places: they are asked together, and one takes over from another. */
  readonly group: BackendName
  /** A shell condition, cheap everywhere: this host bears something of ours through this group. */
  readonly traces: Script
  /**
   * Read-only: prints what there is, in sections of its own name. May use `has` and `show` and add to `ssh_ports` the
   * ports that earlier runs kept open.
   */
  look(wish: Wish): Script
  /** Read-only: prints how this host would show the wish, with its own `$ssh_ports`. */
  compare(wish: Wish): Script
  /** Pure. */
  parse(sections: Sections, host: HostFacts): State
  /** The state once earlier announced changes are made. Pure. */
  overlay(state: State, effects: Effects): State
  /** Pure. */
  plan(wish: Wish, state: State): Plan
  /** What must be installed first; undefined: nothing. */
  install(wish: Wish, state: State): Script | undefined
  /** undefined: the rules in memory are as wished. */
  memory(wish: Wish, state: State): Script | undefined
  persist(wish: Wish, state: State): Script
  restore(wish: Wish, state: State): Script
  /** For the result: `iptables (legacy)`. */
  title(state: State): string
}
