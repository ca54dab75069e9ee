import { lines, Script, sh } from '../../shell/script.ts'
import { expandedWord } from '../commands/line.ts'
import { toExtended } from '../facts/regex.ts'
import { lineBreak, type Wish } from './arguments.ts'
import { looseGlob, readSize } from './match.ts'

/**
 * What the probe prints: records, each behind a line's start and `//`, which no path that find prints can hold. The
 * name comes last and may hold line breaks.
 */
export const statFormat = '//%f:%u:%g:%s:%h:%i:%d:%X:%Y:%Z:%U:%G:%n'

/** Names, type and size are sifted on the host as far as that is the same everywhere; `parse` does it exactly. */
export function probe(wish: Wish): Script {
  return lines(sh`printf '//now %s\\n' "$(date +%s)"`, ...wish.paths.map((path) => searchIn(path, wish)))
}

function searchIn(path: string, wish: Wish): Script {
  const { recurse, depth = 0, follow } = wish
  const levels = recurse ? depth : 1
  const within = (count: number) => (count === 0 ? [] : ['-maxdepth', count])
  // Ansible looks at one level more than it returns.
  const looked = recurse && depth > 0 ? depth + 1 : levels
  const links = follow ? '-L' : '-H'
  return sh`p=${expandedWord(path)}
while [ "$p" != "\${p%/}" ] && [ "$p" != / ]; do p=\${p%/}; done
printf '//root %s\\n' "$p"
if [ -d "$p" ] && [ "$p" != "\${p#/}" ]; then
  printf '//examined %s\\n' "$(find ${links} "$p" -mindepth 1 ${within(looked)} -print0 2>/dev/null | tr -dc '\\0' | wc -c)"
  { e=$(find ${links} "$p" -mindepth 1 ${within(levels)} ${tests(wish)} ${action(wish)} 2>&1 >&3); } 3>&1
  printf '//errors %s\\n' "$e"
else
  echo '//missing'
fi`
}

function tests({ hidden, patterns, use_regex: regex, file_type: type, follow, size }: Wish): (string | Script)[] {
  const names = regex ? [] : patterns.map(looseGlob)
  const sized = type === 'file' && size !== undefined ? readSize(size) : undefined
  return [
    ...(hidden ? [] : [new Script('!'), '-name', '.*']),
    // What a link leads to is not what it is: find -L cannot tell links.
    ...(follow || type === 'any' ? [] : ['-type', type.slice(0, 1)]),
    ...(sized === undefined || sized === 0 ? [] : ['-size', sized > 0 ? `+${sized - 1}c` : `-${1 - sized}c`]),
    ...(names.length === 0 || names.includes('*') ? [] : either(names.flatMap((name) => [['-name', name]]))),
  ]
}

function either(parts: readonly (readonly string[])[]): (string | Script)[] {
  const joined = parts.flatMap((part, index) => (index === 0 ? part : ['-o', ...part]))
  return ['(', ...joined, ')']
}

function action({ contains, read_whole_file: whole, file_type: type, get_checksum: sums }: Wish): Script {
  const searched = contains !== undefined && type === 'file'
  if (!searched && !sums) return sh`-exec stat -c ${statFormat} '{}' +`
  const pattern = contains === undefined ? '' : toExtended(contains, whole ? lineBreak : undefined)
  const search = whole ? sh`tr '\\n' ${lineBreak} <"$f" | grep -q -a -E -e "$re"` : sh`grep -q -a -E -e "$re" -- "$f"`
  const each = lines(
    sh`re=$1; shift`,
    sh`for f do`,
    ...(searched ? [sh`  [ -f "$f" ] && [ -r "$f" ] || continue`, sh`  ${search} || continue`] : []),
    sh`  stat -c ${statFormat} "$f"`,
    ...(sums ? [sh`  if [ -f "$f" ] && [ ! -L "$f" ]; then printf '//sum %s\\n' "$(sha1sum <"$f")"; fi`] : []),
    sh`done`,
  )
  return sh`-exec sh -c ${each.text} - ${whole ? pattern : `^(${pattern})`} '{}' +`
}
