import type { Change, Plan } from '../../define.ts'
import { handMade } from '../hand-made.ts'
import { madeByIptables } from '../host.ts'
import type { Wish } from '../wish.ts'
import { comparison, count, same } from '../words.ts'
import {
  type RuleDifference,
  type ZoneDifference,
  dialectOf,
  differences,
  intentHere,
  isDifferent,
} from './difference.ts'
import { atLeast, elsewhere, unspeakable } from './rules.ts'
import type { State } from './state.ts'

export function planRules(wish: Wish, state: State): Plan {
  const refuse = wish.absent ? undefined : refusal(wish, state)
  if (refuse !== undefined) return { changes: [], refuse }
  const zones = differences(wish, state)
  return { changes: zones.flatMap(zoneChanges), warnings: wish.absent ? [] : warnings(wish, state, zones) }
}

function refusal(wish: Wish, state: State): string | undefined {
  const { version, condition, meant, zones, host } = state
  if (version === undefined)
    return 'firewalld is active but does not answer on the system bus: see "firewall-cmd --state" and "systemctl status firewalld dbus" there'
  if (condition !== 'RUNNING')
    return `firewalld is ${condition.toLowerCase()}, not running: "firewall-cmd --check-config" says what it has against its configuration`
  if (!atLeast(version, 0, 9)) return `firewalld ${version.join('.')} is too old: 0.9 is needed`
  for (const zone of meant) {
    if (zones[zone]?.runtime === undefined) return `firewalld has no zone "${zone}" here`
    if (wish.persist && zones[zone].permanent === undefined)
      return `firewalld has the zone "${zone}" for now only, not in its files: persist: false would put the rules there`
    const problem = elsewhere(wish.intent) ?? unspeakable(intentHere(wish, state), dialectOf(state, zone))
    if (problem !== undefined) return problem
  }
  return host.handMade.length > 0 ? handMade(host.handMade) : undefined
}

/** Runtime and permanent are the same rules: told once where the same is missing from both. */
function zoneChanges({ zone, idle, runtime, permanent }: ZoneDifference): Change[] {
  const both = same(runtime.add, permanent.add) && same(runtime.remove, permanent.remove)
  if (both) return [change(`zone ${zone}`, runtime)]
  return [
    ...(isDifferent(runtime) ? [change(`zone ${zone}, runtime`, runtime)] : []),
    ...(isDifferent(permanent) ? [change(`zone ${zone}, ${idle ? 'in its file' : 'permanent'}`, permanent)] : []),
  ]
}

function change(where: string, { ours, wished }: RuleDifference): Change {
  const what =
    wished.length === 0
      ? `remove ${count(ours.length, 'rule')}`
      : ours.length === 0
        ? `add ${count(wished.length, 'rule')}`
        : comparison(ours, wished)
  const text = (rules: readonly string[]) => rules.map((rule) => `${rule}\n`).join('')
  return {
    what: `firewalld: ${where}: ${what}`,
    diff: { name: `firewalld ${where}`, before: text(ours), after: text(wished) },
  }
}

const listed = (names: readonly string[]) => names.join(', ')

function warnings(wish: Wish, state: State, zones: readonly ZoneDifference[]): string[] {
  const { version = [0, 0, 0], meant, active, host } = state
  const name = `firewalld ${version.join('.')}`
  const others = Object.entries(active).filter(([other, has]) => !meant.includes(other) && has.length > 0)
  return [
    ...others.map(
      ([other, has]) =>
        `the zone ${other} (${listed(has)}) stays as it is: nothing is logged or dropped there unless zones names it`,
    ),
    ...(atLeast(version, 1, 3, 1)
      ? []
      : [`${name} writes every packet to the log that a rule logs, whatever log_limit says (mended in 1.3.1)`]),
    // Known for long, so only told with a change.
    ...(zones.length > 0 && wish.intent.log.burst !== 5 && !atLeast(version, 2, 3)
      ? [`${name} cannot set log_burst (2.3 can): it is 5`]
      : []),
    ...host.inputChains
      .filter(
        ({ table, policy }) => !/ firewalld$/.test(table) && (!madeByIptables({ table, policy }) || policy === 'drop'),
      )
      .map(
        ({ table }) =>
          `the nftables table ${table} filters input too: what it drops is dropped before or after our rules, unlogged`,
      ),
    ...(wish.intent.families.includes('ipv6') && !host.ipv6 ? ['this host has no IPv6: its rules are left out'] : []),
    ...(host.sshPorts.length === 0 ? ['no SSH port was found on this host: only what the task names is accepted'] : []),
  ]
}
