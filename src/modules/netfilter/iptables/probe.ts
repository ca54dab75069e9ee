import { type Script, lines, nothing, sh } from '../../../shell/script.ts'
import { type Family, type Intent, families } from '../intent.ts'
import { askHost, askUnits } from '../managers.ts'
import { sectionHelpers } from '../sections.ts'
import { findSshPorts } from '../ssh-ports.ts'
import { places, unitFile, unitLink } from './places.ts'
import { recipeChain } from './recipe.ts'
import { type Chains, chainNames, declaration, ruleSet, ruleText, sshComment, sshRule } from './rules.ts'

/**
 * One exchange for everything the plan needs: who is in charge, SSH's ports, the live rules, and the wished rules in
 * the host's own normal form. That one is made in a network namespace of its own, so the host's rules stay untouched;
 * what may remain is kernel modules that the wish needs (xt_LOG and the like), loaded but without use.
 */
export function probeScript(wish: { intent: Intent; chains: Chains; absent: boolean }): Script {
  const { intent, chains } = wish
  const wished = wish.absent ? [] : intent.families
  return lines(
    sectionHelpers,
    askUnits,
    toolFunctions,
    askOurs(chains),
    sh`live_ipv4=$(live ${places.ipv4.save} ${places.ipv4.legacyTables})
live_ipv6=$(live ${places.ipv6.save} ${places.ipv6.legacyTables})
printf '%s\\n' "$live_ipv4" | show live-ipv4
printf '%s\\n' "$live_ipv6" | show live-ipv6`,
    ...families.map((family) => {
      const { legacyTables, legacySave, nftSave, file } = places[family]
      return sh`elsewhere ${`elsewhere-${family}`} ${legacyTables} ${legacySave} ${nftSave}
saved ${`saved-${family}`} ${file}`
    }),
    sh`saved unit ${unitFile}
if [ -L ${unitLink} ] && [ -e ${unitLink} ]; then yes unit-link; fi
known_ssh_ports=$({
  printf '%s\\n' "$live_ipv4" "$live_ipv6"
  cat ${places.ipv4.file} ${places.ipv6.file} 2>/dev/null
} | sed -n ${`s/^-A .* --dport \\([0-9][0-9]*\\) .*--comment "\\{0,1\\}${sshComment}"\\{0,1\\} .*/\\1/p`})`,
    findSshPorts,
    askHost,
    ...wished.map((family) => writeWish(intent, family, chains)),
    wished.length === 0 ? nothing : askNormalForm(wished, chains),
  )
}

/**
 * `iptables-legacy-save -t filter` makes the table it looks for, so the kernel is asked first which ones exist. The
 * other variant's rules are invisible to this one; counting them is enough to name them.
 */
const toolFunctions: Script = sh`variant=''
if has iptables && has iptables-save && has iptables-restore; then
  version=$(iptables --version 2>/dev/null)
  case $version in *nf_tables*) variant=nft ;; *) variant=legacy ;; esac
  printf '@tool %s %s\\n' "$variant" "$version"
fi
if has ip6tables && has ip6tables-save && has ip6tables-restore; then yes tool-ipv6; fi
live() {
  if [ "$variant" = '' ] || ! has "$1"; then return 0; fi
  if [ "$variant" = legacy ] && ! grep -qsx filter "$2"; then return 0; fi
  "$1" -t filter 2>&1 | grep -E "$pattern" | sed 's/^\\(:[^ ]* [^ ]*\\) \\[.*/\\1/'
}
elsewhere() {
  case $variant in
  nft)
    if ! has "$3" || ! grep -qsx filter "$2"; then return 0; fi
    set -- "$1" "$3"
    ;;
  legacy)
    if ! has "$4"; then return 0; fi
    set -- "$1" "$4"
    ;;
  *) return 0 ;;
  esac
  printf '@%s %s\\n' "$1" "$("$2" -t filter 2>/dev/null | grep -c '^-A')"
}
saved() {
  if [ -f "$2" ]; then show "$1" "$(stat -c '%a %u %g %s' "$2")" <"$2"; fi
}`

/** Chains that are ours now, or were under another name when the files were written; and the recipe's. */
const askOurs = (chains: Chains): Script =>
  sh`former=$(sed -n 's/^:\\([A-Za-z][A-Za-z0-9_-]*\\) - .*/|\\1/p' ${places.ipv4.file} ${places.ipv6.file} 2>/dev/null |
  sort -u | tr -d '\\n')
ours=${[...chainNames(chains), recipeChain].join('|')}$former
pattern="^(:INPUT |:($ours) |-A (INPUT|$ours) |#.*incompatible)| -[jg] ($ours)( |$)"`

/** A function that prints the wished rules as iptables-restore reads them, with the host's own SSH ports. */
function writeWish(intent: Intent, family: Family, chains: Chains): Script {
  const { beforeSsh, afterSsh } = ruleSet(intent, family, chains)
  const [beforePort = '', afterPort = ''] = ruleText(sshRule(chains, intent.drop, '?')).split('"?"')
  const head = ['*filter', ...chainNames(chains).map(declaration), ...beforeSsh.map(ruleText)].join('\n')
  const tail = [...afterSsh.map(ruleText), 'COMMIT'].join('\n')
  return sh`${wishFunction[family]}() {
  printf '%s\\n' ${head}
  for port in $ssh_ports; do printf '%s%s%s\\n' ${beforePort} "$port" ${afterPort}; done
  printf '%s\\n' ${tail}
}`
}

const wishFunction: Readonly<Record<Family, Script>> = { ipv4: sh`wish_ipv4`, ipv6: sh`wish_ipv6` }

/**
 * What the host's tool makes of the wish: loaded into an empty network namespace and dumped again. Where namespaces
 * are not to be had, each wished rule is asked for in the live chain (`-C`), which sees all but their order.
 */
function askNormalForm(wished: readonly Family[], chains: Chains): Script {
  const load = wished.map((family) => {
    const { restore, save } = places[family]
    return sh`load ${family} ${restore} ${save} "$${family === 'ipv4' ? 1 : 2}"`
  })
  // The lock file lies outside the namespace: the legacy tool would make it in /run, or fail where it cannot.
  const inside = lines(
    sh`export XTABLES_LOCKFILE=/dev/null
load() {
  if error=$(printf '%s\\n' "$4" | "$2" --noflush 2>&1); then
    printf '@wish-%s\\n' "$1"
    "$3" -t filter | sed 's/^/|/'
  else
    printf '@rejected-%s\\n' "$1"
    printf '%s\\n' "$error" | sed 's/^/|/'
  fi
}`,
    ...load,
  )
  const check = wished.map((family) => sh`check ${family} ${places[family].tool} | show ${`missing-${family}`}`)
  const texts = families.map((family) => (wished.includes(family) ? sh`"$(${wishFunction[family]})"` : sh`''`))
  return sh`check() {
  "wish_$1" | sed -n 's/^-A /-C /p' | while IFS= read -r rule; do
    printf '%s\\n' "$rule" | XTABLES_LOCKFILE=/dev/null xargs "$2" -w 10 >/dev/null 2>&1 || printf '%s\\n' "$rule"
  done
}
if [ -n "$variant" ]; then
  if normal=$(unshare -n sh -c ${inside.text} sh ${texts} 2>/dev/null); then
    printf '%s\\n' "$normal"
  else
    case "$live_ipv4 $live_ipv6" in *${`:${chains.main} `}*)
      ${lines(...check)}
      ;;
    esac
  fi
fi`
}
