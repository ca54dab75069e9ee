import { type Script, lines, sh } from '../../shell/script.ts'
import { type Backend, type BackendName, backendNames } from './backend.ts'
import type { Sections } from './sections.ts'

/** Programs that rewrite a host's packet filter on their own terms: whoever writes beside them loses. */
export const managers = ['firewalld', 'ufw', 'ferm', 'nftables'] as const satisfies readonly BackendName[]
export type Manager = (typeof managers)[number]

export interface Charge {
  readonly manager: Manager | undefined
  /** How one sees that it is in charge. */
  readonly because: string
  /** The back-end that the host was asked through. */
  readonly backend: BackendName | undefined
  /** The back-ends that were asked: that one, and the groups of others that left traces. */
  readonly looked: readonly BackendName[]
}

/**
 * Decides on the host itself who is in charge, so that only that back-end's costly questions are asked. Sets `manager`,
 * `backend`, its `group` and `looked`; needs `has` and `$units_in`.
 */
export const decideCharge = (wanted: BackendName | 'auto', backends: readonly Backend[]): Script =>
  lines(
    functions,
    sh`backend=${wanted === 'auto' ? '' : wanted}`,
    ...backends
      .filter(({ name, group }) => name === group)
      .map(({ group, traces }) => sh`if ${traces}; then traces="$traces "${group}; fi`),
    choose,
    sh`group=''
case $backend in
${lines(...backends.map(({ name, group }) => sh`${name}) group=${group} ;;`))}
esac
looked=" $backend"
for trace in $traces; do if [ "$trace" != "$group" ]; then looked="$looked $trace"; fi; done
printf '@charge %s %s\\n%s\\n' "\${manager:-none}" "$backend" "$because"
printf '@looked%s\\n' "$looked"`,
  )

const functions: Script = sh`manager='' because='' traces=''
in_charge() { manager=$1 because=$2; }
ufw_enabled() {
  if ! has ufw || ! [ -r /etc/ufw/ufw.conf ]; then return 1; fi
  while IFS= read -r line; do
    case $line in [Ee][Nn][Aa][Bb][Ll][Ee][Dd]=[Yy][Ee][Ss] | [Ee][Nn][Aa][Bb][Ll][Ee][Dd]='"'[Yy][Ee][Ss]'"') return 0 ;; esac
  done </etc/ufw/ufw.conf
  return 1
}
show() {
  if ! [ -f "$2" ]; then return 0; fi
  shown=$(stat -c '%a %u %g %s' "$2" && sed 's/^/ /' "$2")
  printf '@%s %s\\n@end\\n' "$1" "$shown"
}
look_at() { case " $looked $group " in *" $1 "*) return 0 ;; *) return 1 ;; esac }`

/** Without a manager: where our rules are already, else the tool that is there. */
const choose: Script = sh`case $units_in in
*' firewalld.service:yes:'*) in_charge firewalld 'firewalld.service is active' ;;
*)
  if ufw_enabled; then
    in_charge ufw 'ENABLED=yes in /etc/ufw/ufw.conf'
  else
    case $units_in in
    *' ferm.service:yes:'*) in_charge ferm 'ferm.service is active' ;;
    *' nftables.service:yes:'*) in_charge nftables 'nftables.service is active' ;;
    *' nftables.service::yes'*) in_charge nftables 'nftables.service is enabled' ;;
    esac
  fi
  ;;
esac
if [ -z "$backend" ]; then
  first=\${traces# }
  if [ -n "$manager" ]; then
    backend=$manager
  elif [ -n "$first" ]; then
    backend=\${first%% *}
  elif ! has iptables && has nft; then
    backend=nftables
  else
    backend=iptables
  fi
fi`

export function readCharge(sections: Sections): Charge {
  const charge = sections.get('charge')
  const [manager, backend] = charge?.attributes ?? []
  return {
    manager: managers.find((name) => name === manager),
    because: charge?.lines[0] ?? '',
    backend: backendNames.find((name) => name === backend),
    looked: backendNames.filter((name) => sections.get('looked')?.attributes.includes(name)),
  }
}
