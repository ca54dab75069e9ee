import { type Script, sh } from '../../shell/script.ts'

/**
 * Of what rsyslogd says: the file, the line, and plain words up to the first that is none. What it quotes from a
 * configuration, which may be a key, mostly stands in quotation marks, but not always: "rest of line …",
 * "problem string is: …", "unknown actionqueue parameter: …". A path, or a module's name, is told only of messages in
 * which nothing else can stand in its place, and only if it looks like one.
 */
const ownWords = `
!/^rsyslogd: / || /^rsyslogd: (version |End of )/ { next }
!/[Ee]rror|fail|[Cc]ould not|invalid|unknown|not known|can ?not be|does not exist|directive ignored/ { next }
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
  sub(/ *[[]v[0-9][^ ]* try [^ ]* *]$/, "")
  sub(/ - directive ignored$/, "")
  why = ""
  if (match($0, /(: (No such file or directory|Permission denied)| can not be accessed, probably does not exist| not a directory)$/)) {
    why = substr($0, RSTART)
    $0 = substr($0, 1, RSTART - 1)
  }
  said = ""
  if (/^parameter '[^']*' not known/) said = "unknown parameter"
  else if (match($0, /^could not load module '([A-Za-z0-9_.-]+|\\/[A-Za-z0-9_.\\/-]+)'/) ||
    match($0, /^(input )?module name '[A-Za-z0-9_.-]+' is unknown/) ||
    match($0, /^([a-z]+|lookup table) file '\\/[A-Za-z0-9_.\\/-]+' could not be (accessed|opened)/) ||
    match($0, /^error accessing config file or directory '\\/[A-Za-z0-9_.\\/-]+'/) ||
    match($0, /^[$]WorkDirectory: \\/[A-Za-z0-9_.\\/-]+$/)) said = substr($0, 1, RLENGTH)
  else if (/^[$]WorkDirectory: /) said = "$WorkDirectory"
  else for (i = 1; i <= NF; i++) {
    bare = $i; sub(/[,.:]$/, "", bare)
    if (bare !~ /^[$]?-?[A-Za-z][a-z-]*$/ && bare !~ /^(CA|TCP|TLS|UDP|RELP)$/) break
    said = said (said == "" ? "" : " ") bare
    if (bare == $i) continue
    # "omfwd: …" says who complains
    if (i > 1 || bare !~ /^[imop]m[a-z]+$/) break
    said = said ":"
  }
  if (said != "" && !seen[place said why]++ && n++ < 3) print "complaint " place said why
}`

/** Prints what an rsyslogd at `$_d` has against its configuration, and nothing of what stands in that. */
export const complaintsScript: Script = sh`if _o=$("$_d" -N1 2>&1); then echo 'valid'
else printf '%s\\n' "$_o" | LC_ALL=C awk ${ownWords}; fi`
