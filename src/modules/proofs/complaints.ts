import { type Script, sh } from '../../shell/script.ts'

/**
 * Of what rsyslogd says: the file, the line, and plain words up to the first that is none. What it quotes from a
 * configuration, which may be a key, mostly stands in quotation marks, but not always: "rest of line …",
 * "problem string is: …", "unknown actionqueue parameter: …".
 */
const ownWords = `
!/^rsyslogd: / || /^rsyslogd: (version |End of )/ || !/[Ee]rror|fail|[Cc]ould not|invalid|unknown/ { next }
{
  sub(/^rsyslogd: */, "")
  place = ""
  if (match($0, /^(error|warning) during parsing file [^ ]+, on or before line [0-9]+: */)) {
    split(substr($0, 1, RLENGTH), at, " ")
    sub(/,$/, "", at[5]); sub(/:$/, "", at[10])
    place = at[5] ", line " at[10] ": "
    $0 = substr($0, RLENGTH + 1)
  }
  sub(/^(template )?error: */, "")
  said = ""
  for (i = 1; i <= NF; i++) {
    bare = $i; sub(/[,.:]$/, "", bare)
    if (bare !~ /^[$]?-?[A-Za-z][a-z-]*$/ && bare !~ /^(CA|TCP|TLS|UDP|RELP)$/) break
    said = said (said == "" ? "" : " ") bare
    if (bare == $i) continue
    # "omfwd: …" says who complains
    if (i > 1 || bare !~ /^[imop]m[a-z]+$/) break
    said = said ":"
  }
  if (said != "" && !seen[place said]++ && n++ < 3) print "complaint " place said
}`

/** Prints what an rsyslogd at `$_d` has against its configuration, and nothing of what stands in that. */
export const complaintsScript: Script = sh`if _o=$("$_d" -N1 2>&1); then echo 'valid'
else printf '%s\\n' "$_o" | LC_ALL=C awk ${ownWords}; fi`
