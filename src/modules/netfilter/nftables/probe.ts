import { type Script, sh } from '../../../shell/script.ts'
import type { Wish } from '../wish.ts'
import { configurations, file, table, unit } from './places.ts'
import { sshComment, sshRule, tableText } from './rules.ts'

/** Our live table, what is saved of ours, and the SSH ports in either. `recall` reads those without a process. */
export const lookScript: Script = sh`recall() {
  case $1 in *${`comment "${sshComment}"`}*) ;; *) return 0 ;; esac
  words=\${1%%${` accept comment "${sshComment}"`}*}
  for word in \${words##*tcp dport }; do
    word=\${word%,}
    case $word in *[!0-9]*) ;; *) ssh_ports="$ssh_ports $word" ;; esac
  done
}
if has nft; then echo @nft-tool; fi
shown=''
show nft-saved ${file}
recall "$shown"
show nft-unit ${unit.file}
if [ -L ${unit.link} ] && [ -e ${unit.link} ]; then echo @nft-unit-link; fi
for configuration in ${configurations}; do
  if [ -f "$configuration" ]; then
    show nft-configuration "$configuration"
    printf '@nft-configuration-path\\n%s\\n' "$configuration"
    break
  fi
done
if has nft && live=$(nft -s list table ${table.split(' ')} 2>/dev/null); then
  printf '@nft-live\\n%s\\n' "$live"
  recall "$live"
fi`

/**
 * What the host's own nft makes of the wish: loaded into an empty network namespace and listed again, so the host's
 * rules stay untouched.
 */
export function compareScript(wish: Wish): Script {
  const { head, tail } = tableText(wish)
  const inside = sh`if error=$(printf %s "$1" | nft -f - 2>&1); then
  echo @nft-wish
  nft -s list table ${table.split(' ')}
else
  printf '@nft-rejected\\n%s\\n' "$error"
fi`
  const [beforePorts = '', afterPorts = ''] = sshRule('?').split('?')
  if (!wish.intent.routes.includes('input')) return ask(inside, sh`printf %s ${head + tail}`)
  return ask(
    inside,
    sh`printf %s ${head}
  list=''
  for port in $ssh_ports; do list="$list\${list:+, }$port"; done
  if [ -n "$list" ]; then printf '\\t\\t%s%s%s\\n' ${beforePorts} "$list" ${afterPorts}; fi
  printf %s ${tail}`,
  )
}

const ask = (inside: Script, write: Script): Script => sh`nft_wish() {
  ${write}
}
if has nft; then
  unshare -n sh -c ${inside.text} sh "$(nft_wish)" 2>/dev/null ||
    printf '@nft-rejected\\n%s\\n' ${'no network namespace is to be had here, which is needed to know how this host prints the rules'}
fi`
