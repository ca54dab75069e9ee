import type { Change, Plan } from '../define.ts'
import { shortName } from './unit-name.ts'
import type { ServiceState } from './state.ts'
import type { ServiceWish } from './wish.ts'

export type Deed = 'start' | 'stop' | 'restart' | 'reload'

export const restartOwed = 'restart (its files differ from those it was started with)'

export function planService(wish: ServiceWish, state: ServiceState): Plan {
  const refuse = refusal(wish, state)
  if (refuse !== undefined) return { changes: [], refuse }
  const changes: Change[] = []
  const say = (what: string) => changes.push({ what })
  if (wish.daemonReexec) say('run systemd anew')
  if (wish.daemonReload && state.needsReload) say("reload systemd's unit files")
  if (wish.masked === false && state.masked) say('unmask')
  if (owesEnabling(wish, state)) say(wish.enabled ? 'enable' : 'disable')
  const deed = deedFor(wish, state)
  if (deed !== undefined) say(deed === 'restart' && wish.state === 'started' ? restartOwed : deed)
  if (wish.masked === true && !state.masked) say('mask')
  return {
    changes,
    ...effectsOf(wish, deed),
    ...(state.open.length > 0 && { uncertain: state.open }),
    ...warnings(wish, state),
  }
}

/** What has to happen to the running service. */
export function deedFor(wish: ServiceWish, state: ServiceState): Deed | undefined {
  switch (wish.state) {
    case 'started':
      if (!state.running) return 'start'
      return state.owedFor.length > 0 ? 'restart' : undefined
    case 'stopped':
      return state.running || state.unsettled ? 'stop' : undefined
    case 'restarted':
      return state.running ? 'restart' : 'start'
    case 'reloaded':
      return state.running ? 'reload' : 'start'
    case undefined:
      return undefined
  }
}

/** Units that nobody can enable or disable: others start them, or a generator makes them. */
const fixed = ['static', 'indirect', 'alias', 'transient']

export function owesEnabling(wish: ServiceWish, state: ServiceState): boolean {
  return wish.enabled !== undefined && wish.enabled !== state.enabled && !fixed.includes(state.enabledWord)
}

function refusal(wish: ServiceWish, state: ServiceState): string | undefined {
  if (wish.only === 'systemd' && state.manager !== 'systemd') return 'systemd does not run on this host'
  if (wish.name === undefined) return undefined
  const { properties, manager } = state
  if (manager === undefined)
    return 'no service manager that Sallyport speaks (systemd, OpenRC, init scripts) runs on this host'
  const [directory] = state.directories
  if (directory !== undefined) return `restart_on: ${directory} is a directory: name the files`
  if (['error', 'bad-setting'].includes(properties['LoadState'] ?? '')) {
    return `Error loading unit file '${wish.name}': ${properties['LoadError'] ?? ''}`
  }
  const needed = wish.state !== undefined || wish.enabled !== undefined
  if (!state.exists && needed && state.open.length === 0)
    return `Could not find the requested service ${wish.name}: host`
  const starts = wish.state !== undefined && wish.state !== 'stopped'
  if (starts && state.masked && wish.masked !== false)
    return `${wish.name} is masked on this host: ${unmasking(wish, state)} to start it`
  if (wish.enabled && state.masked && wish.masked !== false)
    return `${wish.name} is masked on this host: ${unmasking(wish, state)} to enable it`
  if (
    wish.state === 'started' &&
    !state.running &&
    properties['Type'] === 'oneshot' &&
    properties['RemainAfterExit'] === 'no'
  ) {
    return `${wish.name} does its work and ends (a oneshot unit): \`state: started\` would run it every time; say \`state: restarted\` if that is meant`
  }
  if (wish.state === 'reloaded' && state.running && properties['CanReload'] === 'no') {
    return `${wish.name} cannot reload its configuration: say \`state: restarted\``
  }
  if (wish.masked !== undefined && manager !== 'systemd')
    return `masked: only systemd can mask a service, this host has ${manager}`
  return undefined
}

/** Of the two modules only `systemd` can unmask. */
function unmasking({ name, only }: ServiceWish, { enabledWord }: ServiceState): string {
  if (only === 'systemd') return 'say `masked: false`'
  const runtime = enabledWord === 'masked-runtime' ? '--runtime ' : ''
  return `run \`systemctl unmask ${runtime}${name ?? ''}\` there, or say \`masked: false\` with the module systemd,`
}

function effectsOf(wish: ServiceWish, deed: Deed | undefined): Pick<Plan, 'effects'> {
  if (wish.name === undefined) return {}
  const runs = deed === undefined ? undefined : deed !== 'stop'
  const files = wish.state === 'started' && deed === 'restart' ? { files: wish.restartOn } : {}
  return {
    effects: {
      units: {
        [shortName(wish.name)]: {
          ...(wish.enabled !== undefined && { enabled: wish.enabled }),
          ...(runs !== undefined && { active: runs }),
          ...((deed === 'restart' || deed === 'start') && { restarted: true, ...files }),
        },
      },
    },
  }
}

function warnings(wish: ServiceWish, { manager, enabledWord, enabled }: ServiceState): Pick<Plan, 'warnings'> {
  const said: string[] = []
  if (manager === 'systemd') {
    const foreign = { pattern: wish.pattern, sleep: wish.sleep, arguments: wish.arguments[0] }
    for (const [name, value] of Object.entries(foreign)) {
      if (value !== undefined) said.push(`'${name}' means nothing to systemd, which manages services on this host`)
    }
  }
  if (wish.enabled !== undefined && wish.enabled !== enabled && fixed.includes(enabledWord)) {
    said.push(`${wish.name ?? ''} is ${enabledWord}: it can be neither enabled nor disabled`)
  }
  if (wish.enabled === false && enabled && fixed.includes(enabledWord)) return { warnings: said }
  return said.length > 0 ? { warnings: said } : {}
}
