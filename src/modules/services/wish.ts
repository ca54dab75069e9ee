/** What `service` and `systemd` both understand. */
export interface ServiceWish {
  readonly name: string | undefined
  readonly state?: 'started' | 'stopped' | 'restarted' | 'reloaded'
  readonly enabled?: boolean
  readonly masked?: boolean
  readonly daemonReload: boolean
  readonly daemonReexec: boolean
  readonly scope: 'system' | 'user' | 'global'
  readonly noBlock: boolean
  readonly force: boolean
  readonly restartOn: readonly string[]
  /** The words of a command that looks at its configuration before it is (re)started. */
  readonly restartCheck?: readonly string[]
  readonly pattern?: string
  /** Seconds between stop and start of a restart, for init scripts. */
  readonly sleep?: number
  /** Further words for an init script. */
  readonly arguments: readonly string[]
  readonly runlevel: string
  /** Whether the task insists on systemd. */
  readonly only?: 'systemd'
}
