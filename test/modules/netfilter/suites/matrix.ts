import { expect } from 'chai'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { parseRecord } from '../../../lab/kmsg.ts'
import { KmsgReader } from '../../../lab/kmsg-reader.ts'
import { until } from '../../../lab/poll.ts'
import type { Lab, Suite } from '../../../lab/lab.ts'
import { labOrSkip } from '../../../lab/mocha.ts'
import { battery, batteryWish, shotsAt, type Target } from '../battery.ts'
import { Box } from '../box.ts'
import { type FrontEnd, frontEndPackages } from '../front-ends.ts'
import { noDad, shootFrom } from '../shooting.ts'
import type { Shot } from '../shots.ts'

const host = { address: '10.77.0.1', address6: 'fd77::1' }
const gateways = ['10.77.0.2', 'fd77::2']
/** The kernel log of the machine is one for all, and names but the interface. */
const device = `mx${process.pid}`
const group = 42
/** No port of the battery, and dropped. */
const last = 9999
/** No line is lost to the limit. */
const wish = { ...batteryWish, log_limit: '10000/s', log_burst: 10_000, nflog_group: group }

const cells = (['LOG', 'NFLOG'] as const).flatMap((log_target) => [
  { log_target, drop: true },
  { log_target, drop: false },
])

const ulogd = `[global]
logfile="/run/ulogd.log"
stack=packets:NFLOG,base:BASE,devices:IFINDEX,addresses:IP2STR,line:PRINTPKT,lines:LOGEMU
[packets]
group=${group}
[lines]
file="/run/lines"
sync=1
`

/** Two boxes at one cable: one with a Debian of its own and rules, and one that fires. */
class Range implements Target {
  readonly address = host.address
  readonly address6 = host.address6
  readonly box: Box
  readonly #peer: Box
  readonly #kernel = new KmsgReader()
  readonly #logged: string[] = []
  /** The ring is small, and others fill it too. */
  readonly #drain = setInterval(() => this.#drainKernel(), 40)
  readonly #running: ChildProcess[] = []

  private constructor(box: Box, peer: Box) {
    this.box = box
    this.#peer = peer
  }

  static async open(frontEnd: FrontEnd, layers: readonly string[]): Promise<Range> {
    const range = new Range(await Box.open(frontEnd.variant, layers), await Box.open())
    await range.#begin(frontEnd)
    return range
  }

