import { type Script, sh } from '../../shell/script.ts'

/**
 * Follows a `look` with a digest, whose `$p` and `$s` it uses: prints the field `base64` (or `hex` where there is no
 * such command) with all that is in the file, unless it has more than `limit` bytes or may not be read. In letters,
 * because a file need not be text, and because a shell would lose the line ends at its end.
 */
export function bytesNow(limit: number): Script {
  return sh`if [ -f "$p" ] && [ -r "$p" ] && [ "\${s%%:*}" -le ${limit} ]; then
  if command -v base64 >/dev/null; then echo base64; base64 <"$p" | sed 's/^/|/'
  else echo hex; od -A n -v -t x1 <"$p" | sed 's/^/|/'; fi
  printf '\\n.\\n'
fi`
}
