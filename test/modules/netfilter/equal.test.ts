import { expect } from 'chai'
import fc from 'fast-check'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { places } from '../../../src/modules/netfilter/iptables/places.ts'
import { savedRules } from '../../../src/modules/netfilter/iptables/saved.ts'
import { savedText } from '../../../src/modules/netfilter/nftables/saved.ts'
import { type Wish, wishOf } from '../../../src/modules/netfilter/wish.ts'
import { type Script, lines, sh } from '../../../src/shell/script.ts'
import { Box, module } from './box.ts'

/** Two addresses of either family at both ends of two cables. */
const addresses = {
  host: ['10.77.0.1', '10.77.0.9', 'fd77::1', 'fd77::9'],
  peer: ['10.77.0.2', '10.77.0.6', 'fd77::2', 'fd77::6'],
}
const others = { host: ['10.78.0.1', 'fd78::1'], peer: ['10.78.0.2', 'fd78::2'] }

/** Networks that cut through those, and some that hit nothing. */
const networks = ['10.77.0.2', '10.77.0.4/30', '10.77.0.0/29', '10.76.0.0/15', '10.78.0.0/16', '192.0.2.0/24'].concat([
  'fd77::2',
  'fd77::4/126',
  'fd76::/15',
  'fd78::/64',
  '2001:db8::/32',
  'fd77::/124',
])
const targets = ['10.77.0.1', '10.77.0.8/29', '10.78.0.1', 'fd77::9', 'fd77::/64', 'fd78::1']

/** A small range, so that packets hit the edges of ranges. */
const port = fc.integer({ min: 20, max: 40 })
const ports = fc.array(
  fc.oneof(
    port,
    fc.tuple(port, port).map(([a, b]) => `${Math.min(a, b)}:${Math.max(a, b)}`),
  ),
  { minLength: 1, maxLength: 18 },
)
const some = (items: readonly string[]) => fc.uniqueArray(fc.constantFrom(...items), { minLength: 1, maxLength: 4 })
const entry = fc.record(
  {
    protocol: fc.constantFrom('tcp', 'udp'),
    ports,
    from: some([...networks, 'near']),
    to: some(targets),
    interface: fc.constantFrom('e0', 'f0', 'e*', 'g0'),
    log: fc.constant('IPTables/Accepted: '),
  },
  { requiredKeys: [] },
)
const intent = fc.record({
  accept: fc.array(entry, { maxLength: 5 }),
  sets: fc.record({ near: some(networks) }),
  allowed_tcp_ports: fc.oneof(fc.constant([]), ports),
  allowed_udp_ports: fc.oneof(fc.constant([]), ports),
  drop: fc.integer({ min: 0, max: 5 }).map((number) => number > 0),
  ipv6: fc.integer({ min: 0, max: 5 }).map((number) => number > 0),
})
const packet = fc
  .record({
    protocol: fc.constantFrom('tcp', 'udp'),
    way: fc.constantFrom(
      ...[addresses, others].flatMap(({ host, peer }) =>
        peer.flatMap((from) =>
          host.filter((to) => to.includes(':') === from.includes(':')).map((to) => `${from} ${to}`),
        ),
      ),
    ),
    port: fc.oneof({ weight: 8, arbitrary: port }, { weight: 1, arbitrary: fc.integer({ min: 1, max: 65535 }) }),
  })
  .map(({ protocol, way, port }) => `${protocol} ${way} ${port}`)

/** Sends `tcp|udp FROM TO PORT` packets, each once; `sent` when all are on the wire. */
const sender = `
const net = require('net'), dgram = require('dgram')
require('readline').createInterface({ input: process.stdin }).on('line', async (line) => {
  await Promise.all(line.split(',').map((packet) => new Promise((done) => {
    const [kind, from, to, port] = packet.split(' ')
    if (kind === 'tcp') {
      const s = net.connect({ host: to, port: Number(port), localAddress: from }); s.on('error', () => {})
      setTimeout(() => { s.destroy(); done() }, 100)
    } else {
      const s = dgram.createSocket(to.includes(':') ? 'udp6' : 'udp4'); s.on('error', () => {})
      s.bind(0, from, () => s.send('x', Number(port), to, () => { s.close(); done() }))
    }
  })))
  console.log('sent')
})
`

