import { type Script, lines, nothing, sh } from '../../shell/script.ts'
import type { Plan } from '../define.ts'
import { type Effects, mergeEffects } from '../effects.ts'
import type { NetfilterArgs } from './arguments.ts'
import { type Backend, type BackendName, backendNames } from './backend.ts'
import { type Charge, decideCharge, managers, readCharge } from './charge.ts'
import { type HostFacts, askHost, askUnits, readHost, sortUnits } from './host.ts'
import { firewalld } from './firewalld/backend.ts'
import { ferm, iptables, ufw } from './iptables/backend.ts'
import { nftables } from './nftables/backend.ts'
import { readSections } from './sections.ts'
import { findLogin, findSshPorts } from './ssh-ports.ts'
import { type Wish, wishOf } from './wish.ts'

const backends: Readonly<Record<BackendName, Backend>> = { iptables, nftables, firewalld, ufw, ferm }
const all = backendNames.map((name) => backends[name])
/** One of each group, to be asked for all of them. */
const groups = all.filter(({ name, group }) => name === group)

/** What the probe found: the host, who is in charge, and the states of the back-ends that were asked. */
export interface State {
  readonly host: HostFacts
  readonly charge: Charge
  readonly found: Readonly<Partial<Record<BackendName, unknown>>>
}

/** One exchange for everything the plan needs. Only the back-end in charge, and those with traces of ours, are asked. */
export function probeScript(args: NetfilterArgs): Script {
  const wish = wishOf(args)
  return lines(
    askUnits,
    sortUnits,
    findLogin,
    decideCharge(args.backend, all),
    ...groups.map(
      ({ group, look }) => sh`if look_at ${group}; then
${look(wish)}
fi`,
    ),
    findSshPorts,
    askHost,
    ...groups.map(({ group, compare }) =>
      wish.absent
        ? nothing
        : sh`if [ "$group" = ${group} ]; then
${compare(wish)}
fi`,
    ),
  )
}

export function readState(output: string): State {
  const sections = readSections(output)
  const host = readHost(sections)
  const charge = readCharge(sections)
  return {
    host,
    charge,
    found: Object.fromEntries(charge.looked.map((name) => [name, backends[name].parse(sections, host)])),
  }
}

export const overlay = (state: State, effects: Effects): State => ({
  ...state,
  found: Object.fromEntries(
    state.charge.looked.map((name) => [name, backends[name].overlay(state.found[name], effects)]),
  ),
})

/** A back-end with what it shall do here. */
interface Part {
  readonly backend: Backend
  readonly wish: Wish
  readonly state: unknown
}

/** The chosen back-end first: when ours move to another one, the host is at no time without them. */
function parts(args: NetfilterArgs, { charge, found }: State): Part[] {
  const wish = wishOf(args)
  const names = [...charge.looked].sort((a, b) => Number(b === charge.backend) - Number(a === charge.backend))
  return names.map((name) => ({
    backend: backends[name],
    wish: name === charge.backend ? wish : { ...wish, absent: true },
    state: found[name],
  }))
}

export function plan(args: NetfilterArgs, state: State): Plan {
  const refuse = refusal(args, state)
  if (refuse !== undefined) return { changes: [], refuse }
  const plans = parts(args, state).map(({ backend, wish, state }) => backend.plan(wish, state))
  const refused = plans.find((one) => one.refuse !== undefined)
  if (refused) return refused
  return {
    changes: plans.flatMap(({ changes }) => changes),
    effects: plans.map(({ effects }) => effects ?? {}).reduce(mergeEffects),
    warnings: plans.flatMap(({ warnings }) => warnings ?? []),
  }
}

function refusal(args: NetfilterArgs, { host, charge }: State): string | undefined {
  if (!host.root) return 'only root may read and change packet filter rules: set become: true'
  const { manager, because, backend } = charge
  if (args.state === 'absent') return undefined
  if (manager === undefined)
    return managers.some((name) => name === backend && name !== 'nftables')
      ? `${backend} does not manage this host's packet filter now: enable it first, or leave backend at auto`
      : undefined
  const reason = `${manager} manages this host's packet filter (${because}) and would undo rules written beside it`
  return backend === manager ? undefined : `${reason}: say backend: ${manager}, or leave it at auto`
}

/** undefined: nothing must be installed first. */
export function install(args: NetfilterArgs, state: State): Script | undefined {
  const scripts = parts(args, state).flatMap(({ backend, wish, state }) => backend.install(wish, state) ?? [])
  return scripts.length > 0 ? lines(...scripts) : undefined
}

/** The change for the running host alone; undefined: only files differ, or nothing. */
export function memory(args: NetfilterArgs, state: State): Script | undefined {
  const scripts = parts(args, state).flatMap(({ backend, wish, state }) => backend.memory(wish, state) ?? [])
  return scripts.length > 0 ? lines(...scripts) : undefined
}

/** Makes it last beyond a reboot. */
export const persist = (args: NetfilterArgs, state: State): Script =>
  lines(...parts(args, state).map(({ backend, wish, state }) => backend.persist(wish, state)))

/** Takes `memory` back: ours as it was, others' untouched. A pure function of the state before. */
export const restore = (args: NetfilterArgs, state: State): Script =>
  lines(...parts(args, state).map(({ backend, wish, state }) => backend.restore(wish, state)))

export function title({ charge, found }: State): string {
  return charge.backend === undefined ? '' : backends[charge.backend].title(found[charge.backend])
}
