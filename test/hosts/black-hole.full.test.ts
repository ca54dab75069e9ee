import { expect } from 'chai'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { inventoryYaml } from '../lab/inventory.ts'
import type { Intake } from '../lab/intake.ts'
import type { Lab, LabHost } from '../lab/lab.ts'
import { labOrSkip } from '../lab/mocha.ts'
import { until } from '../lab/poll.ts'
import { sallyport } from '../support/cli.ts'
import { isTurnOf } from './forwarding-turn.ts'

const role = fileURLToPath(new URL('../../playbooks/roles/forward', import.meta.url))
const packages = ['rsyslog', 'rsyslog-gnutls']
const diskLimit = 1024 * 1024

/** Every packet to the intake vanishes, and far more is logged than the queue may hold. */
if (isTurnOf('black-hole'))
  describe('logging while the intake is a black hole', function () {
    this.timeout(300_000)
    let lab: Lab
    let intake: Intake

    before(async function () {
      lab = await labOrSkip.call(this, [
        { name: 'old', suite: 'bullseye', packages },
        { name: 'middle', suite: 'bookworm', packages },
        { name: 'new', suite: 'trixie', packages },
      ])
      intake = await lab.intake()
      await writeFile(join(lab.dir, 'ca.pem'), intake.caPem)
      await writeFile(join(lab.dir, 'hosts.yml'), inventoryYaml(lab))
      await writeFile(
        join(lab.dir, 'site.yml'),
        `- hosts: all
  gather_facts: false
  roles:
    - role: ${role}
      forward_name: much
      forward_filter: $programname == "much"
      forward_queue_size: 1000
      forward_queue_disk: 1m
      forward_style: "{{ 'legacy' if inventory_hostname == 'middle' else 'rainerscript' }}"
      forward_key: a-key
      intake_ca: ${join(lab.dir, 'ca.pem')}
`,
      )
      const applied = await sallyport(['apply', join(lab.dir, 'site.yml'), '-i', join(lab.dir, 'hosts.yml')])
      expect(applied.code, applied.stdout + applied.stderr).to.equal(0)
    })
    after(() => lab?.down())

    const everywhere = <T>(act: (host: LabHost) => Promise<T>) => Promise.all(lab.hosts.map(act))
    const onDisk = async (host: LabHost) =>
      Number((await host.exec(`cat /var/spool/rsyslog/sekoia_much* 2>/dev/null | wc -c`)).stdout)

    it('goes on in the host’s own logs, within a second', async () => {
      await everywhere((host) => host.exec('logger -t much first'))
      await Promise.all(
        lab.hosts.map(({ name }) =>
          intake.waitFor(({ hostname, text }) => hostname === name && text.includes('first'), 30_000),
        ),
      )
      await intake.fault('drop')
      const filler = 'x'.repeat(200)
      const much = `i=0
while [ $i -lt 12000 ]; do
  i=$((i + 1)); echo "much $i. ${filler}"
  if [ $((i % 200)) = 0 ]; then sleep 0.5; fi
done | logger -t much`
      const writing = everywhere((host) => host.exec(much))
      for (let round = 1; round <= 5; round++) {
        await sleep(5000)
        const seen = await everywhere((host) =>
          host.exec(`logger -t local 'round ${round}.'; sleep 1; grep -c 'local: round ${round}\\.' /var/log/syslog`),
        )
        expect(seen.map(({ stdout }) => stdout.trim())).to.deep.equal(lab.hosts.map(() => '1'))
      }
      await writing
      const written = await everywhere((host) => host.exec(`grep -c 'much: much [0-9]*\\. x' /var/log/syslog`))
      expect(written.map(({ stdout }) => Number(stdout))).to.deep.equal(lab.hosts.map(() => 12_000))
    })

    it('takes no more disk for what waits than it may', async () => {
      for (const [index, bytes] of (await everywhere(onDisk)).entries()) {
        console.log(`      ${lab.hosts[index]?.name}: ${bytes} bytes wait on disk`)
        expect(bytes).to.be.within(diskLimit / 2, diskLimit + 64 * 1024)
      }
    })

    it('says in the host’s own log how much was thrown away', async () => {
      await everywhere((host) =>
        until(
          `${host.name} says it`,
          90_000,
          async () => {
            const { stdout } = await host.exec('grep -h "sekoia_much.*discarded" /var/log/syslog || :')
            return /discarded\.(full|nf)=[1-9]/.test(stdout)
          },
          1000,
        ),
      )
    })

    it('sends what waited once the intake is back', async () => {
      await intake.fault()
      await everywhere((host) => host.exec('logger -t much "after all"'))
      for (const { name } of lab.hosts) {
        await intake.waitFor(({ hostname, text }) => hostname === name && text.includes('after all'), 90_000)
        const numbers = intake.frames.filter(({ hostname, text }) => hostname === name && / much \d+\. x/.test(text))
        console.log(`      ${name}: ${numbers.length} of 12000 arrived`)
        expect(numbers.length).to.be.greaterThan(500)
      }
    })
  })
