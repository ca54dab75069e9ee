import { type Script, lines, nothing, sh } from '../../../shell/script.ts'
import type { Wish } from '../wish.ts'
import { type RuleDifference, differences, isDifferent } from './difference.ts'
import { bus, changedZones, oursInXml, shippedZones } from './places.ts'
import { busFunctions } from './probe.ts'
import type { State } from './state.ts'

/**
 * Rules in force: what accepts comes before what drops, and what goes goes last. firewalld has no transaction over
 * several rules; so at any moment a packet meets the old verdict or the new one.
 */
export function memoryScript(wish: Wish, state: State): Script | undefined {
  const zones = differences(wish, state).filter(({ now, idle }) => !idle && isDifferent(now))
  return zones.length === 0 ? undefined : lines(functions, ...zones.map(({ zone, now }) => inForce(zone, now)))
}

/** Takes back what `memoryScript` did, as far as it came; what others changed meanwhile stays. */
export function restoreScript(wish: Wish, state: State): Script {
  const zones = differences(wish, state).filter(({ now, idle }) => !idle && isDifferent(now))
  if (zones.length === 0) return nothing
  return lines(
    functions,
    ...zones.map(({ zone, now }) => inForce(zone, { ...now, add: now.remove, remove: [...now.add].reverse() })),
  )
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

const inForce = (zone: string, { add, remove }: RuleDifference): Script =>
  lines(...add.map((rule) => sh`add_now ${zone} ${rule}`), ...remove.map((rule) => sh`remove_now ${zone} ${rule}`))

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
