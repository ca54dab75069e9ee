import { lines, nothing, Script, sh } from '../../shell/script.ts'
import type { PackageSpec } from './spec.ts'
import type { Manager } from './state.ts'

export interface PackageQuestion {
  readonly specs: readonly PackageSpec[]
  /** Also ask which version would be installed: it costs about a second on apt. */
  readonly candidates: 'never' | 'when missing' | 'always'
  /** Also ask when apt's lists were fetched: two processes more. */
  readonly age?: boolean
  /** Overrides the detection; `rpm` is dnf, or yum where there is no dnf. */
  readonly manager?: Manager | 'rpm'
  /** Options of dnf or yum that decide what it would choose. */
  readonly choosing?: readonly string[]
  /** Let apt tell what else installing or removing would take along; asked only where there is something to do. */
  readonly simulate?: Simulation
}

export interface Simulation {
  readonly command: 'install' | 'remove'
  readonly flags: readonly string[]
}

/** Options that keep apt from taking locks, from refreshing its cache files and from logging what it only simulates. */
export const aptReadOnly = [
  'Debug::NoLocking=1',
  'Dir::Cache::pkgcache=',
  'Dir::Cache::srcpkgcache=',
  'Dir::Log::Planner=',
].flatMap((option) => ['-o', option])

/**
 * Finds the host's manager and asks for all packages in one go. Nothing is written: apt-cache gets no cache file to
 * refresh, the rpm family answers from what it has cached.
 */
export function probePackages(question: PackageQuestion): Script {
  return lines(
    question.manager ? named(question.manager) : findManager,
    new Script('printf \'manager\\t%s\\n\' "$_pm"'),
    sh`case $_pm in
apt)
${probeApt(question)}
;;
dnf|yum|zypper)
${probeRpm(question)}
;;
apk)
${probeApk(question)}
;;
esac`,
  )
}

function named(manager: Manager | 'rpm'): Script {
  if (manager === 'rpm') {
    return sh`if command -v dnf >/dev/null 2>&1; then _pm=dnf; elif command -v yum >/dev/null 2>&1; then _pm=yum; else _pm=; fi`
  }
  const program = manager === 'apt' ? 'apt-get' : manager
  return sh`if command -v ${program} >/dev/null 2>&1; then _pm=${manager}; else _pm=; fi`
}

/**
 * By the distribution first: Debian ships dnf and zypper as packages, Fedora ships apt, and there they manage nothing.
 */
const findManager = sh`_pm=
_has() { command -v "$1" >/dev/null 2>&1; }
# shellcheck source=/dev/null
_like=$([ -r /etc/os-release ] && (. /etc/os-release && printf ' %s %s ' "$ID" "$ID_LIKE") 2>/dev/null)
case $_like in
*' debian '*|*' ubuntu '*) ! _has apt-get || _pm=apt ;;
*suse*) ! _has zypper || _pm=zypper ;;
*' fedora '*|*' rhel '*|*' centos '*) if _has dnf; then _pm=dnf; elif _has yum; then _pm=yum; fi ;;
*' alpine '*) ! _has apk || _pm=apk ;;
esac
if [ -z "$_pm" ]; then
  if _has apt-get && [ -s /var/lib/dpkg/status ]; then _pm=apt
  elif _has zypper && [ -d /etc/zypp ]; then _pm=zypper
  elif _has dnf && [ -d /etc/dnf ]; then _pm=dnf
  elif _has yum; then _pm=yum
  elif _has apk && [ -d /etc/apk ]; then _pm=apk
  fi
fi`

const aptLists = (age = false): Script => sh`_lists=no
for _f in /var/lib/apt/lists/*_Packages /var/lib/apt/lists/*_Packages.*; do
  if [ -e "$_f" ]; then _lists=yes; break; fi
done
_age=; _m=
${age ? aptAge : nothing}
printf 'lists\\t%s\\t%s\\t%s\\n' "$_lists" "$_age" "$_m"`

