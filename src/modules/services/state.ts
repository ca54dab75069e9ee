import { differs, parseFile, parseStamp, type Stamp, type StartTimes, type WatchedFile } from './stamp.ts'

export type ServiceManager = 'systemd' | 'openrc' | 'sysvinit'

export interface ServiceState {
  readonly manager?: ServiceManager
  readonly exists: boolean
  readonly running: boolean
  /** On its way down, or crashed and waiting to be started again: neither running nor stopped. */
  readonly unsettled: boolean
  readonly enabled: boolean
  /** What `systemctl is-enabled` says: `static`, `masked`, … */
  readonly enabledWord: string
  readonly masked: boolean
  readonly needsReload: boolean
  /** Files of `restart_on` that differ from what the service was started with. */
  readonly owedFor: readonly string[]
  readonly directories: readonly string[]
  readonly stamp?: Stamp
  readonly files: Readonly<Record<string, WatchedFile>>
  /** Debian's packages may start it when they are installed. */
  readonly startsOnInstall: boolean
  /** Properties as systemd words them. */
  readonly properties: Readonly<Record<string, string>>
  /** What earlier announced changes leave open, in a check run. */
  readonly open: readonly string[]
}

/** The probe's output: systemd's `Key=value` lines, and lines of fields separated by tabs. */
export function parseService(output: string): ServiceState {
  const properties: Record<string, string> = {}
  const facts = new Map<string, readonly string[]>()
  const files: Record<string, WatchedFile> = {}
  const stampLines: string[][] = []
  for (const line of output.split('\n')) {
    const property = /^([A-Z][A-Za-z]*)=(.*)$/.exec(line)
    if (property) properties[property[1] ?? ''] = property[2] ?? ''
    const [kind = '', ...fields] = line.split('\t')
    if (kind === 'stamp') stampLines.push(fields)
    else if (kind === 'file') {
      const [path, file] = parseFile(fields)
      files[path] = file
    } else facts.set(kind, fields)
  }
  const manager = managerOf(facts.get('manager')?.[0])
  const stamp = parseStamp(stampLines)
  const watched = Object.entries(files)
  const times = startTimes(facts, properties)
  const run = properties['InvocationID'] ?? ''
  const state = {
    ...(manager && { manager }),
    ...(manager === 'systemd' ? systemdState(facts, properties) : scriptState(facts)),
    needsReload: properties['NeedDaemonReload'] === 'yes',
    directories: watched.filter(([, file]) => file.kind === 'directory').map(([path]) => path),
    files,
    ...(stamp && { stamp }),
    startsOnInstall: ['', '0', '104'].includes(facts.get('policy')?.[0] ?? ''),
    properties,
    open: [],
  }
  const owedFor = watched.filter(([path, file]) => differs(path, file, stamp, run, times)).map(([path]) => path)
  return { ...state, owedFor: state.running ? owedFor : [] }
}

type Facts = ReadonlyMap<string, readonly string[]>

function managerOf(word = ''): ServiceManager | undefined {
  return word === 'systemd' || word === 'openrc' || word === 'sysvinit' ? word : undefined
}

function systemdState(facts: Facts, properties: Readonly<Record<string, string>>) {
  const active = properties['ActiveState'] ?? ''
  const crashed = properties['SubState'] === 'auto-restart'
  const [code = '1', word = ''] = facts.get('enabled') ?? []
  const load = properties['LoadState'] ?? 'not-found'
  return {
    exists: (load !== 'not-found' && load !== '') || facts.has('script'),
    running: ['active', 'activating', 'reloading', 'refreshing'].includes(active) && !crashed,
    unsettled: active === 'deactivating' || crashed,
    enabled: code === '0' && word !== 'enabled-runtime',
    enabledWord: word,
    masked: load === 'masked' || word.startsWith('masked'),
  }
}

/** LSB: 0 runs, 1 to 3 is down; OpenRC says 32 of one that crashed. */
function scriptState(facts: Facts) {
  return {
    exists: facts.has('script'),
    running: facts.get('status')?.[0] === '0',
    unsettled: false,
    enabled: facts.get('enabled')?.[0] === '0',
    enabledWord: '',
    masked: false,
  }
}

function startTimes(facts: Facts, properties: Readonly<Record<string, string>>): StartTimes {
  const [boot = '0', madeUp = 'no'] = facts.get('boot') ?? []
  const booted = Number(boot)
  const since = Number(facts.get('since')?.[0] ?? '')
  if (since > 0) return { booted, started: since }
  if (madeUp === 'yes') {
    const wall = Date.parse((properties['ActiveEnterTimestamp'] ?? '').replace(/^\S+ (\S+) (\S+) UTC$/, '$1T$2Z'))
    return { booted, ...(Number.isFinite(wall) && { started: wall / 1000 }) }
  }
  const [ticks, perSecond = '100'] = facts.get('start') ?? []
  if (ticks !== undefined) return { booted, started: booted + Number(ticks) / Number(perSecond) }
  const stamps = ['ExecMainStartTimestampMonotonic', 'InactiveExitTimestampMonotonic']
  const micros = stamps.map((name) => Number(properties[name] ?? '0')).find((value) => value > 0)
  return { booted, ...(micros !== undefined && { started: booted + micros / 1e6 }) }
}
