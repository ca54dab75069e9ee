import { lines, nothing, Script, sh } from '../../shell/script.ts'

export interface AptOptions {
  readonly dpkgOptions: readonly string[]
  /** Undefined: the host's own setting. */
  readonly recommends?: boolean
  /** Seconds to wait for another apt or dpkg. */
  readonly lockTimeout: number
  /** Further options for every call. */
  readonly options?: readonly string[]
  readonly updateTries: number
  /** Seconds between two tries of an update, at most. */
  readonly updateDelay: number
}

export const aptDefaults: AptOptions = {
  dpkgOptions: ['force-confdef', 'force-confold'],
  lockTimeout: 120,
  updateTries: 2,
  updateDelay: 5,
}

/**
 * Shell functions around apt-get: `_apt ARGS` runs it, waiting for locks; `_update MUST` fetches the lists;
 * `_install ARGS` installs, fetching the lists first where there are none and once more where they turn out stale.
 *
 * The output goes to a file that only root reads, not through a pipe: a daemon that a package starts may keep a
 * pipe open for ever. Whether a lock is held is told by apt's own failure, because `DPkg::Lock::Timeout` covers
 * neither the lists' lock nor the archive's, and older apts do not know it.
 */
export function aptFunctions(options: AptOptions): Script {
  const recommends = options.recommends === undefined ? [] : ['-o', `APT::Install-Recommends=${options.recommends}`]
  const dpkg = options.dpkgOptions.flatMap((option) => ['-o', `Dpkg::Options::=--${option}`])
  const words = ['-q', '-y', '-o', 'DPkg::Lock::Timeout=0', ...dpkg, ...recommends, ...(options.options ?? [])]
  return lines(
    sh`export DEBIAN_FRONTEND=noninteractive DEBIAN_PRIORITY=critical
# needrestart would restart services that nobody announced; apt-listchanges and apt-listbugs would ask
export NEEDRESTART_MODE=l APT_LISTCHANGES_FRONTEND=none APT_LISTBUGS_FRONTEND=none
_log=/run/sallyport/apt.log
(umask 077; mkdir -p /run/sallyport; : >"$_log")
_clock() { read -r _up _x </proc/uptime; _up=\${_up%%.*}; }
_apt() {
  _clock; _since=$_up; _waited=0
  while :; do
    _rc=0
    apt-get ${words} "$@" >"$_log" 2>&1 || _rc=$?
    [ "$_rc" -ne 0 ] || return 0
    grep -qE '^E: (Could not get lock|Unable to (acquire|lock))' "$_log" || return "$_rc"
    _clock; _waited=$((_up - _since))
    [ "$_waited" -lt ${options.lockTimeout} ] || return "$_rc"
    sleep 1
  done
}
_lists() {
  for _f in /var/lib/apt/lists/*_Packages /var/lib/apt/lists/*_Packages.*; do [ ! -e "$_f" ] || return 0; done
  return 1
}`,
    explain,
    sh`_update() {
  _try=1
  until _apt update && ! { grep -q '^W: Failed to fetch' "$_log" && { [ "$1" = must ] || ! _lists; }; }; do
    if [ "$_try" -ge ${options.updateTries} ] || grep -q '^E: Could not get lock' "$_log"; then _explain 'apt-get update'; fi
    sleep $((_try < ${options.updateDelay} ? _try : ${options.updateDelay}))
    _try=$((_try + 1))
  done
  _updated=yes
}
_install() {
  [ -n "$_updated" ] || _lists || _update may
  _apt "$@" && return 0
  # lists that are weeks old name files that the mirror no longer has
  if [ -z "$_updated" ] && grep -qE '^E: (Unable to locate package|Package .* has no installation candidate|Version .* was not found)|404 +Not Found' "$_log"
  then _update may; _apt "$@" && return 0
  fi
  _explain "apt-get $1"
}
_updated=`,
  )
}

/** What a person needs of apt's page of output: the holder of a lock, what could not be fetched, dpkg's complaint. */
const explain = new Script(`_explain() {
  _lock=$(grep -m 1 '^E: Could not get lock' "$_log") || :
  if [ -n "$_lock" ]; then
    printf '%s: another process holds the lock, waited %s s: %s\\n' "$1" "$_waited" "\${_lock#E: }" >&2
    exit 100
  fi
  _why=$(grep '^E: ' "$_log" | grep -vE '^E: (Sub-process|Unable to fetch some archives|Unable to correct problems)' | awk '!seen[$0]++') || :
  [ -n "$_why" ] || _why=$(grep '^W: Failed to fetch' "$_log" | awk '!seen[$0]++') || :
  [ -n "$_why" ] || _why=$(tr -d '\\r' <"$_log" | awk '/^dpkg: error/ { l = $0; getline; print l $0 }') || :
  [ -n "$_why" ] || _why=$(grep '^E: ' "$_log") || :
  _more=$(printf '%s\\n' "$_why" | awk 'END { if (NR > 1) print " (and " NR - 1 " more)" }')
  printf '%s: %s%s\\n' "$1" "$(printf '%s\\n' "$_why" | sed -n '1{s/^[EW]: //;s/[[:space:]]*$//;p;}')" "$_more" >&2
  grep -E '^ .* : (Pre)?(Depends|Conflicts|Breaks): ' "$_log" >&2 || :
  grep -E -B 4 -A 1 '^dpkg: error' "$_log" | tr -d '\\r' >&2 || :
  exit 100
}`)

/**
 * Keeps packages from starting their services (\`policy_rc_d\`). The file answers so only while the shell that wrote
 * it lives: a run that is killed leaves nothing behind that would keep services down.
 */
export function withPolicyRcD(code: number | undefined, script: Script): Script {
  if (code === undefined) return script
  return lines(
    sh`_policy=/usr/sbin/policy-rc.d
if [ -e "$_policy" ]; then
  if grep -q 'sallyport keeps services down' "$_policy"; then rm -f "$_policy"; fi
fi
_self=$(exec sh -c 'echo "$PPID"')
if [ ! -e "$_policy" ]; then
  trap 'rm -f "$_policy"' EXIT
  printf '%s\\n' '#!/bin/sh' '# sallyport keeps services down during one installation' "[ ! -d /proc/$_self ] || exit ${code}" 'exit 0' >"$_policy.new"
  chmod 755 "$_policy.new"
  mv -f "$_policy.new" "$_policy"
else
  printf '%s\\n' 'policy_rc_d: /usr/sbin/policy-rc.d exists already on this host' >&2
  exit 1
fi`,
    script,
  )
}

/** `apt-get install` for these words (NAME, NAME=VERSION or a path). */
export function aptInstall(words: readonly string[], flags: readonly string[]): Script {
  return words.length === 0 ? nothing : sh`_install install ${[...flags]} -- ${[...words]}`
}
