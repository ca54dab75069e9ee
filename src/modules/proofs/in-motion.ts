import { lines, type Script, sh } from '../../shell/script.ts'
import * as iptables from '../netfilter/iptables/counters.ts'
import * as nftables from '../netfilter/nftables/counters.ts'
import { readSender, type Sender, senderScript, type Target } from './sender.ts'

/** Where a dropped packet and its event can be seen. */
export interface Watch {
  /** The chain that logs. */
  readonly logChain: string
  readonly target: Target
}

export interface Motion {
  /** Packets that were logged and dropped so far; undefined where no rule of ours counts them. */
  readonly drops: { readonly logged: number; readonly dropped: number } | undefined
  readonly listening: ReadonlySet<number>
  readonly sender: Sender
  /** Where the line of the packet is. */
  readonly line: string | undefined
}

/** A read-only script: counters, sockets, queue, and the line that holds `text`. */
export function motionScript({ logChain, target }: Watch, text: string): Script {
  return lines(
    iptables.dropsScript({ log: logChain }),
    sh`echo @nft`,
    nftables.dropsScript({ log: logChain }),
    sh`echo @sender`,
    senderScript(target),
    sh`for _f in /var/log/kern.log /var/log/messages /var/log/syslog; do
  if [ -r "$_f" ] && tail -n 2000 "$_f" | grep -q -F -e ${text}; then printf 'line %s\\n' "$_f"; exit 0; fi
done
if command -v journalctl >/dev/null 2>&1 && journalctl -k -n 2000 --no-pager 2>/dev/null | grep -q -F -e ${text}; then
  echo 'line the journal'
fi`,
  )
}

export function readMotion(output: string, { logChain, target }: Watch): Motion {
  const [counters = '', rest = ''] = output.split('@sender\n')
  return {
    drops: dropsIn(counters, logChain),
    listening: new Set([...rest.matchAll(/^listens (\w+)$/gm)].map(([, port = '']) => parseInt(port, 16))),
    sender: readSender(rest, target),
    line: /^line (.*)$/m.exec(rest)?.[1],
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