  async #begin(frontEnd: FrontEnd): Promise<void> {
    const mac = '02:00:00:77:00:0'
    const up = (four: string, six: string) =>
      `ip addr add ${four}/24 dev ${device}; ip addr add ${six}/64 dev ${device} nodad; ip link set ${device} up`
    // This machine's ip: an older one has other words.
    await this.#peer.text(`${noDad}
ip link add ${device} address ${mac}2 type veth peer name ${device} address ${mac}1 netns ${this.box.pid}
${up(gateways[0] ?? '', gateways[1] ?? '')}`)
    await this.box.text(`${noDad}\n${up(host.address, host.address6)}\nprintf %s '${ulogd}' >/run/ulogd.conf`)
    const sshd = this.box.spawnBeside([
      'node',
      '-e',
      `require('net').createServer().listen(22, '::', () => console.log('up'))`,
    ])
    this.#running.push(sshd)
    if (sshd.stdout) await once(sshd.stdout, 'data')
    this.#running.push(...((await frontEnd.start?.(this.box)) ?? []))
    await this.box.text(frontEnd.prepare)
  }

  async close(): Promise<void> {
    for (const child of this.#running) child.kill('SIGKILL')
    clearInterval(this.#drain)
    this.#kernel.close()
    await Promise.all([this.box.close(), this.#peer.close()])
  }

  exec(script: string): Promise<{ readonly code: number }> {
    return this.box.run(script)
  }

  #shoot = (shots: readonly Shot[]): Promise<readonly string[]> => shootFrom(this.#peer, shots)

  /** Verdicts as seen and as they should be; neighbours must be found anew first. */
  async fire(open: boolean): Promise<[seen: string[], expected: string[]]> {
    for (const box of [this.box, this.#peer]) await box.text(`ip neigh flush dev ${device}`)
    return battery(this, gateways, { shoot: this.#shoot, open })
  }

  /** The lines that `during` leaves, each once, without what differs from packet to packet. */
  async lines(target: 'LOG' | 'NFLOG', during: () => Promise<void>): Promise<string[]> {
    const found: string[] = []
    const read =
      target === 'LOG'
        ? () => this.#drainKernel().splice(0)
        : async () => (await this.box.text('cat /run/lines')).split('\n')
    const logger = target === 'NFLOG' ? await this.#ulogd() : undefined
    try {
      await read()
      await during()
      // Packets reach ulogd by the second, in their order: where the last one is, all are.
      await until('the line of the last packet', 10_000, async () => {
        await this.#shoot([{ kind: 'tcp', address: this.address, port: last }])
        found.push(...(await read()))
        return found.some((text) => text.includes(` DPT=${last} `))
      })
    } finally {
      await logger?.()
    }
    const ours = found.filter((text) => text.includes(`IN=${device} `) && !text.includes(` DPT=${last} `))
    const tidy = ours.map((text) =>
      text.replace(/^.*?(?=IPTables\/)/, '').replace(/ (ID|SPT|SEQ|FLOWLBL)=\d+/g, ' $1=?'),
    )
    return [...new Set(tidy)].sort()
  }

  #drainKernel(): string[] {
    for (const record of this.#kernel.news()) {
      const { text = '' } = parseRecord(record) ?? {}
      if (text.includes(`IN=${device} `)) this.#logged.push(text)
    }
    return this.#logged
  }

  /** Started; gives how it is ended. */
  async #ulogd(): Promise<() => Promise<unknown>> {
    const logger = this.box.spawn(['sh', '-c', 'rm -f /run/lines; exec ulogd --configfile /run/ulogd.conf'])
    const ended = once(logger, 'close')
    await until('ulogd', 10_000, async () => (await this.box.run('[ -e /run/lines ]')).code === 0)
    return () => {
      logger.kill('SIGTERM')
      return ended
    }
  }
}

const address = (text = '') => (text.includes(':') ? new URL(`http://[${text}]`).hostname.slice(1, -1) : text)

/** What a line speaks of: `tcp fd77::1 443`. */
function packetOf(line: string): string {
  const field = (name: string) => new RegExp(` ${name}=(\\S*)`).exec(line)?.[1] ?? ''
  return [field('PROTO').toLowerCase(), address(field('DST')), field('DPT') || field('TYPE')].join(' ')
}

const dropped = shotsAt(host)
  .filter(({ verdict }) => verdict === 'silent')
  .map((shot) => ('port' in shot ? `${shot.kind} ${shot.address} ${shot.port}` : `icmp ${shot.address} 13`))
  .sort()

/** Every front-end with every way to log and to drop: the same packets, the same verdicts, the same lines. */
export function matrixSuite(suite: Suite, some: readonly FrontEnd[]): void {
  describe(`the matrix on ${suite}`, function () {
    this.timeout(300_000)
    let lab: Lab
    let layers: readonly string[]
    const lines = new Map<string, { readonly by: string; readonly lines: readonly string[] }>()
    before(async function () {
      lab = await labOrSkip.call(this, [])
      layers = await lab.layers(suite, frontEndPackages)
    })
    after(() => lab?.down())

    for (const frontEnd of some)
      describe(frontEnd.name, () => {
        let range: Range
        before(async () => void (range = await Range.open(frontEnd, layers)))
        after(() => range?.close())

        it('lets every packet through without our rules', async () => {
          const [seen, expected] = await range.fire(true)
          expect(seen).to.deep.equal(expected)
        })

        for (const { log_target, drop } of cells)
          it(`${drop ? 'logs and drops' : 'only logs'} what is not allowed, by ${log_target}, and nothing else`, async () => {
            const refused = await frontEnd.load(range.box, { ...wish, log_target, drop })
            if (refused !== undefined) return expect(refused).to.equal(frontEnd.cannot?.[suite]?.[log_target])
            expect(frontEnd.cannot?.[suite]?.[log_target]).to.equal(undefined)
            const said = await range.lines(log_target, async () => {
              const [seen, expected] = await range.fire(!drop)
              expect(seen).to.deep.equal(expected)
            })
            expect([...new Set(said.map(packetOf))].sort()).to.deep.equal(dropped)
            const first = lines.get(log_target) ?? { by: `${frontEnd.name}, ${String(drop)}`, lines: said }
            lines.set(log_target, first)
            expect(said, `beside ${first.by}`).to.deep.equal(first.lines)
          })
      })
  })
}
