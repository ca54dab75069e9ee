import { expect } from 'chai'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { inventoryYaml } from '../lab/inventory.ts'
import type { Lab, LabHost, Suite } from '../lab/lab.ts'
import { labOrSkip } from '../lab/mocha.ts'
import { until } from '../lab/poll.ts'
import { sallyport } from '../support/cli.ts'
import { playbook as netfilter } from './fleet.ts'
import { isTurnOf } from './forwarding-turn.ts'
import { rangesOf, runsOf } from './no-loss/ledger.ts'
import { overRelp, overTcp, type Receiver } from './no-loss/receiver.ts'

const role = fileURLToPath(new URL('../../playbooks/roles/forward', import.meta.url))
const suites: readonly Suite[] = ['bullseye', 'bookworm', 'trixie']
const hostsPerSuite = 2
const phases = 8
const perPhase = 300
const perSecond = 20
/** What the kernel keeps for one connection until it is acknowledged, to begin with (net.ipv4.tcp_wmem), in bytes. */
const sendWindow = 16_384
const bytesOfEvent = 150
/** What is written here until a broken connection is noticed at the latest. */
const burst = perSecond / 4
/** From this phase on rsyslog ends while nobody receives. */
const bothGone = 6
/**
 * What RELP may lose by that of a phase: what was sent over the broken connection before it was noticed, a burst of what is
 * written here at most, and what was in hand then.
 */
const relpForgets = burst + 1

/** Those of each phase. */
const perPhaseOf = (numbers: readonly number[]) =>
  Array.from({ length: phases }, (_, phase) => numbers.filter((n) => Math.floor((n - 1) / perPhase) === phase))

