import { expect } from 'chai'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { restore } from '../../../../src/modules/netfilter/host-rules.ts'
import { parseRecord } from '../../../lab/kmsg.ts'
import { KmsgReader } from '../../../lab/kmsg-reader.ts'
import type { Lab, Suite } from '../../../lab/lab.ts'
import { labOrSkip } from '../../../lab/mocha.ts'
import { Box, module } from '../box.ts'
import { type FrontEnd, frontEndPackages } from '../front-ends.ts'
import { noDad, shootFrom } from '../shooting.ts'
import type { Shot } from '../shots.ts'

const outer = `po${process.pid}`
const inner = `pi${process.pid}`

/** Beyond the host on either side; what is published is published at the host's outer address. */
const outside = ['10.77.0.2', 'fd77::2']
const host = ['10.77.0.1', 'fd77::1']
const inside = ['10.88.0.2', 'fd88::2']

const rules = {
  allowed_tcp_ports: [80, 8080, '8100:8200'],
  allowed_udp_ports: [53],
  accept: [{ ports: [5432], from: ['10.77.0.0/24', 'fd77::/64'] }],
}

/** As Docker makes them for a container that publishes 8080 (its 80), 9090 (its 81) and 53/udp, with a rule of its user's. */
const docker = (['iptables 10.88.0.2 10.88.0.2', 'ip6tables fd88::2 [fd88::2]'] as const)
  .map((words) => {
    const [tool = '', address = '', to = ''] = words.split(' ')
    const publish = (protocol: string, port: number, own: number) =>
      `${tool} -t nat -A DOCKER ! -i ${inner} -p ${protocol} --dport ${port} -j DNAT --to-destination ${to}:${own}
${tool} -A DOCKER -d ${address} ! -i ${inner} -o ${inner} -p ${protocol} --dport ${own} -j ACCEPT`
    return `${tool} -N DOCKER; ${tool} -N DOCKER-USER; ${tool} -t nat -N DOCKER; ${tool} -P FORWARD DROP
${tool} -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
${tool} -A DOCKER-USER -p tcp --dport 2525 -j DROP; ${tool} -A DOCKER-USER -j RETURN
${tool} -I FORWARD -i ${inner} ! -o ${inner} -j ACCEPT; ${tool} -I FORWARD -o ${inner} -j DOCKER
${tool} -I FORWARD -o ${inner} -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT; ${tool} -I FORWARD -j DOCKER-USER
${publish('tcp', 8080, 80)}\n${publish('tcp', 9090, 81)}\n${publish('udp', 53, 53)}`
  })
  .join('\n')

const look = `for t in iptables ip6tables; do $t -S; $t -t nat -S; done; nft -s list table inet sallyport 2>&1 || :`

/** Three boxes in a row. */
class Row {
  readonly host: Box
  readonly #outside: Box
  readonly #inside: Box
  readonly #running: ChildProcess[] = []

