import { type Script, sh } from '../../shell/script.ts'
import { rsyslogFiles } from '../facts/rsyslog-probe.ts'

/** Where one of rsyslog's actions sends to by TCP; of what cannot be read, `?` stands there. */
export interface Destination {
  /** `-` where it has none. */
  readonly name: string
  /** In lower case. */
  readonly host: string
  readonly port: string
  /** Only an action with a queue has a thread of its own. */
  readonly queued: boolean
}

/**
 * `sends HOST PORT queue|direct NAME` for each. An action( … ) is read to its closing parenthesis, with its parameters in any case, order
 * and number of lines, as rsyslog does; strings and comments are none of it. Names and addresses are all that is printed: there are keys.
 */
const destinationsAwk = `
function tell(host, port, queued, name) {
  if (host !~ /^[A-Za-z0-9.:_-]+$/) host = "?"
  if (port !~ /^[0-9]+$/) port = "?"
  print "sends " tolower(host) " " port " " queued " " name
}
# body: what stands between the parentheses
function action(  key, value, list, whole, type, port, name, queued, n, i, hosts) {
  split("", has)
  whole = body
  while (match(body, /^[ \\t,]*[A-Za-z0-9_.]+[ \\t]*=[ \\t]*/)) {
    key = tolower(substr(body, 1, RLENGTH)); gsub(/[ \\t,=]/, "", key)
    body = substr(body, RLENGTH + 1)
    if (match(body, /^"([^"\\\\]|\\\\.)*"/)) value = substr(body, 2, RLENGTH - 2)
    else if (match(body, /^\\[[^]]*\\]/)) { value = substr(body, 2, RLENGTH - 2); gsub(/[",]/, " ", value) }
    else if (match(body, /^(\`[^\`]*\`|[^ \\t]+)/)) value = "?"
    else break
    body = substr(body, RLENGTH + 1)
    has[key] = value
  }
  type = tolower(has["type"]); sub(/^builtin:/, "", type)
  name = has["name"] == "" ? "-" : has["name"]
  queued = has["queue.type"] ~ /^[A-Za-z]/ && tolower(has["queue.type"]) != "direct" ? "queue" : "direct"
  if (type == "omfwd" || type == "omrelp" || type !~ /^[a-z]/) {
    if (type == "omfwd" && tolower(has["protocol"]) ~ /^(udp)?$/) return
    port = has["port"] == "" ? "514" : has["port"]
    n = split(has["target"], hosts, " ")
    if (n == 0) tell("?", port, queued, name)
    for (i = 1; i <= n; i++) tell(hosts[i], port, queued, name)
    return
  }
  # Other modules have other words for where they send: it may be there that a port is.
  if ((port = has["serverport"]) != "" || (port = has["port"]) != "") tell("?", port, queued, name)
  else if (match(whole, /:[0-9]+/)) tell("?", substr(whole, RSTART + 1, RLENGTH - 1), queued, name)
}
BEGIN { legacy = "-"; waits = "direct" }
FNR == 1 { inside = 0; comment = 0; quote = ""; begun = "" }
!inside && !comment && /^[ \\t]*\\$[A-Za-z]+[ \\t]/ && !/[ \\t]then([ \\t{(]|$)/ {
  if (tolower($1) == "$actionname") legacy = $2
  if (tolower($1) == "$actionqueuetype") waits = tolower($2) == "direct" ? "direct" : "queue"
  next
}
{
  rest = begun $0; begun = ""
  # bare: what of the line stands in no string, comment or action( … )
  bare = ""
  while (rest != "") {
    if (comment) {
      if (!(i = index(rest, "*/"))) break
      rest = substr(rest, i + 2); comment = 0
    } else if (inside) {
      for (i = 1; i <= length(rest) && inside && !comment; i++) {
        c = substr(rest, i, 1)
        if (quote != "") {
          if (c == "\\\\") { body = body c; c = substr(rest, ++i, 1) } else if (c == quote) quote = ""
        } else if (c == "\\"" || c == "\`") quote = c
        else if (c == "#") { i = length(rest); c = "" }
        else if (c == "/" && substr(rest, i + 1, 1) == "*") { comment = 1; i++; c = "" }
        else if (c == ")") { inside = 0; c = "" }
        body = body c
      }
      rest = substr(rest, i)
      if (!inside) action()
    } else if (!match(tolower(rest), /["#]|\\047|\\/\\*|action[ \\t]*(\\(|$)/)) {
      bare = bare rest; rest = ""
    } else {
      before = RSTART == 1 ? "" : substr(rest, RSTART - 1, 1); c = substr(rest, RSTART, 1)
      bare = bare substr(rest, 1, RSTART - 1)
      token = substr(rest, RSTART, RLENGTH); rest = substr(rest, RSTART + RLENGTH)
      if (c == "#") rest = ""
      else if (c == "/" && before ~ /^[ \\t;{}]?$/) comment = 1
      else if (c == "\\"") rest = match(rest, /^([^"\\\\]|\\\\.)*"/) ? substr(rest, RLENGTH + 1) : ""
      else if (c == "\\047" && match(rest, /^([^\\047\\\\]|\\\\.)*\\047/)) rest = substr(rest, RLENGTH + 1)
      else if (token ~ /^[Aa]/ && before !~ /[A-Za-z0-9_.$!]/) {
        if (token ~ /\\($/) { inside = 1; body = ""; quote = "" }
        else begun = token " "
      } else bare = bare token
    }
  }
  if (inside) body = body " "
  while (match(bare, /@@(\\([^)]*\\))?(\\[[^]]*\\]|[A-Za-z0-9._-]+)(:[A-Za-z0-9]+)?/)) {
    to = substr(bare, RSTART + 2, RLENGTH - 2); bare = substr(bare, RSTART + RLENGTH)
    sub(/^\\([^)]*\\)/, "", to)
    port = "514"
    if (match(to, /:[A-Za-z0-9]+$/)) { port = substr(to, RSTART + 1); to = substr(to, 1, RSTART - 1) }
    gsub(/[][]/, "", to)
    tell(to, port, waits, legacy)
    legacy = "-"; waits = "direct"
  }
  # Another action of the old style takes what was set for the next one.
  if (bare ~ /[ \\t](-?\\/|\\|\\/|:om|~[ \\t]*$)/) { legacy = "-"; waits = "direct" }
}`

/** A read-only script: where all that rsyslog reads sends to. */
export const destinationsScript: Script = sh`(
  _files=$(
    ${rsyslogFiles}
  )
  set --
  IFS='
'
  set -f
  for _f in $_files; do case $_f in 'read	'*) set -- "$@" "\${_f#read	}" ;; esac; done
  if [ $# -gt 0 ]; then LC_ALL=C awk ${destinationsAwk} "$@"; fi
)`

export const readDestinations = (output: string): readonly Destination[] =>
  [...output.matchAll(/^sends (\S+) (\S+) (queue|direct) (.*)$/gm)].map(
    ([, host = '', port = '', queued, name = '']) => ({
      name,
      host,
      port,
      queued: queued === 'queue',
    }),
  )
