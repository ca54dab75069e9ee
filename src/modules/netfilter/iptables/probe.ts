import { type Script, lines, sh } from '../../../shell/script.ts'
import { type Family, families } from '../intent.ts'
import { fermFile } from './ferm.ts'
import { places, unit } from './places.ts'
import { recipeChain } from '../hand-made.ts'
import { type Wish, chainNames, wishedChains } from '../wish.ts'
import { possibleParents } from './seats.ts'
import { type Rule, declaration, printedText, ruleSet, ruleText, sshComment, sshRule } from './rules.ts'
import { ufwBegin, ufwEnd, ufwFiles } from './ufw.ts'

const ownFiles = [...families.map((family) => places[family].file), unit.file]

/** The live rules, what is saved of ours, and the SSH ports in either. */
export function lookScript({ chains }: Wish): Script {
  return lines(
    sh`ours=${[...chainNames(chains), recipeChain].join('|')}
parents=${possibleParents.join('|')} recipe=${recipeChain}
comment=${sshComment} ufw_begin=${ufwBegin} ufw_end=${ufwEnd}`,
    functions,
    sh`if [ "$backend" = ufw ] || { [ -e ${ufwFiles.ipv4} ] && grep -qs ${ufwBegin} ${Object.values(ufwFiles)}; }; then
  ${lines(...families.map((family) => sh`block ${`ufw-${family}`} ${ufwFiles[family]}`))}
fi
shown=''
show ferm ${fermFile}
remember "$shown" file
if [ "$backend" = ferm ] && grep -qsE ${'^[^#]*@?include +.*ferm\\.d/'} /etc/ferm/ferm.conf; then echo @ferm-includes; fi`,
    sh`saved_texts=''
for file in ${ownFiles}; do
  if [ -f "$file" ]; then
    saved_texts=$(stat -c '%n %a %u %g %s' ${ownFiles} 2>/dev/null; grep -s '' /dev/null ${ownFiles})
    break
  fi
done`,
    ...families.map((family) => sh`saved ${`saved-${family}`} ${places[family].file}`),
    sh`saved unit ${unit.file}
if [ -L ${unit.link} ] && [ -e ${unit.link} ]; then echo @unit-link; fi`,
    ...families.map((family) => {
      const { tool, legacyTables, legacySave, nftSave } = places[family]
      return sh`live ${family} ${tool}"$suffix-save" ${legacyTables}
elsewhere ${family} ${legacyTables} ${legacySave} ${nftSave}`
    }),
  )
}

/**
 * The wished rules in the host's own normal form. That one is made in a network namespace of its own, so the host's
 * rules stay untouched; what may remain is kernel modules that the wish needs (xt_LOG and the like), loaded but without
 * use.
 */
export const compareScript = (wish: Wish): Script =>
  lines(...wish.intent.families.map((family) => writeWish(wish, family)), askNormalForm(wish))

/**
 * `saved` prints one of our files (all are read at once: a process costs a millisecond), and takes from it the chains that were ours under another name and the SSH ports
 * of earlier runs; `live` prints what concerns us of the live rules. `iptables-legacy-save -t filter` makes the table it
 * looks for, so the kernel is asked first which ones exist. The other variant's rules are invisible to this one;
 * `elsewhere` counts them, which is enough to name them.
 */
const functions: Script = sh`variant='' suffix='' live_ipv4='' live_ipv6=''
# ferm takes the legacy variant where it is there.
if [ "$backend" = ferm ] && has iptables-legacy-restore; then
  suffix=-legacy
  echo @legacy-tools
fi
if has "iptables$suffix" && has "iptables$suffix-save" && has "iptables$suffix-restore"; then
  version=$("iptables$suffix" --version 2>/dev/null)
  case $version in *nf_tables*) variant=nft ;; *) variant=legacy ;; esac
  printf '@tool %s %s\\n' "$variant" "$version"
fi
if has "ip6tables$suffix" && has "ip6tables$suffix-save" && has "ip6tables$suffix-restore"; then echo @tool-ipv6; fi
remember() {
  old_ifs=$IFS
  IFS=$newline
  for line in $1; do
    line=\${line#"\${line%%[! ]*}"}
    case $line in
    'chain '*' {')
      line=\${line#chain }
      case $line in INPUT* | FORWARD*) ;; *) ours="$ours|\${line% *}" ;; esac
      ;;
    ':'*' - '*)
      line=\${line%% *}
      case $line in :INPUT | :FORWARD | :OUTPUT | *[!A-Za-z0-9_:-]*) ;; *) if [ "$2" = file ]; then ours="$ours|\${line#:}"; fi ;; esac
      ;;
    '-A '*' --dport '*" --comment $comment "* | '-A '*' --dport '*" --comment \\"$comment\\" "*)
      line=\${line#* --dport }
      ssh_ports="$ssh_ports \${line%% *}"
      ;;
    esac
  done
  IFS=$old_ifs
}
saved() {
  if ! [ -f "$2" ]; then return 0; fi
  text=''
  old_ifs=$IFS
  IFS=$newline
  set -f
  for line in $saved_texts; do
    case $line in
    "$2 "*) text=\${line#"$2 "} ;;
    "$2:"*) text="$text$newline\${line#"$2:"}" ;;
    esac
  done
  set +f
  IFS=$old_ifs
  printf '@%s %s\\n@end\\n' "$1" "$text"
  remember "$text" file
}
block() {
  shown=''
  show "$1" "$2"
  case $shown in *"$ufw_begin"*)
    text=\${shown#*"$ufw_begin"}
    remember "\${text%%"$ufw_end"*}" file
    ;;
  esac
}
table() {
  if ! [ -r "$1" ]; then return 1; fi
  while read -r name; do if [ "$name" = filter ]; then return 0; fi; done <"$1"
  return 1
}
live() {
  rules=''
  if [ "$variant" = '' ] || ! has "$2"; then return 0; fi
  if [ "$variant" = legacy ] && ! table "$3"; then return 0; fi
  rules=$("$2" -t filter 2>&1)
  # Few of them are read faster than a process is started.
  if [ \${#rules} -gt 8192 ]; then
    rules=$(printf '%s\\n' "$rules" | sed -nE -e 's/^(:[^ ]+ [^ ]+) \\[.*/\\1/' \\
      -e "/^(:($parents|$ours) |-A ($parents|$ours) |#.*incompatible)| -[jg] ($ours)( |$)/p")
  fi
  printf '@live-%s\\n%s\\n' "$1" "$rules"
  remember "$rules" live
  # shellcheck disable=SC2034 # compared where something is wished
  case $1 in ipv4) live_ipv4=$rules ;; *) live_ipv6=$rules ;; esac
}
elsewhere() {
  case $variant in
  nft) if ! has "$3" || ! table "$2"; then return 0; fi ;;
  legacy)
    if ! has "$4"; then return 0; fi
    set -- "$1" "$2" "$4"
    ;;
  *) return 0 ;;
  esac
  others=$("$3" -t filter 2>/dev/null | grep '^-A')
  printf '@elsewhere-%s %s\\n' "$1" "$(printf '%s\\n' "$others" | grep -c .)"
  case $others in *" $recipe"*) printf '%s\\n' "$others" | grep " $recipe" ;; esac
}`

