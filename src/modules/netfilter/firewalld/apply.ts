import { type Script, lines, nothing, sh } from '../../../shell/script.ts'
import type { Wish } from '../wish.ts'
import { type RuleDifference, differences, isDifferent } from './difference.ts'
import { bus, changedZones, oursInXml, priorities, shippedZones } from './places.ts'
import { busFunctions } from './probe.ts'
import type { State } from './state.ts'

/**
 * Rules in force. firewalld has no transaction over several of them, and makes one of two that match and do the same,
 * at the place of the older one. So what goes is gone before its successor comes, the drop before all, and what drops
 * comes last: wherever this is cut off, SSH is not dropped. A drop that stays does so; new connections wait meanwhile.
 */
export function memoryScript(wish: Wish, state: State): Script | undefined {
  const zones = differences(wish, state).filter(({ runtime, idle }) => !idle && isDifferent(runtime))
  return zones.length === 0 ? undefined : lines(functions, ...zones.map(({ zone, runtime }) => inForce(zone, runtime)))
}

/** Takes back what `memoryScript` did, as far as it came; what others changed meanwhile stays. */
export function restoreScript(wish: Wish, state: State): Script {
  const zones = differences(wish, state).filter(({ runtime, idle }) => !idle && isDifferent(runtime))
  return zones.length === 0
    ? nothing
    : lines(functions, ...zones.map(({ zone, runtime }) => inForce(zone, back(runtime))))
}

/** By priority, which is how such texts sort. */
const back = ({ ours, wished, add }: RuleDifference): RuleDifference => {
  const before = [...ours].sort()
  return { ours: wished, wished: before, add: before, remove: add }
}

/** Its own files, rule by rule, so that what others write there at the same time is not lost. */
export function persistScript(wish: Wish, state: State): Script {
  const zones = differences(wish, state).filter(({ permanent }) => isDifferent(permanent))
  if (zones.length === 0) return nothing
  return lines(
    functions,
    ...zones.map(({ zone, idle, permanent }) => (idle ? offline(zone, permanent) : inFiles(zone, permanent))),
    ...zones.filter(({ permanent }) => permanent.wished.length === 0).map(({ zone, idle }) => leave(zone, idle)),
  )
}

/** A rule that is there already, or gone already, is as it shall be. */
const functions: Script = sh`${busFunctions}
change_rule() {
  if said=$(on_bus "$@" 2>&1); then return 0; fi
  case $said in *ALREADY_ENABLED* | *NOT_ENABLED*) return 0 ;; esac
  printf '%s\\n' "$said" >&2
  return 1
}
add_runtime() { change_rule ${bus.path} ${`${bus.name}.zone`} addRichRule ssi "$1" "$2" 0; }
remove_runtime() { change_rule ${bus.path} ${`${bus.name}.zone`} removeRichRule ss "$1" "$2"; }
file_of() {
  at=$(on_bus ${bus.config} ${`${bus.name}.config`} getZoneByName s "$1")
  bare "$at"
}
add_permanent() { change_rule "$answer" ${`${bus.name}.config.zone`} addRichRule s "$1"; }
remove_permanent() { change_rule "$answer" ${`${bus.name}.config.zone`} removeRichRule s "$1"; }`

function inForce(zone: string, difference: RuleDifference): Script {
  const { remove, add } = steps(difference)
  return lines(
    ...dropFirst(remove).map((rule) => sh`remove_runtime ${zone} ${rule}`),
    ...add.map((rule) => sh`add_runtime ${zone} ${rule}`),
  )
}

/**
 * A rule that only logs must come before the verdict that it shares packets with, which may be there already: so all
 * come anew, but for what keeps SSH open and what drops.
 */
function steps({ ours, wished, add, remove }: RuleDifference): Pick<RuleDifference, 'add' | 'remove'> {
  if (!add.some(onlyLogs)) return { add, remove }
  const stays = (rule: string) => (isDrop(rule) || isSsh(rule)) && ours.includes(rule) && wished.includes(rule)
  return { remove: ours.filter((rule) => !stays(rule)), add: wished.filter((rule) => !stays(rule)) }
}

const dropFirst = (rules: readonly string[]): string[] => [
  ...rules.filter(isDrop),
  ...rules.filter((rule) => !isDrop(rule)),
]

const onlyLogs = (rule: string): boolean =>
  / (log|nflog) /.test(rule) && !rule.startsWith(`rule priority="${priorities.log}"`)
const isDrop = (rule: string): boolean => rule.startsWith(`rule priority="${priorities.drop}"`)
const isSsh = (rule: string): boolean => rule.startsWith(`rule priority="${priorities.ssh}"`)

const inFiles = (zone: string, { add, remove }: RuleDifference): Script =>
  lines(
    sh`file_of ${zone}`,
    ...dropFirst(remove).map((rule) => sh`remove_permanent ${rule}`),
    ...add.map((rule) => sh`add_permanent ${rule}`),
  )

/** All in one call: each costs half a second. */
const offline = (zone: string, { remove }: RuleDifference): Script =>
  sh`firewall-offline-cmd --zone=${zone} ${remove.map((rule) => `--remove-rich-rule=${rule}`)} >/dev/null`

/** A zone that is again as it was shipped needs no file under /etc; what firewalld kept of ours beside it goes too. */
const leave = (zone: string, idle: boolean): Script => {
  const [changed, shipped] = [`${changedZones}/${zone}.xml`, `${shippedZones}/${zone}.xml`]
  const defaults = idle
    ? sh`rm -f ${changed}`
    : sh`file_of ${zone}
  on_bus "$answer" ${`${bus.name}.config.zone`} loadDefaults >/dev/null`
  return sh`same_words() { [ -f "$1" ] && [ -f "$2" ] && [ "$(tr -d '[:space:]' <"$1")" = "$(tr -d '[:space:]' <"$2")" ]; }
if same_words ${changed} ${shipped}; then
  ${defaults}
fi
if same_words ${`${changed}.old`} ${shipped} || grep -qsE ${oursInXml} ${`${changed}.old`}; then rm -f ${`${changed}.old`}; fi`
}