/** Behind all other rules: notes every new packet that came through them. */
const notes = `nft -f - <<'END'
table inet notes {
  set four { type ipv4_addr . ipv4_addr . inet_proto . inet_service; flags dynamic; size 65535; }
  set six { type ipv6_addr . ipv6_addr . inet_proto . inet_service; flags dynamic; size 65535; }
  chain input {
    type filter hook input priority filter + 50; policy accept;
    meta l4proto { tcp, udp } add @four { ip saddr . ip daddr . meta l4proto . th dport }
    meta l4proto { tcp, udp } add @six { ip6 saddr . ip6 daddr . meta l4proto . th dport }
  }
}
END`

const withNft = (wish: Wish): Script => sh`printf %s ${savedText(wish, [22])} | nft -f -`

const withIptables = (wish: Wish): Script =>
  lines(
    ...wish.intent.families.map((family) => {
      const { restore, tool } = places[family]
      return sh`printf %s ${savedRules(wish, family, [22])} | ${restore} --noflush; ${tool} -A INPUT -j ${wish.chains.input}`
    }),
  )

describe('one intent, two front-ends', function () {
  this.timeout(240_000)
  let host: Box
  let peer: Box
  let send: (packets: readonly string[]) => Promise<void>
  let stop: () => void

  before(async () => {
    host = await Box.open()
    peer = await Box.open()
    const up = (device: string, own: readonly string[]) =>
      own
        .map((address) => `ip addr add ${address}${address.includes(':') ? '/64 nodad' : '/24'} dev ${device}`)
        .join('\n') + `\nip link set ${device} up\n`
    await host.text(`for d in e0 f0; do ip link add $d type veth peer name $d netns ${peer.pid}; done
${up('e0', addresses.host)}${up('f0', others.host)}${notes}`)
    await peer.text(up('e0', addresses.peer) + up('f0', others.peer))
    const child = peer.spawn(['node', '-e', sender])
    stop = () => void child.kill('SIGKILL')
    if (!child.stdout || !child.stdin) throw new Error('no pipes')
    const { stdin } = child
    const answers = createInterface({ input: child.stdout })
    send = async (packets) => {
      stdin.write(`${packets.join(',')}\n`)
      await once(answers, 'line')
    }
  })
  after(async () => {
    stop()
    await Promise.all([host.close(), peer.close()])
  })

  /** The packets that came through, where this back-end alone filters. */
  async function through(load: Script, packets: readonly string[]): Promise<string[]> {
    await host.text(
      lines(
        sh`for t in iptables ip6tables; do $t -F; $t -X; done
nft 'add table inet sallyport; delete table inet sallyport; flush set inet notes four; flush set inet notes six'`,
        load,
      ),
    )
    await send(packets)
    const noted = await host.text('nft list set inet notes four; nft list set inet notes six')
    return [...noted.matchAll(/([0-9a-f.:]+) \. ([0-9a-f.:]+) \. (tcp|udp) \. (\d+)/g)]
      .map(([, from, to, protocol, number]) => `${protocol} ${from} ${to} ${number}`)
      .filter((line) => packets.includes(line))
      .sort()
  }

  it('give every packet the same verdict', async () => {
    const valid = entry.filter((one) => Object.keys(one).some((key) => key !== 'log'))
    const usable = intent.chain((one) =>
      fc.array(valid, { maxLength: 5 }).map((accept) => ({ ...one, accept: accept.filter(sameFamily(one.sets.near)) })),
    )
    let dropped = 0
    let passed = 0
    await fc.assert(
      fc.asyncProperty(usable, fc.uniqueArray(packet, { minLength: 60, maxLength: 120 }), async (args, packets) => {
        const wish = wishOf(module.args.parse(args))
        const first = await through(withIptables(wish), packets)
        const second = await through(withNft(wish), packets)
        expect(second).to.deep.equal(first)
        passed += first.length
        dropped += packets.length - first.length
      }),
      { numRuns: 15, endOnFailure: true },
    )
    expect(Math.min(passed, dropped)).to.be.above(100)
  })
})

/** An entry that no packet can match is refused; here only those that some can are of interest. */
const sameFamily =
  (near: readonly string[]) =>
  ({ from, to }: { readonly from?: readonly string[]; readonly to?: readonly string[] }): boolean => {
    if (!from || !to) return true
    const six = (list: readonly string[]) =>
      list.flatMap((one) => (one === 'near' ? near : [one])).map((one) => one.includes(':'))
    return six(from).some((family) => six(to).includes(family))
  }
