import { lines, nothing, Script, sh } from '../../shell/script.ts'
import type { Apply } from '../define.ts'
import { deedFor, type Deed, owesEnabling } from './plan.ts'
import { systemctl } from './probe.ts'
import { checkScript } from './restart-check.ts'
import { takeHashes, writeStamp } from './stamp.ts'
import type { ServiceState } from './state.ts'
import type { ServiceWish } from './wish.ts'

export function applyService(wish: ServiceWish, state: ServiceState): Apply {
  const script = state.manager === 'systemd' ? applySystemd(wish, state) : applyScripts(wish, state)
  return { script, timeout: 300 }
}

function applySystemd(wish: ServiceWish, state: ServiceState): Script {
  const flags = [...(wish.force ? ['--force'] : []), ...(wish.noBlock ? ['--no-block'] : [])]
  const call = sh`${systemctl(wish.scope)} ${flags}`
  const name = wish.name ?? ''
  const runtime = state.enabledWord === 'masked-runtime' ? ['--runtime'] : []
  return lines(
    wish.daemonReexec ? sh`${call} daemon-reexec` : nothing,
    wish.daemonReload && state.needsReload ? sh`${call} daemon-reload` : nothing,
    wish.masked === false && state.masked ? sh`${call} unmask ${runtime} -- ${name}` : nothing,
    owesEnabling(wish, state) ? sh`${call} ${wish.enabled ? 'enable' : 'disable'} -- ${name}` : nothing,
    act(wish, state, (deed) => systemdDeed(deed, wish, call)),
    wish.masked === true && !state.masked ? sh`${call} mask -- ${name}` : nothing,
  )
}

/** The deed, between taking the hashes and leaving the stamp: whatever kills the run in between, a restart stays owed. */
function act(wish: ServiceWish, state: ServiceState, doIt: (deed: Deed) => Script): Script {
  const deed = deedFor(wish, state)
  if (deed === undefined) return nothing
  const stamps = deed === 'start' || deed === 'restart' ? stampedPaths(wish, state) : []
  return lines(takeHashes(stamps), checkScript(wish), doIt(deed), writeStamp(wish.name ?? '', stamps))
}

/** Also what other tasks stamped: this restart takes their files in as well. */
function stampedPaths({ restartOn }: ServiceWish, { stamp }: ServiceState): string[] {
  return restartOn.length === 0 ? [] : [...new Set([...restartOn, ...Object.keys(stamp?.files ?? {})])]
}

function systemdDeed(deed: Deed, wish: ServiceWish, call: Script): Script {
  const name = wish.name ?? ''
  const plain = systemctl(wish.scope)
  const journal = wish.scope === 'system' ? sh`-u ${name}` : sh`--user-unit ${name}`
  const tell = sh`_tell() {
  printf '%s\\n' "$1" >&2
  journalctl -q --no-pager -o cat -n 5 ${journal} >&2 2>/dev/null || ${plain} status --no-pager -n 5 -- ${name} >&2 2>/dev/null || :
  exit 1
}
${
  deed === 'stop' || deed === 'reload'
    ? nothing
    : sh`# or systemd counts this as one of the service's own crashes, and refuses after a few
${plain} reset-failed -- ${name} 2>/dev/null || :`
}
_err=$(${call} ${deed} -- ${name} 2>&1) || _tell "Unable to ${new Script(deed)} service ${new Script(inQuotes(name))}: $_err"`
  if (deed === 'stop' || wish.noBlock) return tell
  return lines(tell, settled(deed, name, plain))
}

/** systemd calls a simple service started before it has read its configuration: look twice within a second. */
function settled(deed: Deed, name: string, call: Script): Script {
  return sh`for _wait in 0.2 0.8; do
  sleep "$_wait" 2>/dev/null || sleep 1
  _s=$(${call} show -p ActiveState,SubState,Result,Type -- ${name}) || :
  case $_s in
  *SubState=auto-restart*|*ActiveState=failed*)
    _tell "service ${new Script(inQuotes(name))} failed after ${new Script(deed)} ($(printf '%s\\n' "$_s" | sed -n 's/^Result=//p'))" ;;
  *ActiveState=inactive*)
    case $_s in *Type=oneshot*) ;; *) _tell "service ${new Script(inQuotes(name))} ended at once after ${new Script(deed)}, or a condition in its unit file does not hold" ;; esac ;;
  esac
  case $_s in *Type=notify*|*Type=oneshot*|*Type=dbus*) break ;; esac
done
_run=$(${call} show -p InvocationID -- ${name}) || :
_run=\${_run#InvocationID=}`
}

/** A unit name (its characters are checked) inside double quotes. */
function inQuotes(name: string): string {
  return name.replaceAll('\\', '\\\\')
}

function applyScripts(wish: ServiceWish, state: ServiceState): Script {
  const name = wish.name ?? ''
  const enabling = owesEnabling(wish, state)
  const call = state.manager === 'openrc' ? sh`rc-service ${name}` : sh`_service`
  const set = state.manager === 'openrc' ? openrcEnabling(wish) : sysvEnabling(wish)
  return lines(
    state.manager === 'openrc' ? nothing : serviceFunction(name),
    enabling ? set : nothing,
    act(wish, state, (deed) => scriptDeed(deed, wish, call)),
  )
}

function serviceFunction(name: string): Script {
  return sh`_service() {
  if command -v service >/dev/null 2>&1; then service ${name} "$@"; else /etc/init.d/${name} "$@"; fi
}`
}

/** Init scripts leave daemons behind that keep their output open: it goes to nowhere but for the complaints. */
function scriptDeed(deed: Deed, wish: ServiceWish, call: Script): Script {
  const words = [...wish.arguments]
  const pause = deed === 'restart' && wish.sleep !== undefined
  const doIt = pause
    ? sh`${call} stop ${words} >/dev/null
sleep ${wish.sleep ?? 0}
${call} start ${words} >/dev/null`
    : sh`${call} ${deed} ${words} >/dev/null`
  const look =
    deed === 'stop' || wish.pattern !== undefined
      ? nothing
      : sh`sleep 1
${call} status >/dev/null 2>&1 || { printf '%s\\n' ${`service ${wish.name ?? ''} does not run after ${deed}`} >&2; exit 1; }`
  return lines(doIt, look, sh`_run=`)
}

function openrcEnabling({ name = '', enabled, runlevel }: ServiceWish): Script {
  return sh`rc-update ${enabled ? 'add' : 'del'} ${name} ${runlevel} >/dev/null`
}

function sysvEnabling({ name = '', enabled }: ServiceWish): Script {
  return sh`if command -v update-rc.d >/dev/null 2>&1; then
  update-rc.d ${name} defaults >/dev/null
  update-rc.d ${name} ${enabled ? 'enable' : 'disable'} >/dev/null
elif command -v chkconfig >/dev/null 2>&1; then
  chkconfig --add ${name}
  chkconfig ${name} ${enabled ? 'on' : 'off'}
else
  printf '%s\\n' 'neither update-rc.d nor chkconfig is there to set what starts at boot' >&2
  exit 1
fi`
}
