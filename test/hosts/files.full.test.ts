import { expect } from 'chai'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { inventoryYaml } from '../lab/inventory.ts'
import type { Lab } from '../lab/lab.ts'
import { labOrSkip } from '../lab/mocha.ts'
import { until } from '../lab/poll.ts'
import { sallyport } from '../support/cli.ts'
import { isTurnOf } from './forwarding-turn.ts'
import { overTcp, type Receiver } from './no-loss/receiver.ts'

const role = fileURLToPath(new URL('../../playbooks/roles/forward', import.meta.url))
/** Five times as many as the queue holds. */
const lines = 50_000
/** What plain TCP may have taken for an intake that had died, in lines: a send window. */
const onTheWay = 256

if (isTurnOf('surroundings'))
  describe('a file that is forwarded', function () {
    this.timeout(300_000)
    let lab: Lab
    let receiver: Receiver
    let dir: string

    before(async function () {
      const packages = ['rsyslog', 'rsyslog-gnutls']
      lab = await labOrSkip.call(this, [
        { name: 'old', suite: 'bullseye', packages },
        { name: 'new', suite: 'trixie', packages },
      ])
      receiver = await overTcp(lab)
      dir = await mkdtemp(join(tmpdir(), 'sallyport-files-'))
      await writeFile(join(dir, 'hosts.yml'), inventoryYaml(lab))
      await writeFile(
        join(dir, 'site.yml'),
        `- hosts: all
  gather_facts: false
  roles:
    - role: ${role}
      forward_name: lines
      forward_files: [/var/log/lines.log]
      forward_key: a-key
      intake_host: ${receiver.name}
      intake_port: ${receiver.port}
      intake_ca: ${receiver.ca}
`,
      )
      await writeLines(1)
      const applied = await sallyport(['apply', join(dir, 'site.yml'), '-i', join(dir, 'hosts.yml')])
      expect(applied.code, applied.stdout + applied.stderr).to.equal(0)
    })
    after(async () => {
      if (dir) await rm(dir, { recursive: true })
      await lab?.down()
    })

    const writeLines = (from: number) =>
      Promise.all(
        lab.hosts.map((host) =>
          host.exec(
            `seq -f 'numbered %.0f.' ${from} ${from + lines - 1} >/tmp/more && cat /tmp/more >>/var/log/lines.log`,
          ),
        ),
      )

    /** Every line from `first` to `last`. */
    async function allCome(first: number, last: number): Promise<void> {
      const missing = async () => {
        const ledger = await receiver.ledger()
        return lab.hosts.map(({ name }) => ledger.missing(name, last).filter((number) => number >= first))
      }
      const none = lab.hosts.map(() => [])
      await until('all lines', 60_000, async () => (await missing()).flat().length === 0, 500).catch(() => {})
      expect(await missing()).to.deep.equal(none)
    }

    it('comes whole when it is there already, longer than the queue', () => allCome(1, lines))

    it('waits for an intake that is away, on disk, and over a restart', async () => {
      await receiver.begin('killed')
      await writeLines(lines + 1)
      await sleep(15_000)
      const restarted = lab.hosts.map((host) => host.exec('systemctl restart rsyslog'))
      expect((await Promise.all(restarted)).map(({ code }) => code)).to.deep.equal(lab.hosts.map(() => 0))
      await receiver.heal()
      await allCome(lines + 1 + onTheWay, 2 * lines)
    })

    it('is read from its beginning once it has been emptied, as logrotate does by copytruncate', async () => {
      const first = 2 * lines + 1
      const everywhere = (script: string) => Promise.all(lab.hosts.map((host) => host.exec(script)))
      const add = (from: number) => everywhere(`seq -f 'numbered %.0f.' ${from} ${from + 9} >>/var/log/lines.log`)
      // Newly started, it would not see that a file is shorter than where it had been.
      await add(first)
      await allCome(first, first + 9)
      await everywhere('cp /var/log/lines.log /var/log/lines.1; : >/var/log/lines.log')
      await sleep(3000)
      await add(first + 10)
      await allCome(first, first + 19)
    })
  })
