import { type Script, lines, nothing, sh } from '../../../shell/script.ts'
import type { Wish } from '../wish.ts'
import { type RuleDifference, differences, isDifferent } from './difference.ts'
import { bus, changedZones, oursInXml, priorities, shippedZones } from './places.ts'
import { busFunctions } from './probe.ts'
import type { State } from './state.ts'

/**
 * Rules in force. firewalld has no transaction over several of them, and makes one of two that match and do the same,
 * at the place of the older one. So what goes is gone before its successor comes; what drops comes last, and stays
 * meanwhile where it is there: for that moment a new connection waits, and none is refused or let in.
 */
export function memoryScript(wish: Wish, state: State): Script | undefined {
  const zones = differences(wish, state).filter(({ now, idle }) => !idle && isDifferent(now))
  return zones.length === 0 ? undefined : lines(functions, ...zones.map(({ zone, now }) => inForce(zone, now)))
}

/** Takes back what `memoryScript` did, as far as it came; what others changed meanwhile stays. */
export function restoreScript(wish: Wish, state: State): Script {
  const zones = differences(wish, state).filter(({ now, idle }) => !idle && isDifferent(now))
  return zones.length === 0 ? nothing : lines(functions, ...zones.map(({ zone, now }) => inForce(zone, back(now))))
}

/** By priority, which is how such texts sort. */
const back = ({ ours, wished, add }: RuleDifference): RuleDifference => {
  const before = [...ours].sort()
  return { ours: wished, wished: before, add: before, remove: add }
}

/** Its own files, rule by rule, so that what others write there at the same time is not lost. */
export function persistScript(wish: Wish, state: State): Script {
  const zones = differences(wish, state).filter(({ later }) => isDifferent(later))
  if (zones.length === 0) return nothing
  return lines(
    functions,
    ...zones.map(({ zone, idle, later }) => (idle ? inFile(zone, later) : permanent(zone, later))),
    ...zones.filter(({ later }) => later.wished.length === 0).map(({ zone, idle }) => leave(zone, idle)),
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
add_now() { change_rule ${bus.path} ${`${bus.name}.zone`} addRichRule ssi "$1" "$2" 0; }
remove_now() { change_rule ${bus.path} ${`${bus.name}.zone`} removeRichRule ss "$1" "$2"; }
file_of() {
  at=$(on_bus ${bus.config} ${`${bus.name}.config`} getZoneByName s "$1")
  bare "$at"
}
add_later() { change_rule "$answer" ${`${bus.name}.config.zone`} addRichRule s "$1"; }
remove_later() { change_rule "$answer" ${`${bus.name}.config.zone`} removeRichRule s "$1"; }`

function inForce(zone: string, difference: RuleDifference): Script {
  const { remove, add } = steps(difference)
  return lines(
    ...remove.map((rule) => sh`remove_now ${zone} ${rule}`),
    ...add.map((rule) => sh`add_now ${zone} ${rule}`),
  )
}

/** A rule that only logs must come before the verdict that it shares packets with, which may be there already: so all come anew. */
function steps({ ours, wished, add, remove }: RuleDifference): Pick<RuleDifference, 'add' | 'remove'> {
  if (!add.some(onlyLogs)) return { add, remove }
  const stays = (rule: string) => isDrop(rule) && ours.includes(rule) && wished.includes(rule)
  return { remove: ours.filter((rule) => !stays(rule)), add: wished.filter((rule) => !stays(rule)) }
}

const onlyLogs = (rule: string): boolean =>
  / (log|nflog) /.test(rule) && !rule.startsWith(`rule priority="${priorities.log}"`)
const isDrop = (rule: string): boolean => rule.startsWith(`rule priority="${priorities.drop}"`)

const permanent = (zone: string, { add, remove }: RuleDifference): Script =>
  lines(
    sh`file_of ${zone}`,
    ...add.map((rule) => sh`add_later ${rule}`),
    ...remove.map((rule) => sh`remove_later ${rule}`),
  )

/** All in one call: each costs half a second. */
const inFile = (zone: string, { remove }: RuleDifference): Script =>
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
