import type { BecomeMethod } from '../shell/become.ts'
import type { Variables } from '../variables/load-variable.ts'
import type { VaultSecret } from '../variables/vault.ts'
import type { RunMode } from '../report/events.ts'
import type { Shard } from './shard.ts'

/** What a run is told besides playbooks and inventory; already parsed and checked. */
export interface RunOptions {
  readonly mode: RunMode
  readonly diff: boolean
  readonly forks: number
  readonly limit: string | undefined
  /** The part of the inventory that this run is for; left out: all of it. */
  readonly shard?: Shard | undefined
  readonly tags: readonly string[]
  readonly skipTags: readonly string[]
  readonly extraVars: Variables
  readonly vaultSecrets: readonly VaultSecret[]
  readonly rolesPath: readonly string[]
  /** How often `-v` was given. */
  readonly verbosity: number
  /** The `ansible.cfg` that was read. */
  readonly configFile?: string | undefined
  readonly become: boolean | undefined
  readonly becomeUser: string | undefined
  readonly becomeMethod: BecomeMethod | undefined
  readonly becomePassword: string | undefined
  readonly forceHandlers: boolean
  /** Seconds; for `async` tasks without a `poll`. */
  readonly pollInterval?: number | undefined
  /** Seconds for each step of a task that has no `timeout`; 0 or left out: the session's own. */
  readonly taskTimeout?: number | undefined
  /** Measure where the time goes. */
  readonly profile?: boolean | undefined
  /** `--start-at-task`: a name, or a pattern of one; what comes before it is left out. */
  readonly startAtTask?: string | undefined
  /** Connection variables below the inventory's, from the command line (`-u`, `--private-key`, …). */
  readonly connection: Readonly<Record<string, string | number>>
  /** Who holds the run lock, for the next one: "ann@laptop". */
  readonly holder: string
}

/** Check runs change nothing. */
export function isCheck(options: RunOptions): boolean {
  return options.mode !== 'apply'
}
