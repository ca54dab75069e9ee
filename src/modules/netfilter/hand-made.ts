import { type Script, sh } from '../../shell/script.ts'

/** The chain that the recipe has people make by hand. */
export const recipeChain = 'DROP_LOGGING'

/**
 * Prints where somebody followed the recipe, rule by rule, for back-ends that do not take it over: what nft can see,
 * whoever wrote it (iptables, firewalld's direct rules, nft itself), and the legacy tables, where iptables is not asked
 * anyway. Needs `group` and `nft_chains`; costs a process only where there is something to look at.
 */
export const askHandMade: Script = sh`case $nft_chains in *${`chain ${recipeChain} {`}*)
  echo @hand-made
  nft -s list ruleset 2>/dev/null | awk ${`/^table / { table = $2 " " $3 }
/^\tchain / { chain = $2 }
/^\t\t/ && !/^\t\ttype / && (chain == "${recipeChain}" || /(jump|goto) ${recipeChain}/) { sub(/^\t+/, ""); print table " " chain ": " $0 }`}
  ;;
esac
legacy_filter() {
  if ! has iptables-legacy-save || ! [ -r /proc/net/ip_tables_names ]; then return 1; fi
  while read -r name; do if [ "$name" = filter ]; then return 0; fi; done </proc/net/ip_tables_names
  return 1
}
if [ "$group" != iptables ] && legacy_filter; then
  echo @hand-made-legacy
  iptables-legacy-save -t filter 2>/dev/null | grep ${`^-A .*${recipeChain}`}
fi`

/** Every drop would be logged twice. `rules`: as a host's tool prints them. */
export const handMade = (rules: readonly string[]): string =>
  [
    `the recipe was followed by hand here (chain ${recipeChain}), and what it left would log and drop beside ours. Remove it, then run again:`,
    ...rules.map((rule) => `  ${rule}`),
  ].join('\n')