/** The newest of the downloaded lists; the stamp of apt's own timer counts as well. */
const aptAge = sh`for _f in /var/lib/apt/periodic/update-success-stamp /var/lib/apt/lists; do
  if [ -e "$_f" ] && _m=$(stat -c %Y "$_f" 2>/dev/null); then _age=$(( $(date +%s) - _m )); break; fi
done`

/**
 * awk reads dpkg's whole list once, so that virtual packages are found by what others provide. A wanted package is
 * "NAME" or "NAME:ARCH"; the first field printed is the spec as written.
 */
const aptStatus = `BEGIN {
  for (i = 1; i < ARGC; i += 3) { spec[++n] = ARGV[i]; name[n] = ARGV[i + 1]; arch[n] = ARGV[i + 2] }
  ARGC = 1
}
{
  for (k = 1; k <= n; k++)
    if ($1 == name[k] && (arch[k] == "" || arch[k] == $2)) print "pkg\\t" spec[k] "\\t" $4 "\\t" $3
  if ($4 != "installed") next
  m = split($5, provides, /, */)
  for (j = 1; j <= m; j++) {
    sub(/[ (:].*/, "", provides[j])
    for (k = 1; k <= n; k++)
      if (provides[j] == name[k] && $1 != name[k]) print "prov\\t" spec[k] "\\t" $1
  }
}`

function probeApt({ specs, candidates, simulate, age }: PackageQuestion): Script {
  if (specs.length === 0) return aptLists(age)
  const wanted = specs.flatMap((spec) => [spec.written, spec.name, spec.architecture ?? ''])
  const format = '${Package}\\t${Architecture}\\t${Version}\\t${db:Status-Status}\\t${Provides}\\n'
  const everything = sh`_seen=$(dpkg-query -W -f=${format} 2>/dev/null | awk -F '\t' ${aptStatus} ${wanted})`
  const status = lines(
    // What is installed under its own name is found at once; who provides it matters to a removal alone.
    specs.every(({ written, name }) => written === name) && simulate?.command !== 'remove'
      ? installedAtOnce(specs, everything)
      : everything,
    new Script(`printf '%s\\n' "$_seen"`),
  )
  const relations = specs
    .filter((spec) => spec.relation === '>=')
    .map(
      (spec) => sh`_v=$(dpkg-query -W -f='\${db:Status-Status} \${Version}' ${nameOf(spec)} 2>/dev/null)
case $_v in 'installed '*)
  if dpkg --compare-versions "\${_v#* }" ge ${spec.version ?? ''}; then _ok=yes; else _ok=no; fi
  printf 'pkg\\t%s\\tinstalled\\t%s\\t%s\\n' ${spec.written} "\${_v#* }" "$_ok" ;;
esac`,
    )
  return lines(
    aptLists(age),
    ...relations,
    status,
    candidates === 'never' ? nothing : aptCandidates(specs, candidates),
    simulate ? aptSimulation(specs, simulate) : nothing,
  )
}

function installedAtOnce(specs: readonly PackageSpec[], everything: Script): Script {
  const format = 'pkg\\t${Package}\\t${db:Status-Status}\\t${Version}\\n'
  const each = specs.map(({ name }) => sh`case $_seen in *${`pkg\t${name}\tinstalled\t`}*) ;; *) _seen= ;; esac`)
  return sh`_seen=$(dpkg-query -W -f=${format} -- ${specs.map(({ name }) => name)} 2>/dev/null)
${lines(...each)}
if [ -z "$_seen" ]; then ${everything}; fi`
}

/** Collects into `_ask` the packages that the host's answer (`_seen`) shows as installed, or as not. */
function collect(specs: readonly PackageSpec[], which: 'installed' | 'missing' | 'all'): Script {
  const each = specs.map((spec) => {
    const add = sh`_ask="$_ask "${nameOf(spec)}`
    if (which === 'all') return add
    const found = sh`*${`pkg\t${spec.written}\tinstalled`}* | *${`prov\t${spec.written}\t`}*`
    return which === 'installed'
      ? sh`case $_seen in ${found}) ${add} ;; esac`
      : sh`case $_seen in ${found}) ;; *) ${add} ;; esac`
  })
  return lines(new Script('_ask='), ...each)
}

