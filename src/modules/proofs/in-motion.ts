import { lines, type Script, sh } from '../../shell/script.ts'
import * as iptables from '../netfilter/iptables/counters.ts'
import * as nftables from '../netfilter/nftables/counters.ts'

/** Where a dropped packet and its event can be seen. */
export interface Watch {
  /** The chain that logs. */
  readonly logChain: string
  /** The intake's port. */
  readonly port: number
  /** The name of the action's queue on disk. */
  readonly queue: string
}

export interface Motion {
  /** Packets that were logged and dropped so far; undefined where no rule of ours counts them. */
  readonly drops: { readonly logged: number; readonly dropped: number } | undefined
  readonly listening: ReadonlySet<number>
  /** Connections of rsyslogd to the intake's port. */
  readonly connections: readonly Connection[]
  /** Files in which events wait on disk. */
  readonly waiting: number
  /** Where the line of the packet is. */
  readonly line: string | undefined
}

export interface Connection {
  /** Bytes that were not acknowledged yet. */
  readonly unsent: number
  /** Bytes that were acknowledged so far; undefined where the host has no `ss` to tell. */
  readonly acknowledged: number | undefined
}

/** A read-only script: counters, sockets, queue, and the line that holds `text`. */
export function motionScript({ logChain, port, queue }: Watch, text: string): Script {
  const hex = port.toString(16).toUpperCase().padStart(4, '0')
  return lines(
    iptables.dropsScript({ log: logChain }),
    sh`echo @nft`,
    nftables.dropsScript({ log: logChain }),
    sh`echo @sockets
_inodes=' '
for _p in $(pidof rsyslogd 2>/dev/null); do
  for _f in /proc/"$_p"/fd/*; do
    case $(readlink "$_f" 2>/dev/null) in socket:*) _l=$(readlink "$_f"); _l=\${_l#socket:[}; _inodes="$_inodes\${_l%]} " ;; esac
  done
done
cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | awk -v inodes="$_inodes" -v port=${hex} '
  $4 == "0A" { n = split($2, a, ":"); print "listens " a[n] }
  $4 == "01" { n = split($3, a, ":"); split($5, q, ":")
    if (a[n] == port && index(inodes, " " $10 " ")) { m = split($2, b, ":"); print "open " b[m] " " q[1] } }'
if command -v ss >/dev/null 2>&1; then
  ss -tinH state established "( dport = :${port} )" 2>/dev/null | awk '
    /^[^ \\t]/ { n = split($3, a, ":"); own = a[n] }
    match($0, /bytes_acked:[0-9]+/) { print "acked " own " " substr($0, RSTART + 12, RLENGTH - 12) }'
fi
for _f in /var/spool/rsyslog/${queue}.0* /var/lib/rsyslog/${queue}.0*; do if [ -s "$_f" ]; then echo waits; fi; done
for _f in /var/log/kern.log /var/log/messages /var/log/syslog; do
  if [ -r "$_f" ] && tail -n 2000 "$_f" | grep -q -F -e ${text}; then printf 'line %s\\n' "$_f"; exit 0; fi
done
if command -v journalctl >/dev/null 2>&1 && journalctl -k -n 2000 --no-pager 2>/dev/null | grep -q -F -e ${text}; then
  echo 'line the journal'
fi`,
  )
}

export function readMotion(output: string, logChain: string): Motion {
  const [counters = '', rest = ''] = output.split('@sockets\n')
  const rows = rest.split('\n').map((row) => row.split(' '))
  const acked = new Map(
    rows.filter(([word]) => word === 'acked').map(([, port, bytes]) => [Number(port), Number(bytes)]),
  )
  return {
    drops: dropsIn(counters, logChain),
    listening: new Set(rows.filter(([word]) => word === 'listens').map(([, port = '']) => parseInt(port, 16))),
    connections: rows
      .filter(([word]) => word === 'open')
      .map(([, port = '', unsent = '']) => ({
        unsent: parseInt(unsent, 16),
        acknowledged: acked.get(parseInt(port, 16)),
      })),
    waiting: rows.filter(([word]) => word === 'waits').length,
    line: rows
      .find(([word]) => word === 'line')
      ?.slice(1)
      .join(' '),
  }
}

/** Our rules are iptables' or nftables', whatever is in charge of the host. */
function dropsIn(counters: string, logChain: string): Motion['drops'] {
  const [rules = '', table = ''] = counters.split('@nft\n')
  if (table.includes(`chain ${logChain} `)) return nftables.readDrops(table)
  if (!rules.includes(`-A ${logChain} `)) return undefined
  const { ipv4, ipv6 } = iptables.readDrops(rules)
  return { logged: ipv4.logged + ipv6.logged, dropped: ipv4.dropped + ipv6.dropped }
}
