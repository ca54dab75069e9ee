import { type Mapping, plainText } from '../../source/value.ts'

/** What the service managers of a host print, as Ansible's `services`. */

type Rows = readonly string[]

/** ` [ + ]  ssh` of `service --status-all`, and our rows of chkconfig: `running NAME 0:off 1:off 2:on 3:on …`. */
export function sysvServices(statusAll: Rows, chkconfig: Rows): Mapping {
  const services: Record<string, Mapping> = {}
  for (const row of statusAll) {
    const [, sign, name] = /^\s*\[ ([+-]) \]\s+(.+)$/.exec(row) ?? []
    if (name !== undefined) services[name] = { name, state: sign === '+' ? 'running' : 'stopped', source: 'sysv' }
  }
  for (const row of chkconfig) {
    const [, state = '', name, levels = ''] = /^(running|stopped) (\S+)\s+(0:.*6:(?:on|off).*)$/.exec(row) ?? []
    if (name === undefined) continue
    services[name] = { name, state, status: /\b3:on\b/.test(levels) ? 'enabled' : 'disabled', source: 'sysv' }
  }
  return services
}

/** `NAME STATE …` of rc-status, `NAME | default boot` of rc-update. */
export function openrcServices(status: Rows, update: Rows): Mapping {
  const runlevels = new Map(
    update.map((row) => {
      const [name = '', levels = ''] = row.split('|')
      return [name.trim(), levels.trim() === '' ? null : levels.trim().split(/\s+/)] as const
    }),
  )
  return Object.fromEntries(
    status.flatMap((row) => {
      const [name, state] = row.trim().split(/\s+/)
      if (name === undefined || state === undefined) return []
      return [[name, { name, runlevels: runlevels.get(name) ?? null, state, source: 'openrc' }] as const]
    }),
  )
}

const badStates = ['not-found', 'masked', 'failed']

/**
 * `list-units` tells what is loaded, `list-unit-files` how it is enabled; `states` are names of unit files, `===`, and
 * an `ActiveState=` for each in the same order.
 */
export function systemdServices(units: Rows, files: Rows, states: Rows): Mapping {
  const services: Record<string, Mapping> = {}
  for (const row of units) {
    const words = row.trim().split(/\s+/)
    const [name = '', load = '', active = '', sub = ''] = words[0]?.endsWith('.service') ? words : words.slice(1)
    if (!name.endsWith('.service')) continue
    const status = badStates.find((bad) => [load, active, sub].includes(bad)) ?? active
    services[name] = { name, state: sub === 'running' ? 'running' : 'stopped', status, source: 'systemd' }
  }
  const middle = states.indexOf('===')
  const active = states.slice(middle + 1).filter((row) => row.startsWith('ActiveState='))
  const stateOf = new Map(
    states.slice(0, middle).map((name, index) => [name, active[index]?.slice('ActiveState='.length)]),
  )
  for (const row of files) {
    const [name = '', status = ''] = row.trim().split(/\s+/)
    if (!name.endsWith('.service')) continue
    const known = services[name]
    if (!known) services[name] = { name, state: stateOf.get(name) ?? 'unknown', status, source: 'systemd' }
    else if (!badStates.includes(plainText(known['status'] ?? null))) services[name] = { ...known, status }
  }
  return services
}
