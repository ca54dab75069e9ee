import { lines, nothing, Script, sh } from '../../shell/script.ts'
import type { Apply } from '../define.ts'
import { aptDefaults, aptFunctions, aptInstall } from './apt-get.ts'
import { needsLists, type PackagesWish, workOn } from './plan.ts'
import type { PackageSpec } from './spec.ts'
import type { PackagesState } from './state.ts'

/** Downloads over a thin line take their time; locks are waited for within it. */
export const packageTimeout = 3600

/** The script that does a plan's work with the host's own manager. */
export function applyPackages(wish: PackagesWish, state: PackagesState): Apply {
  const work = workOn(wish, state)
  const add = [...work.install, ...work.upgrade]
  const names = work.remove.map((spec) => spec.name)
  const fetch = needsLists(wish, state)
  return { script: scriptFor(state, wish, add, names, fetch), timeout: packageTimeout }
}

function scriptFor(
  { manager }: PackagesState,
  wish: PackagesWish,
  add: readonly PackageSpec[],
  remove: readonly string[],
  fetch: boolean,
): Script {
  // Without lists nobody knows what is outdated: everything wanted is given, the manager leaves alone what is new.
  const wanted = fetch ? wish.specs : add
  const versioned = wanted.some((spec) => spec.version !== undefined)
  if (manager === undefined) return nothing
  switch (manager) {
    case 'apt':
      return lines(
        aptFunctions(aptDefaults),
        fetch ? new Script('_update must') : nothing,
        aptInstall(wanted.map(aptWord), versioned ? ['--allow-downgrades'] : []),
        remove.length > 0 ? sh`_apt remove -- ${remove} || _explain 'apt-get remove'` : nothing,
      )
    case 'dnf':
    case 'yum':
      return rpmScript(manager, wish, { add, wanted, remove, fetch })
    case 'zypper':
      return lines(
        rpmFunctions(manager),
        fetch ? new Script('_run zypper -n -q refresh') : nothing,
        wanted.length > 0
          ? sh`_run zypper -n -q install -y -l ${versioned ? ['--oldpackage'] : []} -- ${wanted.map((spec) => spec.written)}`
          : nothing,
        remove.length > 0 ? sh`_run zypper -n -q remove -y -- ${remove}` : nothing,
      )
    case 'apk':
      return lines(
        fetch ? new Script('apk --wait 120 -q update') : nothing,
        wanted.length > 0
          ? sh`ls /var/cache/apk/APKINDEX.*.tar.gz >/dev/null 2>&1 || apk --wait 120 -q update
apk --wait 120 -q add ${wish.want === 'latest' ? ['-u'] : []} ${wanted.map((spec) => spec.written)}`
          : nothing,
        remove.length > 0 ? sh`apk --wait 120 -q del ${remove}` : nothing,
      )
  }
}

interface RpmWork {
  readonly add: readonly PackageSpec[]
  readonly wanted: readonly PackageSpec[]
  readonly remove: readonly string[]
  readonly fetch: boolean
}

function rpmScript(manager: 'dnf' | 'yum', wish: PackagesWish, { add, wanted, remove, fetch }: RpmWork): Script {
  const { options = [], lockTimeout, update = false } = wish.rpm ?? {}
  const refresh = manager === 'dnf' && update ? ['--refresh'] : []
  // `install` leaves alone what is there, in whatever version; only names that are there can be upgraded.
  const upgrade = manager === 'dnf' ? 'upgrade' : 'update'
  const install = wish.onlyUpgrade ? [] : add
  const newer = wish.want === 'latest' ? (fetch || update ? (wish.onlyUpgrade ? add : wish.specs) : wanted) : []
  return lines(
    rpmFunctions(manager, lockTimeout),
    fetch || update ? sh`_run ${manager} ${[...options]} -q ${refresh} makecache` : nothing,
    install.length > 0 ? sh`_run ${manager} -y -q ${[...options]} install ${install.map(rpmWord)}` : nothing,
    newer.length > 0 ? sh`_run ${manager} -y -q ${[...options]} ${upgrade} ${newer.map(rpmWord)}` : nothing,
    remove.length > 0 ? sh`_run ${manager} -y -q ${[...options]} remove ${remove}` : nothing,
  )
}

export function aptWord(spec: PackageSpec): string {
  const name = spec.architecture ? `${spec.name}:${spec.architecture}` : spec.name
  return spec.relation === '=' ? `${name}=${spec.version ?? ''}` : name
}

function rpmWord(spec: PackageSpec): string {
  if (spec.relation === undefined) return spec.written
  return spec.relation === '=' ? `${spec.name}-${spec.version ?? ''}` : `${spec.name} >= ${spec.version ?? ''}`
}

/**
 * dnf and yum would wait for another process without end, so they are told to give up and are asked again;
 * zypper waits by itself. Its exit codes from 100 on are remarks, not failures.
 */
function rpmFunctions(manager: 'dnf' | 'yum' | 'zypper', lockTimeout = 120): Script {
  const lock = manager === 'zypper' ? [] : ['--setopt=exit_on_lock=1']
  return sh`export ZYPP_LOCK_TIMEOUT=120
_log=/run/sallyport/packages.log
(umask 077; mkdir -p /run/sallyport; : >"$_log")
_run() {
  _cmd=$1; shift
  _waited=0
  while :; do
    _rc=0
    "$_cmd" ${lock} "$@" >"$_log" 2>&1 || _rc=$?
    case $_cmd:$_rc in *:0|zypper:10[0-3]) return 0 ;; esac
    grep -qE 'holding the (yum|dnf) lock|Waiting for process|obtain (the )?transaction lock|lock is held|exit_on_lock' "$_log" || [ "$_rc" = 200 ] || break
    [ "$_waited" -lt ${lockTimeout} ] || break
    sleep 1
    _waited=$((_waited + 1))
  done
  [ "$_waited" -eq 0 ] || printf '%s: another process holds the lock, waited %s s\\n' "$_cmd" "$_waited" >&2
  _why=$(grep -E '^(Error|Problem|No provider|No match|Failed|Cannot|File .* not found)' "$_log" | head -n 5) || :
  [ -n "$_why" ] || _why=$(grep -vE '^ *$' "$_log" | tail -n 5) || :
  printf '%s\\n' "$_why" >&2
  exit "$_rc"
}`
}
