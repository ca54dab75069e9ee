import { expect } from 'chai'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inventoryYaml } from '../lab/inventory.ts'
import type { Lab, LabHost } from '../lab/lab.ts'
import { labOrSkip } from '../lab/mocha.ts'
import { until } from '../lab/poll.ts'
import { sallyport } from '../support/cli.ts'
import { isTurnOf } from './forwarding-turn.ts'
import { overRelp, overTcp, type Receiver } from './no-loss/receiver.ts'

const role = fileURLToPath(new URL('../../playbooks/roles/forward', import.meta.url))

/** As Ubuntu has it: rsyslogd becomes a user of its own once it has read its configuration. */
const unprivileged = `useradd --system --no-create-home syslog
printf '%s\\n' '$PrivDropToUser syslog' '$PrivDropToGroup adm' >/etc/rsyslog.d/00-user.conf
mkdir -p /var/spool/rsyslog
chown syslog:adm /var/spool/rsyslog
find /var/log -maxdepth 1 -type f -user root -exec chown syslog:adm {} +
chmod g+w /var/log && chgrp adm /var/log
mkdir -p /etc/systemd/system/rsyslog.service.d
printf '[Service]\\nCapabilityBoundingSet=~\\n' >/etc/systemd/system/rsyslog.service.d/user.conf # Debian 13's own keeps it root
systemctl daemon-reload
systemctl restart rsyslog || { journalctl -u rsyslog -n 20 >&2; false; }`

if (isTurnOf('surroundings'))
  describe('an rsyslog that drops its privileges', function () {
    this.timeout(300_000)
    let lab: Lab
    let senders: readonly LabHost[]
    let receivers: Readonly<Record<'tcp' | 'relp', Receiver>>
    let dir: string

    before(async function () {
      const packages = ['rsyslog', 'rsyslog-gnutls', 'rsyslog-relp']
      const specs = (['bullseye', 'trixie'] as const).map((suite) => ({ name: suite, suite, packages }))
      lab = await labOrSkip.call(this, [
        ...specs,
        { name: 'collector', suite: 'trixie', packages: [...packages, 'iptables', 'nftables'] },
      ])
      const collector = lab.host('collector')
      senders = specs.map(({ name }) => lab.host(name))
      receivers = { tcp: await overTcp(lab), relp: await overRelp(lab, collector) }
      for (const host of senders) {
        const done = await host.exec(`echo '${collector.address} ${receivers.relp.name}' >>/etc/hosts\n${unprivileged}`)
        expect(done.code, done.stderr).to.equal(0)
      }
      dir = await mkdtemp(join(tmpdir(), 'sallyport-privileges-'))
      await writeFile(join(dir, 'hosts.yml'), inventoryYaml(lab))
      await writeFile(join(dir, 'site.yml'), playbook())
    })
    after(async () => {
      if (dir) await rm(dir, { recursive: true })
      await lab?.down()
    })

    const playbook = () => `- hosts: ${senders.map(({ name }) => name).join(':')}
  gather_facts: false
  roles:
${(['tcp', 'relp'] as const)
  .map(
    (protocol) => `    - role: ${role}
      forward_name: by_${protocol}
      forward_filter: $programname == "numbered"
      forward_key: a-key
      intake_protocol: ${protocol}
      intake_host: ${receivers[protocol].name}
      intake_port: ${receivers[protocol].port}
      intake_ca: ${receivers[protocol].ca}
      intake_ca_file: /etc/rsyslog.d/${protocol}.pem
`,
  )
  .join('')}`

    const play = (command: string) => sallyport([command, join(dir, 'site.yml'), '-i', join(dir, 'hosts.yml')])

    it('forwards by TCP and by RELP, with a key that nobody else can read', async () => {
      const announced = await play('check')
      expect(announced.code, announced.stdout + announced.stderr).to.equal(3)
      const applied = await play('apply')
      expect(applied.code, applied.stdout + applied.stderr).to.equal(0)
      expect((await play('check')).code).to.equal(0)
      for (const [number, host] of senders.entries()) {
        const { stdout } = await host.exec(`ps -o user= -C rsyslogd; stat -c '%U %a' /etc/rsyslog.d/sekoia-own.pem
logger -t numbered 'numbered ${number + 1}.'`)
        expect(stdout.split('\n').slice(0, 2)).to.deep.equal(['syslog', 'syslog 600'])
      }
      for (const protocol of ['tcp', 'relp'] as const) {
        await until(`they arrive by ${protocol}`, 60_000, async () => {
          const ledger = await receivers[protocol].ledger()
          return senders.every(({ name }, number) => ledger.has(name, number + 1))
        })
      }
    })

    it('keeps what waits on disk over a restart', async () => {
      for (const receiver of Object.values(receivers)) await receiver.begin('killed')
      // The first two go with the connection that broke: one that it took, one in hand when that was noticed.
      const script = `for n in 101 102; do logger -t numbered "numbered $n."; sleep 1; done
for n in 103 104 105; do logger -t numbered "numbered $n."; done; sleep 1; systemctl restart rsyslog`
      await Promise.all(senders.map((host) => host.exec(script)))
      for (const receiver of Object.values(receivers)) await receiver.heal()
      for (const protocol of ['tcp', 'relp'] as const) {
        await until(`they arrive by ${protocol}`, 60_000, async () => {
          const ledger = await receivers[protocol].ledger()
          return senders.every(({ name }) => [103, 104, 105].every((number) => ledger.has(name, number)))
        })
      }
    })

    it('takes along with one forward only what the other does not use', async () => {
      const path = join(dir, 'away.yml')
      await writeFile(
        path,
        `- hosts: ${senders.map(({ name }) => name).join(':')}
  gather_facts: false
  tasks:
    - import_role: { name: ${role}, tasks_from: absent.yml }
      vars: { forward_name: by_relp, intake_ca_file: /etc/rsyslog.d/relp.pem }
`,
      )
      const run = (command: string) => sallyport([command, path, '-i', join(dir, 'hosts.yml')])
      expect((await run('check')).code).to.equal(3)
      const applied = await run('apply')
      expect(applied.code, applied.stdout + applied.stderr).to.equal(0)
      expect((await run('check')).code).to.equal(0)
      for (const host of senders) {
        const { stdout } = await host.exec("ls /etc/rsyslog.d; logger -t numbered 'numbered 201.'")
        expect(stdout)
          .to.include('tcp.pem')
          .and.to.include('sekoia-impstats')
          .and.to.not.match(/relp|sekoia-own/)
      }
      await until('the other gets it', 60_000, async () => {
        const ledger = await receivers.tcp.ledger()
        return senders.every(({ name }) => ledger.has(name, 201))
      })
    })
  })
