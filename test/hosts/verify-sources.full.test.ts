import { expect } from 'chai'
import { readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { fileURLToPath } from 'node:url'
import type { Intake } from '../lab/intake.ts'
import type { Lab, LabHost } from '../lab/lab.ts'
import { labOrSkip } from '../lab/mocha.ts'
import { until } from '../lab/poll.ts'
import { sallyport } from '../support/cli.ts'
import { type Fleet, fleetOf, playbook as netfilter, reportOf, type RunReport } from './fleet.ts'
import { isTurnOf } from './forwarding-turn.ts'
import { overRelp } from './no-loss/receiver.ts'

const shipped = fileURLToPath(new URL('../../playbooks/sources.yml', import.meta.url))
const env = { ANSIBLE_ROLES_PATH: join(dirname(shipped), 'roles'), SEKOIA_INTAKE_KEY: 'netfilter-key' }

/** What `verify` says of several forwards of one host. */
if (isTurnOf('verify-sources'))
  describe('verify of several forwards', function () {
    this.timeout(300_000)
    let lab: Lab
    let fleet: Fleet
    /** Where nginx' events go once each forward has its own intake. */
    let other: Intake
    /** nginx to an intake of its own. */
    let apart: string

    before(async function () {
      const packages = ['rsyslog', 'rsyslog-gnutls', 'rsyslog-relp', 'nginx-light']
      lab = await labOrSkip.call(
        this,
        [
          { name: 'old', suite: 'bullseye', packages },
          { name: 'mid', suite: 'bookworm', packages },
          { name: 'new', suite: 'trixie', packages },
        ],
        { names: ['nginx.example.org'] },
      )
      fleet = await fleetOf(lab)
      other = await lab.intake({ name: 'nginx.example.org', port: 10515 })
      apart = await variant('apart', { nginx: own() })
      const keys = { nginx_intake_key: 'nginx-key', sshd_intake_key: 'sshd-key' }
      await writeFile(join(fleet.dir, 'keys.yml'), JSON.stringify(keys), { mode: 0o600 })
      // The rsyslog of Debian 11 knows one CA for all.
      await writeFile(join(fleet.dir, 'both.pem'), fleet.intake.caPem + other.caPem)
    })
    after(async () => {
      await fleet?.close()
      await lab?.down()
    })

    const own = () => ({ intake_host: other.name, intake_port: other.port })

    /** The shipped playbook with more parameters for some of its forwards, for apply and verify alike. */
    async function variant(
      name: string,
      more: Readonly<Record<string, Readonly<Record<string, string | number>>>>,
    ): Promise<string> {
      let text = await readFile(shipped, 'utf8')
      for (const [forward, vars] of Object.entries(more)) {
        const lines = Object.entries(vars).map(([key, value]) => `\n        ${key}: ${value}`)
        const head = `        forward_name: ${forward}`
        expect(text).to.contain(head)
        text = text.replace(head, head + lines.join(''))
      }
      const path = join(fleet.dir, `${name}.yml`)
      await writeFile(path, text)
      return path
    }

    async function run(
      command: 'apply' | 'verify',
      playbooks: readonly string[],
      more: readonly string[] = ['-e', `intake_ca=${join(fleet.dir, 'both.pem')}`],
    ): Promise<RunReport> {
      const args = [command, ...playbooks, '-i', fleet.inventory, '-e', `@${join(fleet.dir, 'keys.yml')}`, ...more]
      return reportOf(await sallyport([...args, '--output', 'jsonl'], { env }))
    }

    async function apply(...given: Parameters<typeof run> extends [unknown, ...infer Rest] ? Rest : never) {
      const applied = await run('apply', ...given)
      expect(applied.code, applied.stderr + applied.stdout.slice(-2000)).to.equal(0)
    }

    let events = 0
    /** Something happens at nginx and sshd of every host. */
    async function happen(hosts: readonly LabHost[] = lab.hosts): Promise<string> {
      const text = `event-${++events}.`
      await Promise.all(
        hosts.map((host) => host.exec(`echo ${text} >>/var/log/nginx/access.log; logger -t sshd ${text}`)),
      )
      return text
    }
    const arrive = (intake: Intake, text: string, key: string) =>
      Promise.all(
        lab.hosts.map((host) =>
          intake.waitFor(
            (frame) => frame.hostname === host.name && frame.text.includes(text) && frame.text.includes(`"${key}"`),
            30_000,
          ),
        ),
      )

    /** Host, forward and proof of what is not proven, in the order of the alphabet. */
    const short = (report: RunReport, state: 'failed' | 'unproven') =>
      report.events
        .filter((event) => event['event'] === 'proof' && event['state'] === state)
        .map(({ host, forward, proof }) => [host, forward, proof].join(' '))
        .sort()
    const count = (report: RunReport) => report.events.filter(({ event }) => event === 'proof').length
    const ofAll = (...words: readonly string[]) =>
      ['mid', 'new', 'old'].flatMap((host) => words.map((word) => `${host} ${word}`))

    function expectAllProven(report: RunReport, proofsOfEach: number, hosts: readonly LabHost[] = lab.hosts): void {
      expect(short(report, 'failed'), report.stdout).to.deep.equal([])
      expect(short(report, 'unproven'), report.stdout).to.deep.equal([])
      expect([report.code, count(report)]).to.deep.equal([0, proofsOfEach * hosts.length])
    }

    it('proves every one of them, to one intake, on every Debian', async () => {
      await apply([shipped])
      const text = await happen()
      for (const key of ['nginx-key', 'sshd-key']) await arrive(fleet.intake, text, key)
      expectAllProven(await run('verify', [shipped]), 10)
    })

    it('says that nothing has come to be sent, which is no failure', async () => {
      await Promise.all(lab.hosts.map((host) => host.exec('systemctl restart rsyslog')))
      const quiet = await run('verify', [shipped])
      expect(quiet.code, quiet.stdout).to.equal(0)
      expect(short(quiet, 'unproven')).to.include.members(ofAll('nginx sent'))
      expect(short(quiet, 'failed')).to.deep.equal([])
    })

    it("proves them beside the firewall's, each to its own intake", async () => {
      await apply([netfilter, apart])
      const text = await happen()
      await arrive(other, text, 'nginx-key')
      await arrive(fleet.intake, text, 'sshd-key')
      expectAllProven(await run('verify', [netfilter, apart]), 17)
    })

    it('fails exactly those proofs of exactly the forward whose intake is gone', async () => {
      await other.fault('refuse')
      await happen()
      const broken = await run('verify', [netfilter, apart])
      expect(broken.code).to.equal(2)
      expect(short(broken, 'failed'), broken.stdout).to.deep.equal(ofAll('nginx sent', 'nginx tls'))
      expect(short(broken, 'unproven')).to.deep.equal([])
      expect(count(broken)).to.equal(17 * lab.hosts.length)
      await other.fault()
      await arrive(other, await happen(), 'nginx-key')
      expectAllProven(await run('verify', [netfilter, apart]), 17)
    })

    it('goes on behind a firewall of which nothing is left', async () => {
      const [host] = lab.hosts as [LabHost]
      await host.exec('iptables -F SALLYPORT_LOG')
      const broken = await run('verify', [netfilter, apart], ['-l', host.name])
      expect(broken.code).to.equal(2)
      expect(short(broken, 'failed'), broken.stdout).to.deep.equal(
        ['drop', 'event', 'sent'].map((proof) => `${host.name} netfilter ${proof}`),
      )
      expect(count(broken)).to.equal(17)
    })

    it('names a forward that goes elsewhere than it should', async () => {
      const elsewhere = await run('verify', [shipped])
      expect(elsewhere.code).to.equal(2)
      expect(short(elsewhere, 'failed')).to.deep.equal(ofAll('nginx configuration'))
    })

    it('proves directives', async () => {
      const legacy = await variant('legacy', { nginx: own(), sshd: { forward_style: 'legacy' } })
      await apply([legacy])
      const text = await happen()
      await arrive(other, text, 'nginx-key')
      await arrive(fleet.intake, text, 'sshd-key')
      expectAllProven(await run('verify', [legacy]), 10)
    })

    it('proves what is checked by the CAs that the hosts have', async () => {
      const hosts = [lab.host('mid'), lab.host('new')]
      const bundle = [...rootCertificates, fleet.intake.caPem, other.caPem].join('\n')
      const path = '/etc/ssl/certs/ca-certificates.crt'
      await Promise.all(hosts.map((host) => host.exec(`mkdir -p ${dirname(path)}; cat >${path}`, { input: bundle })))
      const system = ['-e', 'intake_ca=system', '-l', 'mid,new']
      await apply([apart], system)
      const text = await happen()
      await arrive(other, text, 'nginx-key')
      await arrive(fleet.intake, text, 'sshd-key')
      expectAllProven(await run('verify', [apart], system), 10, hosts)
    })

    it('proves RELP', async () => {
      const [collector, ...senders] = [lab.host('new'), lab.host('mid'), lab.host('old')] as const
      const relp = await overRelp(lab, collector)
      await Promise.all(senders.map((host) => host.exec(`echo '${collector.address} ${relp.name}' >>/etc/hosts`)))
      await collector.exec('iptables -F; ip6tables -F')
      const path = await variant('relp', {
        nginx: { ...own(), intake_ca: join(fleet.dir, 'both.pem') },
        sshd: {
          intake_protocol: 'relp',
          intake_host: relp.name,
          intake_port: relp.port,
          intake_ca: relp.ca,
          intake_ca_file: '/etc/ssl/relp.pem',
        },
      })
      const few = ['-l', senders.map(({ name }) => name).join(',')]
      await apply([path], few)
      const text = await happen(senders)
      await until(
        'RELP brings it',
        30_000,
        async () => (await collector.exec('cat /var/log/collector.log')).stdout.split(text).length > senders.length,
      )
      expectAllProven(await run('verify', [path], few), 10, senders)
      await relp.begin('killed')
      await happen(senders) // taken by the broken connection
      await happen(senders)
      const broken = await run('verify', [path], few)
      expect(broken.code).to.equal(2)
      expect(short(broken, 'failed'), broken.stdout).to.deep.equal(
        ['mid', 'old'].flatMap((host) => [`${host} sshd sent`, `${host} sshd tls`]),
      )
      // What waited over a restart is in a file, which rsyslogd keeps when it has sent it all.
      await Promise.all(senders.map((host) => host.exec('systemctl restart rsyslog')))
      const later = await run('verify', [path], few)
      expect(short(later, 'failed'), later.stdout).to.include.members(['mid sshd sent', 'old sshd sent'])
      await relp.heal()
      await until('nothing waits', 60_000, async () => {
        await happen(senders)
        return (await run('verify', [path], few)).code === 0
      })
      const kept = await Promise.all(senders.map((host) => host.exec('ls /var/spool/rsyslog')))
      for (const { stdout } of kept) expect(stdout).to.include('sekoia_sshd.0')
    })
  })
