import { expect } from 'chai'
import { once } from 'node:events'
import * as iptablesCounters from '../../../../src/modules/netfilter/iptables/counters.ts'
import * as nftablesCounters from '../../../../src/modules/netfilter/nftables/counters.ts'
import { Box, type Variant } from '../box.ts'

/** Servers on these ports of the host, both families: `LISTEN` when ready, then `GOT udp PORT` for each datagram. */
const server = `
const net = require('net'), dgram = require('dgram')
const tcp = [22, 80, 443, 8000, 8050, 8100, 8101, 3306], udp = [53, 54]
let waiting = tcp.length + udp.length
const ready = () => { if (--waiting === 0) console.log('LISTEN') }
for (const port of tcp) net.createServer((s) => { s.on('error', () => {}); s.pipe(s) }).listen(port, '::', ready)
for (const port of udp) { const s = dgram.createSocket('udp6'); s.on('message', (m, r) => s.send(m, r.port, r.address)); s.bind(port, '::', ready) }
`

/** Reads \`tcp|udp ADDRESS PORT\` lines and answers each with open, closed or silent. */
const client = `
const net = require('net'), dgram = require('dgram')
const tcp = (host, port) => new Promise((done) => {
  const s = net.connect({ host, port }); s.setTimeout(400)
  s.on('connect', () => { done('open'); s.destroy() }); s.on('timeout', () => { done('silent'); s.destroy() }); s.on('error', (e) => done(e.code === 'ECONNREFUSED' ? 'closed' : e.code))
})
const udp = (host, port) => new Promise((done) => {
  const s = dgram.createSocket(host.includes(':') ? 'udp6' : 'udp4')
  s.on('message', () => { done('open'); s.close() }); s.on('error', (e) => done(e.code))
  s.send('x', port, host); setTimeout(() => { done('silent'); try { s.close() } catch {} }, 400)
})
require('readline').createInterface({ input: process.stdin }).on('line', async (line) => {
  const [kind, host, port] = line.split(' ')
  console.log(line + ' ' + await (kind === 'tcp' ? tcp : udp)(host, Number(port)))
})
`

const chains = { main: 'SALLYPORT_IN', log: 'SALLYPORT_LOG' }

async function iptables(host: Box) {
  const { ipv4, ipv6 } = iptablesCounters.readDrops(await host.text(iptablesCounters.dropsScript(chains)))
  return { logged: ipv4.logged + ipv6.logged, dropped: ipv4.dropped + ipv6.dropped }
}

const nftables = async (host: Box) => nftablesCounters.readDrops(await host.text(nftablesCounters.dropsScript(chains)))

const host4 = '10.77.0.1'
const host6 = 'fd77::1'

