import { type Script, sh } from '../../shell/script.ts'
import { destinationsScript, readDestinations } from './destinations.ts'
import { ownRsyslogds } from './rsyslogd.ts'

/** Which of rsyslog's actions is looked at, and where it sends. */
export interface Target {
  /** The action's name, which the files of its queue bear too. */
  readonly action: string
  /** The intake, as the configuration names it. */
  readonly host: string
  readonly port: number
}

/** How rsyslogd gets on with sending what one action is for. */
export interface Sender {
  readonly running: boolean
  /**
   * Whether an event came to it since rsyslogd started: only then does its queue have a thread, and it a connection.
   * Undefined: threads whose names are cut off cannot be told apart.
   */
  readonly used: boolean | undefined
  /** Its thread waits for events: all that came were handed to the network. */
  readonly idle: boolean
  /** rsyslogd said that it gave up for now, and has not said since that it goes on. */
  readonly suspended: boolean
  /** Files in which events wait on disk. */
  readonly waiting: number
  /** Connections of rsyslogd to the intake: whose is whose cannot be seen where several actions send there. */
  readonly connections: readonly Connection[]
  /** rsyslogd is about to connect with the intake, and got no answer yet. */
  readonly connecting: boolean
  /** How many actions should have a connection to it, this one among them. */
  readonly sharing: number
}

export interface Connection {
  /** The host's own, which tells it from every other one to the intake. */
  readonly port: number
  /** Bytes that were not acknowledged yet. */
  readonly unsent: number
  /** Bytes that were acknowledged so far; undefined where the host has no `ss` to tell. */
  readonly acknowledged: number | undefined
}

/** Linux shows no more of a thread's name. */
const nameLength = 15

/**
 * A read-only script: rsyslogd's sockets and threads, what it says of its actions, where these send to, and queues on
 * disk. Of configurations nothing but names and addresses is printed: they hold keys.
 */
export const senderScript = ({ action, host, port }: Target): Script => sh`
_inodes=' ' _read=' '
for _p in $(
  ${ownRsyslogds}
); do
  echo running
  # What else there is to see, only root sees.
  readlink "/proc/$_p/ns/net" >/dev/null 2>&1 || continue
  for _f in /proc/"$_p"/fd/*; do
    _l=$(readlink "$_f" 2>/dev/null)
    case $_l in
      socket:*) _l=\${_l#socket:[}; _inodes="$_inodes\${_l%]} " ;;
      */${action}.0*)
        { read -r _ _at; read -r _ _flags; } 2>/dev/null <"/proc/$_p/fdinfo/\${_f##*/}"
        case $_flags in *0) _read="$_read$_l=$_at " ;; esac ;;
    esac
  done
  for _f in /proc/"$_p"/task/*; do
    _l=$(cat "$_f/wchan" 2>/dev/null)
    case $(cat "$_f/comm" 2>/dev/null) in rs:*) printf 'thread %s %s\\n' "\${_l:-0}" "$(cat "$_f/comm")" ;; esac
  done
  # What journald says is of this process is its own. A file tells no more than the tag, which any local user can have:
  # it is looked at where rsyslogd does not tell the journal, and then the tag must be rsyslogd's.
  _j=
  if command -v journalctl >/dev/null 2>&1; then
    _j=$(journalctl -q -b "_PID=$_p" -o cat -n 1000 --no-pager 2>/dev/null)
  fi
  case $_j in *"x-pid=\\"$_p\\""* | *"action '"*) printf '%s\\n' "$_j" ;; *)
    for _f in /var/log/syslog /var/log/messages; do
      if [ -r "$_f" ]; then
        tail -n 20000 "$_f" | awk -v pid="x-pid=\\"$_p\\"" 'index($0, pid) && / start$/ { on = 1 } on' |
          sed -n -E ${`s/^([A-Z][a-z]{2} [ 0-9][0-9] [0-9:]{8}|[0-9]{4}-[^ ]+) [^ ]+ rsyslogd(\\[[0-9]+\\])?: //p`}
      fi
    done ;;
  esac | grep -a -o "^action '[^']*' \\(suspended\\|resumed\\)" | tail -n 200
done
cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v inodes="$_inodes" -v port=${port.toString(16).toUpperCase().padStart(4, '0')} '
  $4 == "0A" { n = split($2, a, ":"); print "listens " a[n] }
  $4 == "01" || $4 == "02" { n = split($3, a, ":"); split($5, q, ":"); m = split($2, b, ":")
    if (a[n] == port && index(inodes, " " $10 " ")) print ($4 == "01" ? "open " : "connecting ") b[m] " " a[1] " " q[1] }'
if command -v ss >/dev/null 2>&1; then
  ss -tinH state established "( dport = :${port} )" 2>/dev/null | awk '
    /^[^ \\t]/ { n = split($3, a, ":"); own = a[n] }
    match($0, /bytes_acked:[0-9]+/) { print "acked " own " " substr($0, RSTART + 12, RLENGTH - 12) }'