/** Sets `wish_FAMILY`: the wished rules, a line each, with the host's own SSH ports. */
function writeWish({ intent, chains }: Wish, family: Family): Script {
  const { beforeSsh, afterSsh } = ruleSet(intent, family, chains)
  const [beforePort = '', afterPort = ''] = ruleText(sshRule(chains, intent.drop, '?')).split('"?"')
  const text = (rules: readonly Rule[]) => rules.map((rule) => `${printedText(rule)}\n`).join('')
  const name = wishVariable[family]
  if (!intent.routes.includes('input')) return sh`${name}=${text([...beforeSsh, ...afterSsh])}`
  return sh`${name}=${text(beforeSsh)}
for port in $ssh_ports; do ${name}="$${name}"${beforePort}"$port"${`${afterPort}\n`}; done
${name}="$${name}"${text(afterSsh)}`
}

const wishVariable: Readonly<Record<Family, Script>> = { ipv4: sh`wish_ipv4`, ipv6: sh`wish_ipv6` }
const liveVariable: Readonly<Record<Family, Script>> = { ipv4: sh`live_ipv4`, ipv6: sh`live_ipv6` }

/**
 * What the host's tool makes of the wish. Where the live rules are those very words there is nothing to ask: a dump is
 * loaded as it is printed. Else the wish is loaded into an empty network namespace and dumped again. Where namespaces
 * are not to be had, each wished rule is asked for in the live chain (`-C`), which sees all but their order.
 */
function askNormalForm(wish: Wish): Script {
  const wished = wish.intent.families
  const ours = wishedChains(wish)
  const load = wished.map((family) => {
    const { tool } = places[family]
    return sh`load ${family} ${tool}"$3-restore" ${tool}"$3-save" "$${family === 'ipv4' ? 1 : 2}"`
  })
  // The lock file lies outside the namespace: the legacy tool would make it in /run, or fail where it cannot.
  const inside = lines(
    sh`export XTABLES_LOCKFILE=/dev/null
load() {
  if [ -z "$4" ]; then return 0; fi
  if error=$(printf '%s\\n%sCOMMIT\\n' ${['*filter', ...ours.map(declaration)].join('\n')} "$4" | "$2" --noflush 2>&1); then
    printf '@wish-%s\\n' "$1"
    "$3" -t filter
  else
    printf '@rejected-%s\\n' "$1"
    printf '%s\\n' "$error"
  fi
}`,
    ...load,
  )
  const check = wished.map((family) => sh`check ${family} ${places[family].tool}"$suffix" "$${wishVariable[family]}"`)
  const same = wished.map(
    (family) =>
      sh`if word_for_word ${family} "$${liveVariable[family]}" "$${wishVariable[family]}"; then ${wishVariable[family]}=''; fi`,
  )
  return sh`check() {
  if [ -z "$3" ]; then return 0; fi
  printf '@missing-%s\\n' "$1"
  printf %s "$3" | sed -n 's/^-A /-C /p' | while IFS= read -r rule; do
    printf '%s\\n' "$rule" | XTABLES_LOCKFILE=/dev/null xargs "$2" -w 10 >/dev/null 2>&1 || printf '%s\\n' "$rule"
  done
}
word_for_word() {
  if [ \${#2} -gt 65536 ]; then return 1; fi
  own=''
  old_ifs=$IFS
  IFS=$newline
  for line in $2; do
    case $line in
    ${lines(...ours.map((chain) => sh`${`-A ${chain} `}*) own="$own$line$newline" ;;`))}
    esac
  done
  IFS=$old_ifs
  if [ "$own" != "$3" ]; then return 1; fi
  printf '@wish-%s\\n%s' "$1" "$own"
}
wish_ipv4=\${wish_ipv4-} wish_ipv6=\${wish_ipv6-}
if [ -n "$variant" ]; then
  ${lines(...same)}
  if [ -z "$wish_ipv4$wish_ipv6" ]; then :
  elif normal=$(unshare -n sh -c ${inside.text} sh "$wish_ipv4" "$wish_ipv6" "$suffix" 2>/dev/null); then
    printf '%s\\n' "$normal"
  else
    ${lines(...check)}
  fi
fi`
}