/** Numbered events on every host, while all kinds of things befall whoever receives them, and then the hosts themselves. */
for (const protocol of ['tcp', 'relp'] as const) {
  if (!isTurnOf(`no-loss ${protocol}`)) continue
  describe(`events forwarded by ${protocol} while much goes wrong`, function () {
    this.timeout(900_000)
    let lab: Lab
    let senders: readonly LabHost[]
    let receiver: Receiver
    let dir: string

    before(async function () {
      const packages = ['rsyslog', protocol === 'relp' ? 'rsyslog-relp' : 'rsyslog-gnutls', 'iptables']
      const specs = suites.flatMap((suite) =>
        Array.from({ length: hostsPerSuite }, (_, index) => ({ name: `${suite}${index + 1}`, suite, packages })),
      )
      const collector = { name: 'collector', suite: 'trixie' as const, packages: [...packages, 'nftables'] }
      lab = await labOrSkip.call(this, protocol === 'relp' ? [...specs, collector] : specs)
      senders = specs.map(({ name }) => lab.host(name))
      receiver = protocol === 'relp' ? await overRelp(lab, lab.host('collector')) : await overTcp(lab)
      if (protocol === 'relp') {
        const line = `${lab.host('collector').address} ${receiver.name}`
        await Promise.all(senders.map((host) => host.exec(`echo '${line}' >>/etc/hosts`)))
      }
      dir = await mkdtemp(join(tmpdir(), 'sallyport-no-loss-'))
      await writeFile(join(dir, 'hosts.yml'), inventoryYaml(lab))
      await writeFile(join(dir, 'site.yml'), playbook())
      const args = ['apply', join(dir, 'site.yml'), '-i', join(dir, 'hosts.yml')]
      const applied = await sallyport(args)
      expect(applied.code, applied.stdout + applied.stderr).to.equal(0)
      expect((await sallyport(['check', ...args.slice(1)])).code).to.equal(0)
    })
    after(async () => {
      if (dir) await rm(dir, { recursive: true })
      await lab?.down()
    })

    const playbook = () => `- hosts: ${senders.map(({ name }) => name).join(':')}
  gather_facts: false
  roles:
    - role: ${role}
      forward_name: numbered
      forward_filter: $programname == "numbered"
      forward_key: a-key
      intake_protocol: ${protocol}
      intake_host: ${receiver.name}
      intake_port: ${receiver.port}
      intake_ca: ${receiver.ca}
`

    /** Writes the events of one phase on every host, evenly. */
    async function write(phase: number): Promise<void> {
      const script = `i=${phase * perPhase}
while [ $i -lt ${(phase + 1) * perPhase} ]; do
  i=$((i + 1)); echo "numbered $i."
  if [ $((i % ${perSecond / 4})) = 0 ]; then sleep 0.25; fi
done | logger -t numbered`
      const ends = await Promise.all(senders.map((host) => host.exec(script)))
      expect(ends.map(({ code }) => code)).to.deep.equal(senders.map(() => 0))
    }

    async function during(phase: number, trouble: () => Promise<void>): Promise<void> {
      phaseBegins()
      const writing = write(phase)
      await sleep((perPhase / perSecond) * 250)
      await trouble()
      await writing
    }

    /** How often each sender had been cut off when a phase began, and at the end. */
    const cuts: (readonly number[])[] = []
    const phaseBegins = () => cuts.push(senders.map((host) => receiver.cuts?.(host) ?? 0))

    const missing = async (last: number) => {
      const ledger = await receiver.ledger()
      return senders.map(({ name }) => ledger.missing(name, last))
    }

    const troubleFor = async (trouble: Parameters<Receiver['begin']>[0], seconds: number) => {
      await receiver.begin(trouble)
      await sleep(seconds * 1000)
      await receiver.heal()
    }

    it('come through a receiver that is killed and started, black-holed, at a crawl, and closing', async () => {
      const seconds = perPhase / perSecond / 2
      await during(0, () => troubleFor('killed', seconds))
      await during(1, () => troubleFor('black-holed', seconds))
      await during(2, () => troubleFor('crawling', seconds))
      await during(3, () => troubleFor('closing', seconds))
    })

    const restart = () => Promise.all(senders.map((host) => host.exec('systemctl restart rsyslog')))
    const reboot = () => Promise.all(senders.map((host) => host.reboot()))

    it('come through a restart of rsyslog, and a reboot', async () => {
      await during(4, async () => void (await restart()))
      phaseBegins()
      await write(5)
      await reboot()
    })

    it('come through a restart and a reboot while nobody receives', async () => {
      await during(bothGone, async () => {
        await receiver.begin('killed')
        await restart()
      })
      await receiver.heal()
      await sleep(12_000) // what is on the way has arrived, also after one more try to connect
      phaseBegins()
      await receiver.begin('killed')
      await write(bothGone + 1)
      await reboot()
      await receiver.heal()
    })

    it(
      protocol === 'relp'
        ? 'arrive, but for the few that were sent or in hand when rsyslog ended and nobody received'
        : 'arrive but for what was on the way when a connection was cut',
      async () => {
        phaseBegins()
        const last = phases * perPhase
        let before = -1
        await until(
          'nothing more comes',
          180_000,
          async () => {
            const now = (await missing(last)).flat().length
            const settled = now === 0 || now === before
            before = now
            return settled
          },
          25_000,
        )
        const lost = await missing(last)
        const ledger = await receiver.ledger()
        for (const [index, { name }] of senders.entries()) {
          const twice = rangesOf(ledger.repeated(name))
          console.log(`      ${name}: of ${last} lost ${rangesOf(lost[index] ?? [])}; twice ${twice}`)
        }
        for (const [index, host] of senders.entries()) {
          const numbers = lost[index] ?? []
          if (!receiver.cuts) {
            for (const [phase, lostThen] of perPhaseOf(numbers).entries())
              expect(lostThen.length, `${host.name}, phase ${phase}`).to.be.at.most(phase < bothGone ? 0 : relpForgets)
            continue
          }
          for (const [phase, lostThen] of perPhaseOf(numbers).entries()) {
            const cutThen = (cuts[phase + 1]?.[index] ?? 0) - (cuts[phase]?.[index] ?? 0)
            const where = `${host.name}, phase ${phase}`
            const inARow = runsOf(lostThen).map(([from, to]) => to - from + 1)
            if (lostThen.length + cutThen > 0) console.log(`      ${where}: ${lostThen.length} lost by ${cutThen} cuts`)
            // Only what was sent over a connection that was cut. Of one: what came before that was noticed, and was in hand
            // then. Of one after the other: also what had waited for the next, as far as its send window can hold it.
            if (cutThen <= 1) expect(lostThen.length, where).to.be.at.most(cutThen * 2 * burst)
            expect(inARow.length, where).to.be.at.most(2 * cutThen)
            expect(Math.max(0, ...inARow), where).to.be.at.most(sendWindow / bytesOfEvent)
          }
        }
      },
    )

    if (protocol === 'relp') {
      it('are not handed to somebody else with a certificate of the same CA', async () => {
        const arrived = async (number: number) => {
          const ledger = await receiver.ledger()
          return senders.map(({ name }) => ledger.has(name, number))
        }
        await receiver.callItself?.('elsewhere.example')
        await Promise.all(senders.map((host) => host.exec('logger -t numbered "numbered 900001."')))
        await sleep(15_000)
        expect(await arrived(900_001)).to.deep.equal(senders.map(() => false))
        await receiver.callItself?.(receiver.name)
        // omrelp gives an action up whose peer was somebody else, until rsyslog is started anew.
        await Promise.all(senders.map((host) => host.exec('systemctl restart rsyslog')))
        await Promise.all(senders.map((host) => host.exec('logger -t numbered "numbered 900002."')))
        await until(
          'the right one gets what comes then',
          60_000,
          async () => (await arrived(900_002)).every(Boolean),
          1000,
        )
        expect(await arrived(900_001), 'what waited meanwhile').to.deep.equal(senders.map(() => true))
      })

      it('are proven by verify', async () => {
        const vars = join(dir, 'relp.yml')
        const { name, port, ca } = receiver
        const text = {
          intake_key: 'a-key',
          intake_protocol: 'relp',
          intake_host: name,
          intake_port: port,
          intake_ca: ca,
        }
        await writeFile(vars, JSON.stringify(text))
        const args = ['-i', join(dir, 'hosts.yml'), '-l', senders.map((host) => host.name).join(','), '-e', `@${vars}`]
        const applied = await sallyport(['apply', netfilter, ...args])
        expect(applied.code, applied.stdout + applied.stderr).to.equal(0)
        const verified = await sallyport(['verify', netfilter, ...args])
        expect(verified.code, verified.stdout + verified.stderr).to.equal(0)
      })
    }
  })
}