function aptCandidates(specs: readonly PackageSpec[], candidates: PackageQuestion['candidates']): Script {
  const told = specs.map((spec) => sh`      ${nameOf(spec)}:) printf 'cand\\t%s\\t%s\\n' ${spec.written} "$_v" ;;`)
  return sh`${collect(specs, candidates === 'always' ? 'all' : 'missing')}
if [ -n "$_ask" ]; then
  # shellcheck disable=SC2086 # names without spaces, one word each
  apt-cache ${aptReadOnly} policy $_ask 2>/dev/null | while IFS= read -r _l; do
    case $_l in
    '  Candidate: '*) _v=\${_l#'  Candidate: '}
      case $_n in
${lines(...told)}
      esac ;;
    ' '*) ;;
    *) _n=$_l ;;
    esac
  done
fi`
}

function aptSimulation(specs: readonly PackageSpec[], { command, flags }: Simulation): Script {
  return sh`${collect(specs, command === 'install' ? 'missing' : 'installed')}
if [ -n "$_ask" ] && [ "$_lists" = yes ]; then
  # shellcheck disable=SC2086 # names without spaces, one word each
  apt-get -s ${aptReadOnly} ${[...flags]} ${command} -- $_ask 2>&1 | ${simulationLines}
fi`
}

/** `Inst rsyslog [8.1] (8.2 Debian:12/stable [amd64])`, `Remv exim4 [4.96]`, `Purg …` and the errors. */
export const simulationLines = sh`awk '/^(Inst|Remv|Purg) / { print "sim\\t" $1 "\\t" $2 } /^E: / { print "sim\\tE\\t" substr($0, 4) }'`

function nameOf(spec: PackageSpec): string {
  return spec.architecture ? `${spec.name}:${spec.architecture}` : spec.name
}

/** Virtual packages and the versions of all architectures: `--whatprovides` answers for both. */
function probeRpm({ specs, candidates, choosing = [] }: PackageQuestion): Script {
  const format = '%{NAME}\\t%{VERSION}-%{RELEASE}\\t%{ARCH}\\n'
  const ask = sh`_rpm() {
  _spec=$1; _name=$2
  for _w in "$@"; do
    if _v=$(rpm -q --qf ${format} "$_w" 2>/dev/null); then
      printf '%s\\n' "$_v" | while IFS='${new Script('\t')}' read -r _n _v _a; do printf 'pkg\\t%s\\tinstalled\\t%s\\n' "$_spec" "$_v"; done
      return
    fi
  done
  rpm -q --qf ${format} --whatprovides "$_name" 2>/dev/null | while IFS='${new Script('\t')}' read -r _n _v _a; do
    [ -z "$_v" ] || printf 'prov\\t%s\\t%s\\n' "$_spec" "$_n"
  done
}`
  const asked = [ask, ...specs.map((spec) => sh`_rpm ${spec.written} ${spec.name}`)]
  const known = sh`_lists=no
for _f in /var/cache/dnf/*.solv /var/cache/libdnf5/*/solv /var/cache/yum/*/*/*/repomd.xml /var/cache/zypp/raw/*; do
  [ ! -e "$_f" ] || _lists=yes
done
printf 'lists\\t%s\\t\\n' "$_lists"`
  return lines(
    known,
    // First: of two lines about a package the earlier one counts.
    ...specs.map(rpmRelation),
    ...asked,
    candidates === 'never' ? nothing : rpmCandidates(specs, candidates, choosing),
  )
}

/** Whether what is installed is at least as new as the version that is named, as rpm itself orders them. */
function rpmRelation({ written, name, relation, version = '' }: PackageSpec): Script {
  if (relation === undefined || version.includes('*')) return nothing
  const [wanted = ''] = version.replace(/^\d+:/, '').split('-')
  const compare = `%{lua:print(rpm.vercmp(rpm.expand('%{have}'), '${wanted}'))}`
  return sh`_v=$(rpm -q --qf '%{VERSION}\\t%{VERSION}-%{RELEASE}\\n' ${name} 2>/dev/null | tail -n 1)
case $_v in *'${new Script('\t')}'*)
  _ok=yes
  if [ "$(rpm --define "have \${_v%%'${new Script('\t')}'*}" --eval ${compare} 2>/dev/null)" = -1 ]; then _ok=no; fi
  printf 'pkg\\t%s\\tinstalled\\t%s\\t%s\\n' ${written} "\${_v#*'${new Script('\t')}'}" "$_ok" ;;
esac`
}

