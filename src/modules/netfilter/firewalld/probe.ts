import { type Script, sh } from '../../../shell/script.ts'
import type { Wish } from '../wish.ts'
import { bus, changedZones, oursInXml, priorities, shippedIcmpTypes } from './places.ts'

/** Needs the bus's answers in quotes taken off: `s "public"` → `public`. */
export const busFunctions: Script = sh`on_bus() { busctl call ${bus.name} "$@" </dev/null; }
bare() {
  answer=\${1#* \\"}
  answer=\${answer%\\"}
}`

/** Zones that bear rules of ours for the next boot, by their files. */
const bearing: Script = sh`bearing='' files=$(grep -lsE ${oursInXml} ${changedZones}/*.xml)
for file in $files; do
  file=\${file##*/}
  bearing="$bearing \${file%.xml}"
done`

/**
 * Which zones are meant, what they hold now and at the next boot, and what other zones bear of ours. Where firewalld does
 * not run, its files are read by its own offline tool. Needs `connection`.
 */
export const lookScript = (wish: Wish): Script => sh`${busFunctions}
${bearing}
recall() {
  rest=$1
  while :; do
    case $rest in *${`priority=\\"${priorities.ssh}\\"`}*) ;; *) return 0 ;; esac
    rest=\${rest#*${`priority=\\"${priorities.ssh}\\"`}}
    port=\${rest#*'port port=\\"'}
    ssh_ports="$ssh_ports \${port%%\\\\*}"
  done
}
ask_zone() {
  if runtime=$(on_bus ${bus.path} ${`${bus.name}.zone`} getZoneSettings2 s "$1" 2>/dev/null); then
    printf '@firewalld-runtime-%s\\n%s\\n' "$1" "$runtime"
    recall "$runtime"
  fi
  if at=$(on_bus ${bus.config} ${`${bus.name}.config`} getZoneByName s "$1" 2>/dev/null); then
    bare "$at"
    permanent=$(on_bus "$answer" ${`${bus.name}.config.zone`} getSettings2 2>/dev/null)
    printf '@firewalld-permanent-%s\\n%s\\n' "$1" "$permanent"
    recall "$permanent"
  fi
}
entered() {
  zone=''
  server=\${connection% *}
  server=\${server##* }
  if [ -n "$server" ] && has ip; then
    device=$(ip -o addr show to "$server" 2>/dev/null)
    device=\${device#*: }
    device=\${device%% *}
    device=\${device%%@*}
    if [ -n "$device" ]; then
      bare "$(on_bus ${bus.path} ${`${bus.name}.zone`} getZoneOfInterface s "$device" 2>/dev/null)"
      zone=$answer
    fi
  fi
}
case $units_in in
*' firewalld.service:yes:'*)
  if has busctl && said=$(busctl get-property ${[bus.name, bus.path, bus.name]} version state 2>/dev/null </dev/null); then
    bare "$(on_bus ${bus.path} ${bus.name} getDefaultZone 2>/dev/null)"
    default=$answer
    meant=${wish.zones.join(' ')}
    if [ -z "$meant" ]; then entered; meant=\${zone:-$default}; fi
    if [ -e ${`${shippedIcmpTypes}/mld-listener-query.xml`} ]; then echo @firewalld-listener-types; fi
    printf '@firewalld %s\\n%s\\n' "$meant" "$said"
    printf '@firewalld-active\\n%s\\n' "$(on_bus ${bus.path} ${`${bus.name}.zone`} getActiveZones 2>/dev/null)"
    for zone in $meant; do ask_zone "$zone"; done
    for other in $bearing; do
      case " $meant " in *" $other "*) ;; *) ask_zone "$other" ;; esac
    done
  fi
  ;;
*)
  for other in $bearing; do
    printf '@firewalld-idle-%s\\n%s\\n' "$other" "$(firewall-offline-cmd --zone="$other" --list-rich-rules 2>/dev/null </dev/null)"
  done
  ;;
esac`
