import { expect } from 'chai'
import { fileURLToPath } from 'node:url'
import type { Lab } from '../lab/lab.ts'
import { labOrSkip } from '../lab/mocha.ts'
import { until } from '../lab/poll.ts'
import { sallyport } from '../support/cli.ts'
import { changesOf, type Fleet, fleetOf, reportOf, type RunReport } from './fleet.ts'
import { isTurnOf } from './forwarding-turn.ts'

const remove = fileURLToPath(new URL('../../playbooks/remove.yml', import.meta.url))

if (isTurnOf('surroundings'))
  describe('a host whose own configuration of rsyslog is at fault', function () {
    this.timeout(300_000)
    let lab: Lab
    let fleet: Fleet
    before(async function () {
      const packages = ['rsyslog', 'rsyslog-gnutls', 'rsyslog-relp']
      lab = await labOrSkip.call(this, [
        { name: 'old', suite: 'bullseye', packages },
        { name: 'new', suite: 'trixie', packages },
      ])
      fleet = await fleetOf(lab)
    })
    after(async () => {
      await fleet?.close()
      await lab?.down()
    })

    const everywhere = async (script: string): Promise<readonly string[]> =>
      Promise.all(
        lab.hosts.map(async (host) => {
          const { code, stdout, stderr } = await host.exec(script)
          expect(code, `${script}: ${stderr}`).to.equal(0)
          return stdout
        }),
      )

    const messages = (run: RunReport) =>
      lab.hosts.map(({ name }) => run.tasks.find(({ host, outcome }) => host === name && outcome === 'failed')?.message)

    async function refused(why: RegExp, args: readonly string[] = []): Promise<void> {
      for (const command of ['check', 'apply'] as const) {
        const run = await fleet.run(command, args)
        expect(run.code, run.stdout + run.stderr).to.equal(2)
        for (const message of messages(run)) expect(message).to.match(why)
        expect(changesOf(run)).to.deep.equal({})
      }
    }

    async function applied(args: readonly string[] = []): Promise<void> {
      const run = await fleet.run('apply', args)
      expect(run.code, run.stdout + run.stderr).to.equal(0)
    }

    const logsLocally = (text: string) =>
      Promise.all(
        lab.hosts.map((host) =>
          until(`${host.name} logs ${text}`, 10_000, async () => {
            await host.exec(`logger '${text}'`)
            return (
              (await host.exec(`cat /var/log/syslog /var/log/messages 2>/dev/null | grep -qF '${text}'`)).code === 0
            )
          }),
        ),
      )

    const mistake = '/etc/rsyslog.d/05-mine.conf'
    const makeMistake = `printf 'if $msg contains "x" then {\\n' >${mistake}`

    for (const [what, breakIt, mendIt, why] of [
      [
        'is not taken',
        makeMistake,
        `rm ${mistake}`,
        /does not take the configuration of this host as it is, .*\/etc\/rsyslog/s,
      ],
      [
        'names a work directory that is not there',
        'mv /var/spool/rsyslog /var/spool/away',
        'mv /var/spool/away /var/spool/rsyslog',
        /work directory|does not take the configuration of this host as it is/,
      ],
      [
        'has no work directory',
        `sed -i 's/^.WorkDirectory/#&/' /etc/rsyslog.conf`,
        `sed -i 's/^#\\(.WorkDirectory\\)/\\1/' /etc/rsyslog.conf`,
        /rsyslog has no work directory, .* say \$WorkDirectory/,
      ],
      [
        'includes no files',
        `sed -i 's/^.IncludeConfig/#&/' /etc/rsyslog.conf`,
        `sed -i 's/^#\\(.IncludeConfig\\)/\\1/' /etc/rsyslog.conf`,
        /nothing in \/etc\/rsyslog\.conf includes \/etc\/rsyslog\.d\/11-netfilter\.conf/,
      ],
    ] as const)
      it(`is told that it ${what}, before anything is written`, async () => {
        await everywhere(breakIt)
        await refused(why)
        await everywhere(mendIt)
        await logsLocally(`still logs: ${what}`)
      })

    it('goes on with what it has where a mistake came later, and takes in what it is owed once that is mended', async () => {
      await applied()
      for (const host of lab.hosts) await fleet.event(host, 4801)
      await everywhere(makeMistake)
      const run = await fleet.run('apply', ['-e', 'intake_key=Newer-key'])
      expect(run.code, run.stdout).to.equal(2)
      for (const message of messages(run)) {
        expect(message).to.match(/rsyslog does not take its configuration, so it was left as it is\n\/etc\/rsyslog/)
        expect(message).to.not.include('Newer-key')
      }
      await logsLocally('logs beside a mistake')
      for (const host of lab.hosts) expect((await fleet.event(host, 4802)).structuredData).to.not.include('Newer-key')
      await everywhere(`rm ${mistake}`)
      await applied(['-e', 'intake_key=Newer-key'])
      for (const host of lab.hosts) expect((await fleet.event(host, 4803)).structuredData).to.include('Newer-key')
    })

    it('keeps nothing of RELP once it has gone back to TCP', async () => {
      const ofRelp = 'ls /etc/rsyslog.d | grep -E "omrelp|own.pem" || :'
      // Nobody there takes RELP.
      await applied(['-e', 'intake_protocol=relp', '-e', 'preflight=off'])
      for (const files of await everywhere(ofRelp)) expect(files).to.equal('10-sekoia-omrelp.conf\nsekoia-own.pem\n')
      await applied()
      expect(await everywhere(ofRelp)).to.deep.equal(lab.hosts.map(() => ''))
      expect((await fleet.run('check')).code).to.equal(0)
      for (const host of lab.hosts) await fleet.event(host, 4804)
    })

    it('stops a forward whose file somebody has deleted, when it is taken away', async () => {
      const threads = `cat /proc/$(pidof rsyslogd)/task/*/comm | grep -c 'rs:sekoia_net' || :`
      for (const count of await everywhere(threads)) expect(Number(count)).to.be.greaterThan(0)
      await everywhere('rm /etc/rsyslog.d/11-netfilter.conf')
      const run = reportOf(await sallyport(['apply', remove, '-i', fleet.inventory, '--output', 'jsonl']))
      expect(run.code, run.stdout + run.stderr).to.equal(0)
      expect(await everywhere(threads)).to.deep.equal(lab.hosts.map(() => '0\n'))
    })
  })