/**
 * Newer versions that the manager's cached metadata knows, or for a package that is not there the one it would
 * install. Without the network. dnf insists on writing a log: it gets a place in memory, gone with the answer.
 */
function rpmCandidates(
  specs: readonly PackageSpec[],
  candidates: PackageQuestion['candidates'],
  choosing: readonly string[],
): Script {
  const one = (spec: PackageSpec) => sh`_v=; _new='--upgrades'; _list=updates
if ! rpm -q ${spec.name} >/dev/null 2>&1; then _new=; _list=available; fi
case $_pm in
dnf) _log=/dev/shm/sallyport.$$
  if mkdir -m 700 "$_log"; then
    # shellcheck disable=SC2086 # one word or none
    _v=$(dnf -q -C ${[...choosing]} --setopt=logdir="$_log" repoquery $_new --latest-limit=1 --qf '%{version}-%{release}\\n' ${spec.name} 2>/dev/null | grep . | tail -n 1)
    rm -rf "$_log"
  fi ;;
yum) _v=$(yum -q -C ${[...choosing]} list "$_list" ${spec.name} 2>/dev/null | awk 'NF == 3 { v = $2 } END { print v }') ;;
zypper) _v=$(ZYPP_READONLY_HACK=1 ZYPP_LOGFILE=/dev/null zypper -q -n --no-refresh info ${spec.name} 2>/dev/null |
  awk -F ': *' '/^Version/ { v = $2 } /^Status/ && /out-of-date|not installed/ { print v; exit }') ;;
esac
_v=\${_v#*:}
[ -z "$_v" ] || printf 'cand\\t%s\\t%s\\n' ${spec.written} "$_v"`
  return lines(
    ...specs.map((spec) =>
      candidates === 'always' ? one(spec) : sh`if ! rpm -q ${spec.name} >/dev/null 2>&1; then\n${one(spec)}\nfi`,
    ),
  )
}

function probeApk({ specs, candidates }: PackageQuestion): Script {
  const asked = specs.map(
    (spec) => sh`if apk info -e ${spec.name} >/dev/null 2>&1; then
  _v=$(apk list -I ${spec.name} 2>/dev/null | awk -v n=${`${spec.name}-`} 'index($1, n) == 1 { print substr($1, length(n) + 1); exit }')
  if [ -n "$_v" ]; then printf 'pkg\\t%s\\tinstalled\\t%s\\n' ${spec.written} "$_v"
  else printf 'prov\\t%s\\t%s\\n' ${spec.written} "$(apk info -e ${spec.name} 2>/dev/null | head -n 1)"
  fi
fi`,
  )
  const offered = specs.map(
    (spec) => sh`_v=$(apk --no-network version -l '<' ${spec.name} 2>/dev/null | awk '$2 == "<" { print $3; exit }')
[ -n "$_v" ] || apk info -e ${spec.name} >/dev/null 2>&1 ||
  _v=$(apk --no-network policy ${spec.name} 2>/dev/null | sed -n 's/^  \\([^ ].*\\):$/\\1/p' | tail -n 1)
[ -z "$_v" ] || printf 'cand\\t%s\\t%s\\n' ${spec.written} "$_v"`,
  )
  const known = sh`_lists=no
for _f in /var/cache/apk/APKINDEX.*.tar.gz /lib/apk/db/APKINDEX.*; do [ ! -e "$_f" ] || _lists=yes; done
printf 'lists\\t%s\\t\\n' "$_lists"`
  return lines(known, ...asked, ...(candidates === 'never' ? [] : offered))
}