fi
_sends=$(
${destinationsScript}
)
printf '%s\\n' "$_sends"
# Only where another host takes events at the same port, or may do, do addresses matter.
if printf '%s\\n' "$_sends" | awk -v host=${host.toLowerCase()} -v port=${String(port)} '
  $1 == "sends" && ($3 == port || $3 == "?") && $2 != host { f = 1 } END { exit !f }'; then
  getent ahosts ${host} 2>/dev/null | awk '!seen[$1]++ { print "address " $1 }'
fi
for _f in /var/spool/rsyslog/${action}.0* /var/lib/rsyslog/${action}.0*; do
  # rsyslogd keeps a file that it has read to its end. What of it is still in hand keeps its thread at work.
  if [ -s "$_f" ]; then case $_read in *" $_f=$(($(wc -c <"$_f"))) "*) ;; *) echo waits ;; esac; fi
done`

export function readSender(output: string, target: Target): Sender {
  const lines = output.split('\n')
  const rows = (word: string) =>
    lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.split(' ').slice(1))
  const threads = threadsIn(lines)
  const suspended = suspendedIn(lines)
  const here = target.host.toLowerCase()
  const sends = readDestinations(output)
  const addresses = new Set(rows('address').map(([address = '']) => address))
  const atPort = sends.filter(({ port }) => port === String(target.port) || port === '?')
  // What cannot be read may be this intake.
  const toIntake = atPort.filter(({ host }) => host === here || host === '?' || addresses.has(host))
  const others = toIntake.filter(({ name }) => name !== target.action && !suspended.has(name))
  const isOurs = byAddress(atPort.some(({ host }) => host !== here) ? addresses : undefined)
  const acked = new Map(rows('acked').map(([port, bytes]) => [Number(port), Number(bytes)]))
  const own = threads.filter(({ name }) => name === threadName(target.action))
  const queues = new Set(sends.filter(({ queued }) => queued).map(({ name }) => name)).add(target.action)
  const alike = [...queues].filter((name) => threadName(name) === threadName(target.action))
  return {
    running: lines.includes('running'),
    used: own.length === 0 ? false : own.length >= alike.length ? true : undefined,
    idle: own.every(({ idle }) => idle),
    suspended: suspended.has(target.action),
    waiting: lines.filter((line) => line === 'waits').length,
    connections: rows('open')
      .filter(([, remote = '']) => isOurs(remote))
      .map(([hex = '', , unsent = '']) => {
        const port = parseInt(hex, 16)
        return { port, unsent: parseInt(unsent, 16), acknowledged: acked.get(port) }
      }),
    connecting: rows('connecting').some(([, remote = '']) => isOurs(remote)),
    // One without a name or a queue has no thread to know it by either: it counts, whether it has sent or not.
    sharing:
      1 +
      others.filter(
        ({ name, queued }) => name === '-' || !queued || threads.some((one) => one.name === threadName(name)),
      ).length,
  }
}

const threadName = (action: string): string => `rs:${action} queue:Reg`.slice(0, nameLength)

function threadsIn(lines: readonly string[]): { readonly name: string; readonly idle: boolean }[] {
  return lines.flatMap((line) => {
    const [, waitsIn = '', name = ''] = /^thread (\S+) (.*)$/.exec(line) ?? []
    // `0`: this kernel does not tell.
    return name === '' ? [] : [{ name: name.slice(0, nameLength), idle: waitsIn === '0' || waitsIn.includes('futex') }]
  })
}

/** The last word on each action counts. */
function suspendedIn(lines: readonly string[]): ReadonlySet<string> {
  const suspended = new Set<string>()
  for (const line of lines) {
    const [, name, word] = /^action '(.*)' (suspended|resumed)$/.exec(line) ?? []
    if (name === undefined) continue
    if (word === 'suspended') suspended.add(name)
    else suspended.delete(name)
  }
  return suspended
}

/** Whether a connection goes to one of some addresses; with none given, every one does. */
function byAddress(addresses: ReadonlySet<string> | undefined): (hex: string) => boolean {
  return (hex) => addresses === undefined || addresses.has(addressOf(hex))
}

/** An address as Linux lists it: 32-bit words whose bytes are in the machine's order. */
export function addressOf(hex: string): string {
  const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) => (word.match(/../g) ?? []).reverse())
  const text = bytes.join('').toLowerCase()
  const four = /^(?:0{20}ffff)?(.{8})$/.exec(text)?.[1]
  if (four !== undefined) return (four.match(/../g) ?? []).map((byte) => parseInt(byte, 16)).join('.')
  return new URL(`http://[${text.replace(/.{4}(?=.)/g, '$&:')}]`).hostname.slice(1, -1)
}
