import { expect } from 'chai'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { CertificateAuthority } from '../lab/certificates.ts'
import type { Frame, Intake } from '../lab/intake.ts'
import type { Lab, LabHost } from '../lab/lab.ts'
import { labOrSkip } from '../lab/mocha.ts'
import { until } from '../lab/poll.ts'
import { sallyport } from '../support/cli.ts'
import { changesOf, type Fleet, fleetOf, intakeKey, reportOf, type RunReport } from './fleet.ts'
import { isTurnOf } from './forwarding-turn.ts'

const sources = fileURLToPath(new URL('../../playbooks/sources.yml', import.meta.url))
const role = fileURLToPath(new URL('../../playbooks/roles/forward', import.meta.url))
const keyOf = (frame: Frame) => /intake_key="([^"]+)"/.exec(frame.structuredData ?? '')?.[1]

/** Several forwards on one host: ours for the firewall, nginx and sshd, and one that was there before. */
if (isTurnOf('sources'))
  describe('forwards beside one another', function () {
    this.timeout(300_000)
    let lab: Lab
    let fleet: Fleet
    /** Who the hosts forwarded everything to before us, by what the forward is. */
    let others: Readonly<Record<'a CA of its own' | 'directives' | 'plain TCP', Intake>>
    let files: Awaited<ReturnType<Lab['serve']>>
    /** What of us could be left on each host, before we came. */
    let atFirst: readonly string[]

    before(async function () {
      const packages = ['rsyslog', 'rsyslog-gnutls', 'rsyslog-relp', 'nginx-light']
      lab = await labOrSkip.call(
        this,
        [
          { name: 'old', suite: 'bullseye', packages },
          { name: 'new', suite: 'trixie', packages },
        ],
        { names: ['siem.example.org', 'legacy.example.org', 'plain.example.org'] },
      )
      fleet = await fleetOf(lab)
      others = {
        'a CA of its own': await lab.intake({ name: 'siem.example.org', port: 6514 }),
        directives: await lab.intake({ name: 'legacy.example.org', port: 6515 }),
        'plain TCP': await lab.intake({ name: 'plain.example.org', port: 6516, fault: 'plaintext' }),
      }
      files = await lab.serve({ '/ca.pem': fleet.intake.caPem })
      for (const host of lab.hosts) await forwardElsewhere(host)
      await allOthersGet('before us')
      atFirst = await Promise.all(lab.hosts.map(traces))
    })
    after(async () => {
      await files?.close()
      await fleet?.close()
      await lab?.down()
    })

    /**
     * As an administrator has it: everything over plain TCP, by RELP to the other host, and over TLS to two collectors, one by
     * directives and one by an action, with the CAs of both in one file that is set for all connections.
     */
    async function forwardElsewhere(host: LabHost): Promise<void> {
      const peer = lab.hosts.find((one) => one !== host) ?? host
      const configs = {
        '/etc/ssl/collectors.pem': others['a CA of its own'].caPem + others.directives.caPem,
        '/etc/rsyslog.d/05-relp-in.conf': `module(load="imrelp")
ruleset(name="from_relp") { action(type="omfile" file="/var/log/relp.log") }
input(type="imrelp" port="2514" ruleset="from_relp")
`,
        '/etc/rsyslog.d/50-plain.conf': '*.* @@(o)plain.example.org:6516;RSYSLOG_SyslogProtocol23Format\n',
        // Both hosts may be on their way out at once: neither waits long for the other's goodbye.
        '/etc/rsyslog.d/55-relp.conf': `module(load="omrelp")
action(type="omrelp" target="${peer.address}" port="2514" timeout="3" template="RSYSLOG_SyslogProtocol23Format")
`,
        // Read behind every file that has a number.
        '/etc/rsyslog.d/siem.conf': `$DefaultNetstreamDriverCAFile /etc/ssl/collectors.pem
action(type="omfwd" protocol="tcp" target="siem.example.org" port="6514" TCP_Framing="octet-counted"
  template="RSYSLOG_SyslogProtocol23Format" StreamDriver="gtls" StreamDriverMode="1" StreamDriverAuthMode="x509/name"
  StreamDriverPermittedPeers="siem.example.org")
`,
        '/etc/rsyslog.d/70-legacy.conf': `$ActionSendStreamDriver gtls
$ActionSendStreamDriverMode 1
$ActionSendStreamDriverAuthMode x509/name
$ActionSendStreamDriverPermittedPeer legacy.example.org
*.* @@(o)legacy.example.org:6515;RSYSLOG_SyslogProtocol23Format
`,
      }
      for (const [path, input] of Object.entries(configs)) await host.exec(`cat >${path}`, { input })
      await host.exec('systemctl restart rsyslog')
    }

    async function allOthersGet(text: string): Promise<void> {
      for (const host of lab.hosts) {
        await host.exec(`logger -t app "for the others, ${text}"`)
        await Promise.all(Object.values(others).map((other) => arrives(other, host, `for the others, ${text}`)))
        const peer = lab.hosts.find((one) => one !== host) ?? host
        // The librelp of Debian 11 may forget what it had sent when its peer was restarted: said again, it gets there.
        await until(
          `${peer.name} gets it by RELP`,
          60_000,
          async () => {
            await host.exec(`logger -t app "for the others, ${text}"`)
            const { stdout } = await peer.exec('cat /var/log/relp.log 2>/dev/null || :')
            return new RegExp(`${host.name} app.*for the others, ${text}`).test(stdout)
          },
          1000,
        )
      }
    }

    const traces = async (host: LabHost) =>
      (
        await host.exec(
          'ls -1 /etc/rsyslog.d /etc/sallyport | grep -v collector; iptables-save | grep "^-A"; systemctl list-unit-files | grep sallyport; true',
        )
      ).stdout

    async function forward(
      command: 'apply' | 'check',
      sshdKey = 'sshd-key',
      more: readonly string[] = [],
    ): Promise<RunReport> {
      const keys = join(fleet.dir, 'keys.yml')
      // One file for both playbooks: Netfilter's key is not theirs.
      const text = `intake_key: ${intakeKey}\nnginx_intake_key: nginx-key\nsshd_intake_key: ${sshdKey}\n`
      await writeFile(keys, text, { mode: 0o600 })
      const vars = ['-e', `intake_ca_url=${files.url}/ca.pem`, '-e', `@${keys}`, ...more]
      return reportOf(await sallyport([command, sources, '-i', fleet.inventory, ...vars, '--output', 'jsonl']))
    }

    const arrives = (intake: Intake, host: LabHost, text: string) =>
      intake.waitFor((frame) => frame.hostname === host.name && frame.text.includes(text), 30_000)

    it('are announced, and come as announced, with the one that was there left as it is', async () => {
      for (const run of [(command: 'apply' | 'check') => fleet.run(command, ['-e', 'drop=false']), forward]) {
        const announced = await run('check')
        const applied = await run('apply')
        expect(applied.code, applied.stderr + applied.stdout).to.equal(0)
        expect(changesOf(applied)).to.deep.equal(changesOf(announced))
        expect((await run('check')).code).to.equal(0)
      }
      // Neither undoes what the other needs.
      expect((await fleet.run('check', ['-e', 'drop=false'])).code).to.equal(0)
    })

    it('each get their own events, under their own key', async () => {
      for (const host of lab.hosts) {
        expect(keyOf(await fleet.event(host, 4811))).to.equal(intakeKey)
        const get = 'exec 3<>/dev/tcp/127.0.0.1/80; printf "GET /one-request HTTP/1.0\\r\\n\\r\\n" >&3; cat <&3'
        await host.exec(`systemctl start nginx && bash -c '${get}'`)
        const request = await arrives(fleet.intake, host, '/one-request')
        expect([keyOf(request), request.appName]).to.deep.equal(['nginx-key', 'nginx'])
        await host.exec('logger -t sshd "somebody logs in"')
        expect(keyOf(await arrives(fleet.intake, host, 'somebody logs in'))).to.equal('sshd-key')
      }
    })

    it('leave the others working: a CA of its own, directives, plain TCP, RELP', async () => {
      await allOthersGet('beside us')
      // rsyslog may be restarted in the middle of a handshake.
      const errors = [...Object.values(others), fleet.intake].flatMap((intake) => intake.errors)
      expect(errors.filter((error) => !/hang up|ECONNRESET/.test(error))).to.deep.equal([])
      expect(fleet.intake.frames.filter(({ text }) => text.includes('for the others'))).to.deep.equal([])
      // Lines of files go to their intake alone.
      const elsewhere = Object.values(others).flatMap(({ frames }) => frames)
      expect(elsewhere.filter(({ text }) => text.includes('/one-request'))).to.deep.equal([])
    })

    it('leave them working when written as directives, which would hold for all that follow', async () => {
      const legacy = ['-e', 'drop=false', '-e', 'forward_style=legacy']
      const applied = await fleet.run('apply', legacy)
      expect(applied.code, applied.stderr + applied.stdout).to.equal(0)
      expect((await fleet.run('check', legacy)).code).to.equal(0)
      await allOthersGet('behind directives')
      for (const host of lab.hosts) {
        expect(await host.exec('grep -c "^.ActionSendStreamDriver gtls" /etc/rsyslog.d/11-netfilter.conf')).to.include({
          code: 0,
        })
        expect(keyOf(await fleet.event(host, 4812))).to.equal(intakeKey)
      }
      const back = await fleet.run('apply', ['-e', 'drop=false'])
      expect(back.code, back.stderr + back.stdout).to.equal(0)
    })

    it('are refused where what they need is loaded too late, and nothing is changed', async () => {
      const run = await forward('apply', 'sshd-key', ['-e', 'intake_protocol=relp', '-e', 'preflight=off'])
      expect(run.code).to.equal(2)
      expect(run.stdout).to.match(/omrelp is loaded by \/etc\/rsyslog\.d\/55-relp\.conf, which is read after/)
      expect(changesOf(run)).to.deep.equal({})
    })

    it('are refused where a CA for all is set behind every file of theirs, and nothing is changed', async () => {
      const host = lab.host('old')
      await host.exec(`echo '$DefaultNetstreamDriverCAFile /etc/ssl/collectors.pem' >>/etc/rsyslog.conf`)
      const run = await forward('apply', 'another-key', ['-l', 'old'])
      expect(run.code).to.equal(2)
      expect(run.stdout).to.match(/\/etc\/rsyslog\.conf sets the CA file for all .*, and is read after/)
      expect(changesOf(run)).to.deep.equal({})
      await host.exec(`sed -i '$d' /etc/rsyslog.conf`)
      expect((await forward('check', 'sshd-key', ['-l', 'old'])).code).to.equal(0)
    })

    it('take a new key without losing what happens meanwhile', async () => {
      const [host] = lab.hosts as [LabHost]
      const writing = host.exec(
        'i=0; while [ $i -lt 200 ]; do i=$((i + 1)); logger -t sshd "numbered $i."; sleep 0.05; done',
      )
      const rotated = await forward('apply', 'newer-key')
      expect(rotated.code, rotated.stderr).to.equal(0)
      await writing
      const numbers = Array.from({ length: 200 }, (_, index) => index + 1)
      await Promise.all(numbers.map((number) => arrives(fleet.intake, host, `numbered ${number}.`)))
      const last = await arrives(fleet.intake, host, 'numbered 200.')
      expect(keyOf(last)).to.equal('newer-key')
      expect((await forward('check', 'newer-key')).code).to.equal(0)
    })

    /** A playbook that takes a forward away. */
    async function away(name: string): Promise<string> {
      const task = `    - import_role: { name: ${role}, tasks_from: absent.yml }\n      vars: { forward_name: ${name} }\n`
      const path = join(fleet.dir, `remove-${name}.yml`)
      await writeFile(path, `- hosts: all\n  gather_facts: false\n  tasks:\n${task}`)
      return path
    }

    it('are understood by an rsyslog that receives them as by the intake, the key in their structured data', async () => {
      const apply = async (path: string, more: readonly string[] = []) => {
        const run = reportOf(await sallyport(['apply', path, '-i', fleet.inventory, ...more, '--output', 'jsonl']))
        expect(run.code, run.stderr + run.stdout).to.equal(0)
      }
      const receiver = lab.host('new')
      const trust = ['-e', `intake_ca=${await startCollector(receiver)}`]
      // One packet is one event, so that it is sent to both; of the others the same is said again.
      const twin = join(fleet.dir, 'twin.yml')
      await writeFile(twin, twinOfNetfilter)
      // One after the other, as the collector's own rsyslog is restarted, too.
      for (const { name } of lab.hosts) await apply(twin, ['-l', name, '-e', `intake_key=${intakeKey}`, ...trust])
      const dropping = await fleet.run('apply', ['-e', '{"allowed_tcp_ports": [80, 443, 2514, 10514]}', ...trust])
      expect(dropping.code, dropping.stderr + dropping.stdout).to.equal(0)
      for (const host of lab.hosts) expect(await fleet.knock(host, 4813)).to.equal('silent')
      const speak = async () => {
        for (const host of lab.hosts)
          await host.exec(
            'logger -t sshd -p auth.warning "[a \\"quoted\\" login of $(hostname)]"; echo "a request, 100%" >>/var/log/nginx/access.log',
          )
      }
      const same = [
        ['kernel', intakeKey, ' DPT=4813 '],
        ['sshd', 'newer-key', '[a "quoted" login of '],
        ['nginx', 'nginx-key', 'a request, 100%'],
      ] as const
      await speak()
      const atIntake = await Promise.all(
        lab.hosts.flatMap((host) =>
          same.map(async ([appName, key, text]) => {
            const frame = await arrives(fleet.intake, host, text)
            expect([frame.appName, keyOf(frame)]).to.deep.equal([appName, key])
            return [
              frame.hostname,
              frame.appName,
              frame.priority,
              frame.structuredData,
              frame.msg.replace(/\n$/, ''),
            ].join('|')
          }),
        ),
      )
      for (const { name } of lab.hosts) {
        const toCollector = ['-l', name, '-e', 'intake_host=collector.example.org', ...trust]
        const moved = await forward('apply', 'newer-key', toCollector)
        expect(moved.code, moved.stderr + moved.stdout).to.equal(0)
      }
      await speak()
      for (const line of atIntake)
        await until(`at the collector: ${line}`, 30_000, async () => {
          const { stdout } = await receiver.exec('cat /var/log/collector.log 2>/dev/null || :')
          return stdout.split('\n').includes(line)
        })
      await apply(await away('twin'))
    })

    /** A file with the CAs of both: below rsyslog 8.2108 all forwards of a host share one. */
    async function startCollector(receiver: LabHost): Promise<string> {
      const folder = join(fleet.dir, 'collector')
      await mkdir(folder)
      const authority = await CertificateAuthority.create(folder, 'Collector CA')
      const { key, cert } = await authority.issue({ name: 'collector.example.org' })
      const files = { 'collector.key': key, 'collector.pem': cert, 'rsyslog.d/05-collector.conf': collector }
      for (const [name, input] of Object.entries(files)) await receiver.exec(`cat >/etc/${name}`, { input })
      await receiver.exec('systemctl restart rsyslog')
      for (const host of lab.hosts) await host.exec(`echo "${receiver.address} collector.example.org" >>/etc/hosts`)
      const both = join(folder, 'both.pem')
      await writeFile(both, fleet.intake.caPem + authority.pem)
      return both
    }

    it('go one by one, and the last takes along what they shared', async () => {
      const run = async (command: 'apply' | 'check', path: string) =>
        reportOf(await sallyport([command, path, '-i', fleet.inventory, '--output', 'jsonl']))
      const imfile = () => lab.host('new').exec('ls /etc/rsyslog.d/10-sekoia-imfile.conf')
      const theirs = `input(type="imfile" file="/var/log/app.log" tag="app")`
      await lab.host('new').exec(`cat >>/etc/rsyslog.conf`, { input: `${theirs}\n` })
      const shipped = fileURLToPath(new URL('../../playbooks/remove.yml', import.meta.url))
      for (const path of [shipped, await away('nginx'), await away('sshd')]) {
        const announced = await run('check', path)
        expect(announced.code, announced.stderr + announced.stdout.slice(-1000)).to.equal(3)
        const applied = await run('apply', path)
        expect(applied.code, applied.stderr + applied.stdout.slice(-1000)).to.equal(0)
        expect(changesOf(applied)).to.deep.equal(changesOf(announced))
        const again = await run('check', path)
        expect(again.code, again.stderr + again.stdout.slice(-1500)).to.equal(0)
        await allOthersGet(`without ${path.slice(-12)}`)
      }
      // What somebody else has come to use stays until they do without.
      expect(await imfile()).to.include({ code: 0 })
      await lab.host('new').exec(`sed -i '$d' /etc/rsyslog.conf`)
      expect((await run('apply', await away('nginx'))).code).to.equal(0)
      expect(await imfile()).to.not.include({ code: 0 })
      expect(await Promise.all(lab.hosts.map(traces))).to.deep.equal(atFirst)
    })
  })

/** A stock rsyslog in the intake's place, which writes down what it understood. */
const collector = `module(load="imtcp" StreamDriver.Name="gtls" StreamDriver.Mode="1" StreamDriver.AuthMode="anon")
global(DefaultNetstreamDriverCertFile="/etc/collector.pem" DefaultNetstreamDriverKeyFile="/etc/collector.key")
template(name="understood" type="string"
  string="%hostname%|%app-name%|%pri%|%structured-data%|%msg%\\n")
ruleset(name="collector") { action(type="omfile" file="/var/log/collector.log" template="understood") }
input(type="imtcp" port="10514" ruleset="collector")
`

/** The firewall's events once more, to that rsyslog. */
const twinOfNetfilter = `- hosts: all
  gather_facts: false
  roles:
    - role: ${role}
      forward_name: twin
      forward_key: '{{ intake_key }}'
      intake_host: collector.example.org
      forward_filter: $msg contains "IPTables/" and $inputname == "imklog"
`
