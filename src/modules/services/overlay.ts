import type { Effects, PathEffect } from '../effects.ts'
import type { ServiceState } from './state.ts'
import { shortName } from './unit-name.ts'
import type { ServiceWish } from './wish.ts'

/** Debian packages whose service is an exception to the policy that installing a service enables and starts it. */
const debianExceptions: Readonly<Record<string, { enabled: boolean; running: boolean }>> = {
  nftables: { enabled: false, running: false },
  rsync: { enabled: true, running: false },
}

/** The service as it will be once earlier announced changes are made; for check runs. */
export function overlayService(state: ServiceState, effects: Effects, wish: ServiceWish): ServiceState {
  const { name } = wish
  if (name === undefined) return withReload(state, effects)
  const installed = state.exists ? state : withPackages(state, effects, name)
  const filed = withUnitFile(installed, effects, name)
  const acted = withUnits(filed, effects, name)
  // What is new systemd reads when it is asked for it.
  const known = state.exists ? effects : { ...effects, paths: without(effects.paths, unitPaths(name)) }
  return withReload(withFiles(acted, effects, wish), known)
}

const without = (paths: Effects['paths'] = {}, names: readonly string[]): NonNullable<Effects['paths']> =>
  Object.fromEntries(Object.entries(paths).filter(([path]) => !names.includes(path)))

function withPackages(state: ServiceState, effects: Effects, name: string): ServiceState {
  const coming = Object.entries(effects.packages ?? {}).filter(([, effect]) => effect.state === 'installed')
  if (coming.length === 0) return state
  const own = coming.find(([packageName]) => packageName === shortName(name))
  if (!own) {
    const names = coming.map(([packageName]) => packageName).join(', ')
    return { ...state, open: [`whether ${names} brings the service ${name}, and starts it`] }
  }
  const there = { ...state, exists: true, owedFor: [] }
  switch (own[1].manager) {
    case 'apt': {
      const usual = debianExceptions[shortName(name)] ?? { enabled: true, running: true }
      return { ...there, enabled: usual.enabled, running: usual.running && state.startsOnInstall }
    }
    case 'apk':
      return { ...there, enabled: false, running: false }
    default:
      // The rpm family starts nothing; what it enables is written in presets that come with the distribution.
      return { ...there, running: false, open: [`whether the distribution enables ${name} when it is installed`] }
  }
}

const unitFolders = ['/etc/systemd/system', '/lib/systemd/system', '/usr/lib/systemd/system', '/run/systemd/system']

const unitFileEffect = (effects: Effects, name: string): PathEffect | undefined =>
  unitPaths(name)
    .map((path) => effects.paths?.[path])
    .find((effect) => effect !== undefined)

function unitPaths(name: string): string[] {
  const file = /\.[a-z]+$/.test(name) ? name : `${name}.service`
  const template = file.replace(/@[^.]*\./, '@.')
  return [...unitFolders.flatMap((folder) => [`${folder}/${file}`, `${folder}/${template}`]), `/etc/init.d/${name}`]
}

function withUnitFile(state: ServiceState, effects: Effects, name: string): ServiceState {
  const effect = unitFileEffect(effects, name)
  if (state.exists || effect === undefined || effect.type === 'absent') return state
  return { ...state, exists: true, running: false, enabled: false, open: [] }
}

function withUnits(state: ServiceState, effects: Effects, name: string): ServiceState {
  const effect = effects.units?.[shortName(name)]
  if (!effect) return state
  return {
    ...state,
    ...(effect.enabled !== undefined && { enabled: effect.enabled }),
    ...(effect.active !== undefined && { running: effect.active, unsettled: false }),
    ...(effect.restarted && { owedFor: [] }),
  }
}

/** A file whose content an earlier task will change: certain, unless the service is restarted in between. */
function withFiles(state: ServiceState, effects: Effects, { restartOn, name }: ServiceWish): ServiceState {
  if (!state.running) return { ...state, owedFor: [] }
  const unit = effects.units?.[shortName(name ?? '')]
  const taken = unit?.restarted ? (unit.files ?? restartOn) : []
  const owed = restartOn.filter((path) => {
    const effect = effects.paths?.[path]
    if (!effect || taken.includes(path)) return state.owedFor.includes(path)
    return willDiffer(path, effect, state) ?? state.owedFor.includes(path)
  })
  return { ...state, owedFor: owed }
}

function willDiffer(path: string, effect: PathEffect, state: ServiceState): boolean | undefined {
  const run = state.properties['InvocationID'] ?? ''
  const stamped = state.stamp?.run === run ? state.stamp.files[path] : undefined
  const coming = effect.type === 'absent' ? 'missing' : effect.sha256
  if (stamped !== undefined && coming !== undefined) return stamped !== coming
  // Nobody stamped it: a file that goes leaves no time behind, one that is written is newer than the service.
  if (effect.type === 'absent') return undefined
  return effect.contentChanges === true ? true : undefined
}

/** systemd notices by itself that unit files changed since it read them. */
function withReload(state: ServiceState, effects: Effects): ServiceState {
  const touched = Object.entries(effects.paths ?? {}).some(
    ([path, effect]) =>
      unitFolders.some((folder) => path.startsWith(`${folder}/`)) &&
      (effect.contentChanges === true || effect.type === 'absent'),
  )
  return touched && state.manager === 'systemd' ? { ...state, needsReload: true } : state
}
