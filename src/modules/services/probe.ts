import { lines, nothing, Script, sh } from '../../shell/script.ts'
import { probeStamp } from './stamp.ts'
import { shortName } from './unit-name.ts'

export interface ServiceQuestion {
  /** Undefined: only what concerns systemd as a whole. */
  readonly name: string | undefined
  readonly scope: 'system' | 'user' | 'global'
  readonly restartOn: readonly string[]
  readonly daemonReload: boolean
  /** Where an init script knows no `status`: text that the service's process has in its command line. */
  readonly pattern?: string
  readonly runlevel: string
}

const properties = [
  'Id',
  'LoadState',
  'LoadError',
  'ActiveState',
  'SubState',
  'UnitFileState',
  'NeedDaemonReload',
  'Type',
  'RemainAfterExit',
  'CanReload',
  'MainPID',
  'InvocationID',
  'ExecMainStartTimestampMonotonic',
  'InactiveExitTimestampMonotonic',
  'ActiveEnterTimestamp',
  'FragmentPath',
  'DropInPaths',
]

/** Finds the service manager and the service's state in it; answers also where the service does not exist. */
export function probeService(question: ServiceQuestion): Script {
  const { name } = question
  return lines(
    sh`_pid=; _show=; _stamped=
if [ -d /run/systemd/system ]; then _sm=systemd
elif [ -d /run/openrc ] && command -v rc-service >/dev/null 2>&1; then _sm=openrc
elif [ -d /etc/init.d ]; then _sm=sysvinit
else _sm=
fi
printf 'manager\\t%s\\n' "$_sm"
case $_sm in
systemd)
${systemd(question)}
;;
openrc)
${name === undefined ? nothing : openrc(name, question)}
;;
sysvinit)
${name === undefined ? nothing : sysvinit(name, question)}
;;
esac`,
    name === undefined ? nothing : policy(name),
    name === undefined || question.restartOn.length === 0
      ? nothing
      : lines(
          probeStamp(name, question.restartOn),
          sh`if [ -z "$_stamped" ]; then
${clocks}
fi`,
        ),
  )
}

/** `--user` needs the bus of the user's own manager, which sudo and su do not hand on. */
export function systemctl(scope: ServiceQuestion['scope']): Script {
  if (scope === 'system') return new Script('systemctl')
  return new Script(`env XDG_RUNTIME_DIR="\${XDG_RUNTIME_DIR:-/run/user/$(id -u)}" systemctl --${scope}`)
}

function systemd({ name, scope, daemonReload }: ServiceQuestion): Script {
  const call = systemctl(scope)
  if (name === undefined) {
    if (!daemonReload) return nothing
    return sh`if ${call} show -p NeedDaemonReload '*' 2>/dev/null | grep -q =yes; then printf 'NeedDaemonReload=yes\\n'; fi`
  }
  return sh`_show=$(TZ=UTC ${call} show -p ${properties.join(',')} -- ${name} 2>/dev/null)
printf '%s\\n' "$_show"
_lines="
$_show
"
_r=0; _e=
${scope === 'system' ? enabledByLink : nothing}
if [ -z "$_e" ]; then _e=$(${call} is-enabled -- ${name} 2>/dev/null) || _r=$?; fi
printf 'enabled\\t%s\\t%s\\n' "$_r" "$_e"
if [ -x /etc/init.d/${shortName(name)} ]; then printf 'script\\tyes\\n'; fi
${daemonReload && scope === 'system' ? newDropIns(name) : nothing}
_pid=
case $_lines in *'
MainPID='*) _pid=\${_lines#*'
MainPID='}; _pid=\${_pid%%[!0-9]*} ;; esac`
}

/**
 * systemd may remember that a unit is enabled after its links are gone: a link that is there confirms it, and spares a
 * process. Where an own file takes the unit's place (a mask is one), systemctl is asked.
 */
const enabledByLink = sh`case $_lines in *'
UnitFileState=enabled
'*)
  _id=\${_lines#*'
Id='}; _id=\${_id%%'
'*}
  if [ ! -L "/etc/systemd/system/$_id" ]; then
    for _f in /etc/systemd/system/*.wants/"$_id" /etc/systemd/system/*.requires/"$_id"; do
      if [ -L "$_f" ]; then _e=enabled; break; fi
    done
  fi ;;
esac`

