import { lines, nothing, type Script, sh } from '../../shell/script.ts'
import { aptReadOnly } from './probe.ts'

/** What only the `apt` module manages: the upgrade of everything, the sweeping up, a .deb that lies on the host. */
export interface AptExtras {
  readonly upgrade: 'no' | 'safe' | 'full'
  readonly autoremove: boolean
  readonly autoclean: boolean
  readonly clean: boolean
  readonly purge: boolean
  readonly deb?: string
  /** Options such as `-t bookworm-backports` that change what apt would choose. */
  readonly flags: readonly string[]
}

export interface ExtrasState {
  /** Packages that an upgrade of everything would touch, as apt words them: `bash [5.2-1] (5.2-2 …)`. */
  readonly upgrades: readonly string[]
  /** Packages nobody needs any more. */
  readonly unneeded: readonly string[]
  /** Package files that autoclean would delete. */
  readonly stale: readonly string[]
  /** Package files in the cache. */
  readonly cached: number
  readonly deb?: DebState
}

export interface DebState {
  readonly found: boolean
  readonly name: string
  readonly version: string
  readonly installed: string
  readonly newEnough: boolean
}

export function probeExtras(wish: AptExtras): Script {
  const simulate = (words: readonly string[], tag: string, keep: string) =>
    sh`apt-get -s ${aptReadOnly} ${[...wish.flags]} ${[...words]} 2>/dev/null | awk -v tag=${tag} -v keep=${keep} '$1 ~ keep { print tag "\\t" $2 "\\t" $3 "\\t" $4 }'`
  return lines(
    wish.upgrade === 'no' ? nothing : simulate(upgradeWords(wish), 'upgrade', '^(Inst|Remv|Purg)$'),
    wish.autoremove ? simulate(['autoremove'], 'unneeded', '^(Remv|Purg)$') : nothing,
    wish.autoclean ? simulate(['autoclean'], 'stale', '^Del$') : nothing,
    wish.clean
      ? sh`_n=0
for _f in /var/cache/apt/archives/*.deb; do [ ! -e "$_f" ] || _n=$((_n + 1)); done
printf 'cached\\t%s\\n' "$_n"`
      : nothing,
    wish.deb === undefined ? nothing : probeDeb(wish.deb),
  )
}

function probeDeb(path: string): Script {
  return sh`_found=no; _have=; _enough=no; _name=; _version=
if [ -f ${path} ] && _name=$(dpkg-deb -f ${path} Package 2>/dev/null) && [ -n "$_name" ]; then
  _found=yes
  _version=$(dpkg-deb -f ${path} Version)
  _arch=$(dpkg-deb -f ${path} Architecture)
  [ "$_arch" = all ] || _name=$_name:$_arch
  case $(dpkg-query -W -f='\${db:Status-Status} \${Version}' "$_name" 2>/dev/null) in
  'installed '*) _have=$(dpkg-query -W -f='\${Version}' "$_name")
    if dpkg --compare-versions "$_have" ge "$_version"; then _enough=yes; fi ;;
  esac
fi
printf 'deb\\t%s\\t%s\\t%s\\t%s\\t%s\\n' "$_found" "$_name" "$_version" "$_have" "$_enough"`
}

export function upgradeWords(wish: AptExtras): readonly string[] {
  return [
    ...(wish.upgrade === 'full' ? ['dist-upgrade'] : ['upgrade', '--with-new-pkgs']),
    ...(wish.autoremove ? ['--auto-remove'] : []),
  ]
}

export function parseExtras(output: string): ExtrasState {
  const upgrades: string[] = []
  const unneeded: string[] = []
  const stale: string[] = []
  let cached = 0
  let deb: DebState | undefined
  for (const line of output.split('\n')) {
    const [kind, first = '', second = '', third = '', fourth = '', fifth = ''] = line.split('\t')
    if (kind === 'upgrade') upgrades.push(first)
    if (kind === 'unneeded') unneeded.push(first)
    if (kind === 'stale') stale.push(first)
    if (kind === 'cached') cached = Number(first)
    if (kind === 'deb') {
      const [name = ''] = second.split(':')
      deb = { found: first === 'yes', name, version: third, installed: fourth, newEnough: fifth === 'yes' }
    }
  }
  return { upgrades, unneeded, stale, cached, ...(deb && { deb }) }
}