export function packetsSuite(backend: 'iptables' | 'nftables', variant: Variant = 'nft'): void {
  const name = backend === 'iptables' ? variant : backend
  const counters = backend === 'iptables' ? iptables : nftables
  describe(`packets through netfilter (${name})`, function () {
    this.timeout(120_000)
    let host: Box
    let peer: Box
    let ask: (line: string) => Promise<string>
    const stop: (() => void)[] = []

    beforeEach(async () => {
      host = await Box.open(variant)
      peer = await Box.open(variant)
      await host.text(`ip link add e0 type veth peer name e0 netns ${peer.pid}
ip addr add ${host4}/24 dev e0; ip addr add ${host6}/64 dev e0 nodad; ip link set e0 up`)
      await peer.text(`ip addr add 10.77.0.2/24 dev e0; ip addr add fd77::2/64 dev e0 nodad; ip link set e0 up`)
      const listening = host.spawn(['node', '-e', server])
      const asking = peer.spawn(['node', '-e', client])
      stop.push(
        () => void listening.kill('SIGKILL'),
        () => void asking.kill('SIGKILL'),
      )
      if (!listening.stdout || !asking.stdout || !asking.stdin) throw new Error('no pipes')
      await once(listening.stdout, 'data')
      const { stdin } = asking
      const waiting = new Map<string, (answer: string) => void>()
      asking.stdout.on('data', (chunk: Buffer) => {
        for (const line of chunk.toString().trim().split('\n')) {
          const at = line.lastIndexOf(' ')
          waiting.get(line.slice(0, at))?.(line.slice(at + 1))
        }
      })
      ask = (line) =>
        new Promise((resolve) => {
          waiting.set(line, resolve)
          stdin.write(`${line}\n`)
        })
      expect(await ask(`tcp ${host6} 3306`)).to.equal('open')
    })
    afterEach(async () => {
      for (const end of stop.splice(0)) end()
      await Promise.all([host.close(), peer.close()])
    })

    const verdicts = async (lines: readonly string[]) =>
      Promise.all(lines.map(async (line) => `${line} ${await ask(line)}`))
    const battery = [host4, host6].flatMap((address) => [
      ...[22, 80, 443, 8000, 8050, 8100, 8101, 3306, 3307].map((port) => `tcp ${address} ${port}`),
      ...[53, 54].map((port) => `udp ${address} ${port}`),
    ])
    const args = { backend, allowed_tcp_ports: [80, 443, '8000:8100'], allowed_udp_ports: [53] }
    const drops = async () => counters(host)

    it('opens what is allowed, drops the rest, and counts each drop as logged', async () => {
      await host.converge(args)
      const expected = battery.map(
        (line) => `${line} ${/ (22|80|443|8000|8050|8100|53)$/.test(line) ? 'open' : 'silent'}`,
      )
      expect(await verdicts(battery)).to.deep.equal(expected)
      const { logged, dropped } = await drops()
      expect(dropped).to.be.at.least(8)
      expect(logged).to.equal(dropped)
    })

    it('finds neighbours anew after their entries are gone', async () => {
      await host.converge(args)
      await peer.text('ip neigh flush dev e0')
      await host.text('ip neigh flush dev e0')
      expect(await ask(`tcp ${host6} 80`)).to.equal('open')
      expect(await ask(`tcp ${host4} 80`)).to.equal('open')
    })

    it('lets loopback be', async () => {
      await host.converge(args)
      await host.text(`bash -c ': </dev/tcp/127.0.0.1/3306 && : </dev/tcp/::1/3306 && : </dev/tcp/${host4}/3306'`)
    })

    /** A connection from the peer to the host; each call says a word and must hear it back. */
    async function connect(port: number): Promise<() => Promise<string>> {
      const talk = `exec 3<>/dev/tcp/${host6}/${port}; echo up; while read -r word; do echo "$word" >&3; read -t 3 -r answer <&3; echo "=$answer"; done`
      const talking = peer.spawn(['bash', '-c', talk])
      stop.push(() => void talking.kill('SIGKILL'))
      const { stdin, stdout } = talking
      if (!stdin || !stdout) throw new Error('no pipes')
      await once(stdout, 'data')
      return async () => {
        stdin.write('hello\n')
        const [answer] = (await once(stdout, 'data')) as [Buffer]
        return answer.toString().trim()
      }
    }

    it('keeps connections that are open when their port is closed', async () => {
      await host.converge({ ...args, allowed_tcp_ports: [3306] })
      const say = await connect(3306)
      await host.converge(args)
      expect(await ask(`tcp ${host6} 3306`)).to.equal('silent')
      expect(await say()).to.equal('=hello')
    })

    it('keeps connections to allowed ports that are older than all tracking', async () => {
      const [ssh, web] = [await connect(22), await connect(80)]
      await host.converge(args)
      expect([await ssh(), await web()]).to.deep.equal(['=hello', '=hello'])
    })

    it('answers pings and path errors; with icmp off only what IPv6 lives on', async () => {
      const ping = async () => {
        const four = await peer.run(`busybox ping -c 1 -W 1 ${host4}`)
        const six = await peer.run(`busybox ping -6 -c 1 -W 1 ${host6}`)
        return [four.code, six.code]
      }
      expect(await ping(), 'before').to.deep.equal([0, 0])
      await host.converge(args)
      expect(await ping()).to.deep.equal([0, 0])
      await host.converge({ ...args, icmp: false })
      await peer.text('ip neigh flush dev e0')
      expect(await ping()).to.deep.equal([1, 1])
      expect(await ask(`tcp ${host6} 80`)).to.equal('open')
    })

    it('changes the fate of no packet where drop is off, in either direction', async () => {
      await host.text(
        'for t in iptables ip6tables; do $t -A INPUT -p tcp --dport 443 -j REJECT --reject-with tcp-reset; done',
      )
      const before = await verdicts(battery)
      await host.converge({ ...args, drop: false })
      expect(await verdicts(battery)).to.deep.equal(before)
      expect((await drops()).logged).to.be.at.least(8)
    })
  })
}