  private constructor(boxes: readonly [Box, Box, Box]) {
    ;[this.#outside, this.host, this.#inside] = boxes
  }

  static async open({ variant, prepare }: FrontEnd, layers: readonly string[]): Promise<Row> {
    const row = new Row([await Box.open(), await Box.open(variant, layers), await Box.open()])
    const up = (device: string, four: string, six: string) =>
      `ip addr add ${four}/24 dev ${device}; ip addr add ${six}/64 dev ${device} nodad; ip link set ${device} up`
    for (const [box, device, [four = '', six = '']] of [
      [row.#outside, outer, outside],
      [row.#inside, inner, inside],
    ] as const)
      await box.text(`${noDad}\nip link add ${device} type veth peer name ${device} netns ${row.host.pid}
${up(device, four, six)}`)
    await row.host.text(`${noDad}\n${up(outer, host[0] ?? '', host[1] ?? '')}\n${up(inner, '10.88.0.1', 'fd88::1')}
echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding\n${prepare}`)
    await row.#outside.text('ip route add 10.88.0.0/24 via 10.77.0.1; ip route add fd88::/64 via fd77::1')
    await row.#inside.text('ip route add default via 10.88.0.1; ip route add default via fd88::1')
    await row.#listen(row.host, 22)
    await row.#listen(row.#inside, 7000)
    return row
  }

  /** Says again what it hears. */
  async #listen(box: Box, port: number): Promise<void> {
    const serve = `require('net').createServer((s) => s.pipe(s)).listen(${port}, '::', () => console.log('up'))`
    const child = box.spawnBeside(['node', '-e', serve])
    this.#running.push(child)
    if (child.stdout) await once(child.stdout, 'data')
  }

  async close(): Promise<void> {
    for (const child of this.#running) child.kill('SIGKILL')
    await Promise.all([this.#outside.close(), this.host.close(), this.#inside.close()])
  }

  /** `tcp 80` from outside to these addresses, each with what comes back. */
  in = async (to: readonly string[], ...words: readonly string[]) => this.#fire(this.#outside, to, words)
  out = async (...words: readonly string[]) => this.#fire(this.#inside, outside, words)

  async #fire(box: Box, to: readonly string[], words: readonly string[]): Promise<string[]> {
    const shots = words.flatMap((word) =>
      to.map((address): Shot => {
        const [kind = '', number] = word.split(' ')
        return kind === 'ping'
          ? { kind, address, bytes: Number(number) }
          : { kind: kind === 'udp' ? kind : 'tcp', address, port: Number(number) }
      }),
    )
    const answers = await shootFrom(box, shots)
    return words.map((word, index) => {
      const both = answers.slice(index * to.length, (index + 1) * to.length)
      return `${word} ${[...new Set(both)].join(' or ')}`
    })
  }

  /** A connection from outside to inside; each call says a word and must hear it back. */
  async connect(): Promise<() => Promise<string>> {
    const talk = `exec 3<>/dev/tcp/${inside[1] ?? ''}/7000; echo up; while read -r word; do echo "$word" >&3; read -t 3 -r answer <&3; echo "=$answer"; done`
    const talking = this.#outside.spawnBeside(['bash', '-c', talk])
    this.#running.push(talking)
    const { stdin, stdout } = talking
    if (!stdin || !stdout) throw new Error('no pipes')
    await once(stdout, 'data')
    return async () => {
      stdin.write('hello\n')
      const [answer] = (await once(stdout, 'data')) as [Buffer]
      return answer.toString().trim()
    }
  }
}

const open = ['tcp 80 closed', 'udp 53 closed', 'udp 54 closed', 'ping 56 answered', 'ping 4000 answered'].concat([
  ...[22, 3306, 5432, 8080, 8099, 8100, 8200, 8201].map((port) => `tcp ${port} closed`),
])
const words = open.map((line) => line.replace(/ \w+$/, ''))
/** Behind the rules. */
const filtered = open.map((line) => line.replace(/^(udp 54|tcp (22|3306|8099|8201)) closed/, '$1 silent'))

/** Packets through the host and to published ports, by everything that can say it. */
export function passingSuite(suite: Suite, some: readonly FrontEnd[]): void {
  describe(`what passes through, on ${suite}`, function () {
    this.timeout(300_000)
    let lab: Lab
    let layers: readonly string[]
    before(async function () {
      lab = await labOrSkip.call(this, [])
      layers = await lab.layers(suite, frontEndPackages)
    })
    after(() => lab?.down())

    for (const frontEnd of some.filter(({ name }) => name !== 'firewalld'))
      describe(frontEnd.name, () => {
        let row: Row
        beforeEach(async () => void (row = await Row.open(frontEnd, layers)))
        afterEach(() => row?.close())
        const load = (chains: readonly string[], more: object = {}) =>
          frontEnd.load(row.host, { ...rules, ...more, chains })
        const absent = () => row.host.converge({ state: 'absent' })

        it('is filtered both ways, and what is open stays open', async () => {
          expect(await row.in(inside, ...words)).to.deep.equal(open)
          const before = await row.host.text(look)
          // Connections are followed from the first rule on that asks for it; older ones would count as new.
          await load(['input'])
          const say = await row.connect()
          const kernel = new KmsgReader()
          await load(['input', 'forward'])
          expect(await row.in(inside, ...words)).to.deep.equal(filtered)
          const lines = [...kernel.news()].flatMap((record) => parseRecord(record)?.text ?? [])
          kernel.close()
          for (const address of ['10.88.0.2', 'fd88:0000:0000:0000:0000:0000:0000:0002'])
            expect(
              lines.some((line) =>
                new RegExp(`^IPTables/Dropped: IN=${outer} OUT=${inner} .*DST=${address} .*DPT=3306 `).test(line),
              ),
              address,
            ).to.equal(true)
          expect(await row.out('tcp 80', 'tcp 3306', 'udp 53', 'ping 56')).to.deep.equal([
            'tcp 80 closed',
            'tcp 3306 silent',
            'udp 53 closed',
            'ping 56 answered',
          ])
          expect(await row.in(host, 'tcp 22', 'tcp 3306')).to.deep.equal(['tcp 22 open', 'tcp 3306 silent'])
          expect(await say()).to.equal('=hello')
          if (frontEnd.name === 'ferm') return
          await load(['input'])
          expect(await row.in(inside, ...words)).to.deep.equal(open)
          await absent()
          expect(await row.host.text(look)).to.equal(before)
        })

        it('is filtered alone, where only that is wished', async () => {
          await load(['forward'])
          expect(await row.in(inside, 'tcp 80', 'tcp 3306')).to.deep.equal(['tcp 80 closed', 'tcp 3306 silent'])
          expect(await row.in(host, 'tcp 22', 'tcp 3306')).to.deep.equal(['tcp 22 open', 'tcp 3306 closed'])
        })

        it('only is logged where drop is off', async () => {
          await load(['input', 'forward'], { drop: false })
          expect(await row.in(inside, ...words)).to.deep.equal(open)
        })

        if (frontEnd.name === 'ferm') return
        const backend = frontEnd.name === 'nftables' ? 'nftables' : 'auto'

        const published = ['tcp 8080', 'tcp 9090', 'udp 53', 'tcp 22']
        it('goes to ports that Docker publishes by their published numbers, and nothing else is cut', async () => {
          await row.host.text(docker)
          const before = await row.host.text(look)
          expect(await row.in(host, ...published)).to.deep.equal([
            ...['tcp 8080 closed', 'tcp 9090 closed', 'udp 53 closed', 'tcp 22 open'],
          ])
          await load(['input', 'docker-user'])
          expect(await row.in(host, ...published)).to.deep.equal([
            ...['tcp 8080 closed', 'tcp 9090 silent', 'udp 53 closed', 'tcp 22 open'],
          ])
          // What its user said goes on to hold, and what it keeps apart stays apart.
          expect(await row.out('tcp 3306', 'tcp 2525', 'udp 54')).to.deep.equal([
            ...['tcp 3306 closed', 'tcp 2525 silent', 'udp 54 closed'],
          ])
          await load(['input', 'forward', 'docker-user'])
          expect(await row.in(host, ...published)).to.deep.equal([
            ...['tcp 8080 closed', 'tcp 9090 silent', 'udp 53 closed', 'tcp 22 open'],
          ])
          // Behind UFW's own chains there is nothing left of what Docker has accepted.
          const cut = frontEnd.name === 'UFW' ? 'closed' : 'silent'
          expect(await row.out('tcp 3306', 'tcp 80')).to.deep.equal([`tcp 3306 ${cut}`, 'tcp 80 closed'])
          await load(['docker-user'], { drop: false })
          expect(await row.in(host, ...published)).to.deep.equal([
            ...['tcp 8080 closed', 'tcp 9090 closed', 'udp 53 closed', 'tcp 22 open'],
          ])
          await absent()
          expect(await row.host.text(look)).to.equal(before)
        })

        it('is as it was where the host takes the change back', async () => {
          await row.host.text(docker)
          const all = module.args.parse({ ...rules, backend, chains: ['input', 'forward', 'docker-user'] })
          for (const first of [undefined, ['docker-user'], ['forward', 'input']]) {
            if (first) await load(first)
            const before = await row.host.text(look)
            const state = await row.host.probe(all)
            await row.host.text(module.apply(all, state, module.plan(all, state)).script)
            expect(await row.host.text(look)).not.to.equal(before)
            await row.host.text(restore(all, state))
            expect(await row.host.text(look)).to.equal(before)
          }
        })

        if (frontEnd.name === 'nftables') return
        it('has its rules before Docker comes, at boot, and Docker finds its chain as it left it', async () => {
          await row.host.text(docker)
          await load(['input', 'docker-user'])
          const own = 'iptables -S DOCKER-USER; ip6tables -S DOCKER-USER; iptables -S SALLYPORT_DOCKER'
          const start = `sh -c "$(sed -n "s/^ExecStart=.bin.sh -c '\\(.*\\)'$/\\1/p" /etc/systemd/system/sallyport-netfilter.service | sed 's/[$][$]/$/g')"`
          const before = await row.host.text(own)
          await row.host.text(start)
          expect(await row.host.text(own)).to.equal(before)
          await row.host.text(`for t in iptables ip6tables; do $t -F; $t -X; done; ${start}`)
          expect(await row.host.text(own)).to.equal(before.replaceAll(/-A DOCKER-USER (-p tcp .*|-j RETURN)\n/g, ''))
        })

        it('is refused where there is no Docker', async () => {
          const plan = await row.host.plan({ ...rules, chains: ['docker-user'], backend: 'auto' })
          expect(plan.refuse).to.match(
            /^chains names docker-user, and this host has no chain DOCKER-USER: start Docker/,
          )
        })
      })
  })
}