/** systemd does not say that it needs a reload for drop-ins in a folder that was not there when it last looked. */
function newDropIns(name: string): Script {
  const folder = `${/\.[a-z]+$/.test(name) ? name : `${name}.service`}.d`
  return sh`_drop=" $(printf '%s\\n' "$_show" | sed -n 's/^DropInPaths=//p') "
for _f in /etc/systemd/system/${folder}/*.conf /run/systemd/system/${folder}/*.conf; do
  [ ! -e "$_f" ] || case $_drop in *"/\${_f##*/} "*) ;; *) printf 'NeedDaemonReload=yes\\n' ;; esac
done`
}

function openrc(name: string, { runlevel }: ServiceQuestion): Script {
  return sh`if [ -x /etc/init.d/${name} ]; then
  printf 'script\\tyes\\n'
  _r=0
  rc-service ${name} status >/dev/null 2>&1 || _r=$?
  printf 'status\\t%s\\n' "$_r"
  _r=1
  [ ! -e /etc/runlevels/${runlevel}/${name} ] || _r=0
  printf 'enabled\\t%s\\t\\n' "$_r"
  printf 'since\\t%s\\n' "$(stat -c %Y /run/openrc/started/${name} 2>/dev/null)"
fi`
}

/** Runlevels 2 to 5, in Debian's and in Red Hat's place. */
function sysvinit(name: string, { pattern }: ServiceQuestion): Script {
  const status =
    pattern === undefined
      ? sh`if command -v service >/dev/null 2>&1; then service ${name} status >/dev/null 2>&1 || _r=$?
  else /etc/init.d/${name} status >/dev/null 2>&1 || _r=$?
  fi`
      : sh`_r=3
  for _f in /proc/[0-9]*/cmdline; do
    _c=$(tr '\\0' ' ' <"$_f" 2>/dev/null) || continue
    case $_c in *${pattern}*) _r=0; break ;; esac
  done`
  return sh`if [ -x /etc/init.d/${name} ]; then
  printf 'script\\tyes\\n'
  _r=0
  ${status}
  printf 'status\\t%s\\n' "$_r"
  _r=1
  for _f in /etc/rc[2345].d/S[0-9][0-9]${name} /etc/rc.d/rc[2345].d/S[0-9][0-9]${name}; do [ ! -e "$_f" ] || _r=0; done
  printf 'enabled\\t%s\\t\\n' "$_r"
  for _f in ${['.pid', 'd.pid', `/${name}.pid`, '/pid'].map((end) => `/run/${name}${end}`)}; do
    if [ -r "$_f" ] && read -r _pid <"$_f"; then break; fi
  done
fi`
}

/** Whether Debian's packages may start this service on installation. */
function policy(name: string): Script {
  return sh`if [ -x /usr/sbin/policy-rc.d ]; then
  _r=0
  /usr/sbin/policy-rc.d ${shortName(name)} start >/dev/null 2>&1 || _r=$?
  printf 'policy\\t%s\\n' "$_r"
fi`
}

/**
 * When the host was booted, by today's clock, and when the main process started, in ticks since then: the wall
 * clock of a machine without a battery jumps by years after its boot. The kernel's own answer, and no difference of two
 * clocks: that came out another second each time. In a container whose /proc/uptime is made up (lxcfs) only the wall
 * clock is left.
 */
const clocks = sh`_made=no
! grep -q ' /proc/uptime ' /proc/self/mountinfo 2>/dev/null || _made=yes
printf 'boot\\t%s\\t%s\\n' "$(sed -n 's/^btime //p' /proc/stat)" "$_made"
case $_pid in ''|0|*[!0-9]*) ;; *)
  if read -r _l 2>/dev/null <"/proc/$_pid/stat"; then
    # shellcheck disable=SC2086 # the fields behind the name in brackets
    set -- \${_l##*) }
    printf 'start\\t%s\\t%s\\n' "\${20}" "$(getconf CLK_TCK 2>/dev/null || echo 100)"
  fi ;;
esac`
