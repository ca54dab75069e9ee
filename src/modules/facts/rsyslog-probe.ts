import { lines, nothing, type Script, sh } from '../../shell/script.ts'
import { probePackages } from '../packages/probe.ts'
import { parseSpec } from '../packages/spec.ts'
import { complaintsScript } from '../proofs/complaints.ts'

/**
 * Lines that matter: `I PATTERN` for an include, `M NAME` for a module that is loaded, `S LINE` for a setting of TLS, of privileges
 * or of the work directory.
 */
const configAwk = `{
  l = $0
  sub(/^[ \\t]+/, "", l)
  if (l ~ /^#/) next
  low = tolower(l)
  # Its parameters may stand on lines of their own.
  while (low ~ /^include[ \\t]*\\([^)]*$/ && (getline more) > 0) { l = l " " more; low = tolower(l) }
  if (low ~ /^\\$includeconfig[ \\t]/) { sub(/^[^ \\t]+[ \\t]+/, "", l); print "I " l; next }
  if (low ~ /include[ \\t]*\\(/ && match(low, /file[ \\t]*=[ \\t]*"[^"]*"/)) {
    l = substr(l, RSTART, RLENGTH); sub(/^[^"]*"/, "", l); sub(/"$/, "", l); print "I " l; next
  }
  if (low ~ /defaultnetstreamdriver/ || low ~ /^\\$actionsendstreamdriver/ || low ~ /privdrop(touser|\\.user)/ || low ~ /workdirectory/) print "S " l
  if (low ~ /^\\$modload[ \\t]/) { sub(/^[^ \\t]+[ \\t]+/, "", low); sub(/[ \\t#].*/, "", low) }
  else if (match(low, /(^|[ \\t(])load[ \\t]*=[ \\t]*"[^"]*"/)) {
    low = substr(low, RSTART, RLENGTH); sub(/^[^"]*"/, "", low); sub(/"$/, "", low)
  } else next
  sub(/.*\\//, "", low); sub(/\\.so$/, "", low); print "M " low
}`

/** What rsyslog reads, in its order: each file, and the lines of it that matter. */
export const rsyslogFiles: Script = sh`# depth, file: a file that includes itself must not go on for ever
_conf() {
  [ -r "$2" ] && [ -f "$2" ] && [ "$1" -lt 8 ] || return 0
  printf 'read\\t%s\\n' "$2"
  IFS='
'
  _ls=$(awk ${configAwk} "$2")
  set -f
  for _l in $_ls; do
    set +f
    case $_l in
    'S '*) printf 'set\\t%s\\t%s\\n' "$2" "\${_l#S }" ;;
    'M '*) printf 'module\\t%s\\t%s\\n' "$2" "\${_l#M }" ;;
    'I '*)
      _l=\${_l#I }
      case $_l in */) _l="$_l*" ;; esac
      printf 'include\\t%s\\t%s\\n' "$2" "$_l"
      IFS=
      # shellcheck disable=SC2086 # a pattern, to be expanded
      for _f in $_l; do _conf $(($1 + 1)) "$_f"; done ;;
    esac
  done
  set +f
}
_ifs=$IFS
_conf 0 /etc/rsyslog.conf
IFS=$_ifs`

/**
 * The version as the daemon tells it, the gtls driver, and every module loaded, setting of TLS and user it becomes, in the order in which
 * rsyslog reads the files. Where it is not installed: what the package manager would bring. Where the file `unless` is not there:
 * also what rsyslogd has against its configuration.
 */
export const probeRsyslog = (unless?: string): Script =>
  lines(
    sh`_daemon=$(command -v rsyslogd) || _daemon=
if [ -n "$_daemon" ]; then
  # "rsyslogd  8.2302.0 (aka 2023.02) compiled with:", in older ones with a comma behind it
  _v=$("$_daemon" -v 2>/dev/null)
  case $_v in 'rsyslogd '*) _v=\${_v#rsyslogd}; _v=\${_v#"\${_v%%[! ]*}"}; _v=\${_v%%[!0-9.]*} ;; *) _v= ;; esac
  printf 'version\\t%s\\n' "\${_v%.}"
fi
for _f in /usr/lib*/rsyslog/lmnsd_gtls.so /usr/lib/*/rsyslog/lmnsd_gtls.so /lib*/rsyslog/lmnsd_gtls.so; do
  if [ -e "$_f" ]; then printf 'gtls\\t%s\\n' "$_f"; break; fi
done
if [ -r /etc/os-release ]; then
  # shellcheck source=/dev/null
  (. /etc/os-release; printf 'os\\t%s\\t%s\\t%s\\n' "$ID" "$ID_LIKE" "$VERSION_ID") 2>/dev/null
fi`,
    rsyslogFiles,
    unless === undefined
      ? nothing
      : sh`if [ -n "$_daemon" ] && ! [ -e ${unless} ]; then
_d=$_daemon
echo asked
${complaintsScript}
fi`,
    sh`if [ -z "$_daemon" ]; then
${probePackages({ specs: [parseSpec('rsyslog')], candidates: 'when missing' })}
fi`,
  )
