import { expect } from 'chai'
import { createHash, randomInt } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { run as command } from '../lab/command.ts'
import { labOrSkip } from '../lab/mocha.ts'
import type { Lab, LabHost } from '../lab/lab.ts'
import { type Fleet, fleetOf } from './fleet.ts'

const ready = ['rsyslog', 'rsyslog-gnutls', 'iptables']

describe('a fleet in which much is wrong', function () {
  this.timeout(600_000)
  let lab: Lab
  let fleet: Fleet

  before(async function () {
    lab = await labOrSkip.call(this, [
      { name: 'good1', suite: 'bookworm', packages: ready },
      { name: 'good2', suite: 'trixie', packages: ready },
      { name: 'gone', suite: 'bookworm', packages: ready },
      { name: 'wrongkey', suite: 'bookworm', packages: ready },
      { name: 'changed', suite: 'bookworm', packages: ready },
      { name: 'wrongsudo', suite: 'bookworm', packages: ready },
      { name: 'fulldisk', suite: 'bookworm', packages: ready },
      { name: 'aptlocked', suite: 'bookworm' },
    ])
    const otherKey = join(lab.dir, 'other_key')
    await command('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', otherKey])
    fleet = await fleetOf(lab, {
      hostVars: {
        gone: { ansible_timeout: 2 },
        wrongkey: { ansible_ssh_private_key_file: otherKey },
        wrongsudo: { ansible_user: lab.sudoUser.name, ansible_become: true, ansible_become_password: 'not this one' },
        aptlocked: { ansible_timeout: 10 },
      },
    })
  })
  after(async () => {
    await fleet?.close()
    await lab?.down()
  })

  it('gives each its own clear line and outcome, finishes the others, and converges once the causes are gone', async () => {
    await lab.host('gone').stop()
    await lab.host('changed').exec('rm /etc/ssh/ssh_host_*; ssh-keygen -A; systemctl restart ssh')
    await lab
      .host('fulldisk')
      .exec(
        'mount -t tmpfs -o size=64k tmpfs /etc/rsyslog.d && dd if=/dev/zero of=/etc/rsyslog.d/fill bs=1k count=64 2>/dev/null; true',
      )
    const locked = lab.host('aptlocked')
    await locked.exec(
      `setsid perl -e 'use Fcntl; open(F, ">>", "/var/lib/dpkg/lock-frontend"); $l = pack("s s x4 q q l x4", F_WRLCK, 0, 0, 0, 0); fcntl(F, F_SETLK, $l) or die; sleep 900' >/dev/null 2>&1 </dev/null & echo $! >/run/lock-holder`,
    )
    const report = await fleet.run('apply')
    const line = (host: string) => {
      const failed = report.tasks.filter(
        (task) => task.host === host && ['failed', 'unreachable', 'timed-out'].includes(task.outcome),
      )
      return failed.map(({ outcome, message }) => `${outcome}: ${message ?? ''}`).join('\n')
    }
    expect(report.code, report.stdout).to.equal(4)
    expect(line('gone')).to.match(/^unreachable: .*(no route|timed out|did not answer|within|unreachable)/i)
    expect(line('wrongkey')).to.match(/^unreachable: .*(refus|denied|accept).*/i)
    expect(line('changed')).to.match(/^unreachable: .*host key.*/i)
    expect(line('wrongsudo')).to.match(/^failed: .*sudo.*password/i)
    expect(line('fulldisk')).to.match(/^failed: .*no space left on device/i)
    expect(line('aptlocked')).to.match(/^(failed|timed-out): .*(lock|held)/i)
    for (const name of ['good1', 'good2']) {
      expect(report.ends[name]?.state).to.equal('done')
      expect(line(name)).to.equal('')
    }

    await lab.host('gone').start()
    await lab.host('changed').exec('true')
    await lab.host('fulldisk').exec('umount /etc/rsyslog.d')
    await locked.exec('kill "$(cat /run/lock-holder)"; pkill perl; true')
    const scan = await command('ssh-keyscan', ['-t', 'ed25519,ecdsa', lab.host('changed').address])
    const known = readFileSync(lab.knownHostsPath, 'utf8').split('\n')
    const others = known.filter((entry) => !entry.includes(lab.host('changed').address))
    await writeFile(lab.knownHostsPath, [...others, scan].join('\n'))
    const inventory = readFileSync(fleet.inventory, 'utf8')
      .replace('"not this one"', JSON.stringify(lab.sudoUser.password))
      .replace(/^      ansible_ssh_private_key_file: .*\n/m, '')
    await writeFile(fleet.inventory, inventory)
    const again = await fleet.run('apply')
    expect(again.code, again.stdout).to.equal(0)
    expect((await fleet.run('check')).code).to.equal(0)
  })
})

describe('a controller that is killed at any moment', function () {
  this.timeout(900_000)
  const rounds = 20
  let lab: Lab
  let fleet: Fleet

  before(async function () {
    lab = await labOrSkip.call(this, [
      { name: 'kill1', suite: 'bullseye', packages: ready },
      { name: 'kill2', suite: 'bookworm', packages: ready },
      { name: 'kill3', suite: 'trixie', packages: ready },
    ])
    fleet = await fleetOf(lab)
  })
  after(async () => {
    await fleet?.close()
    await lab?.down()
  })

  const files = [
    '/etc/rsyslog.d/11-netfilter.conf',
    '/etc/rsyslog.d/zz-sekoia-ca.conf',
    '/etc/rsyslog.d/SEKOIA-IO-intake.pem',
    '/etc/sallyport/netfilter.v4',
  ]
  const digest = (host: LabHost, path: string) =>
    existsSync(host.root(path))
      ? createHash('sha256')
          .update(readFileSync(host.root(path)))
          .digest('hex')
      : 'absent'
  /** Each family is one transaction. */
  const rules = async (host: LabHost) =>
    Promise.all(
      ['iptables-save', 'ip6tables-save'].map(
        async (save) => (await host.exec(`${save} -t filter | grep -v "^[#:]"`)).stdout,
      ),
    )
  const variants = [
    { allowed_tcp_ports: [80, 443], intake_port: 10514 },
    { allowed_tcp_ports: [8080], intake_port: 10515 },
  ]
  // Nothing listens on the second one's port, and nothing has to.
  const argsOf = (variant: number) => ['-e', JSON.stringify({ ...variants[variant], preflight: 'off' })]

  it(`leaves every file and the firewall old or new, in ${rounds} runs, and the next run converges`, async () => {
    const look = async (host: LabHost) => ({ files: files.map((path) => digest(host, path)), rules: await rules(host) })
    type Look = Awaited<ReturnType<typeof look>>
    const states: Look[][] = lab.hosts.map(() => [])
    /** Milliseconds of a run such as those that are killed below. */
    let whole = 0
    for (const variant of variants.keys()) {
      const started = performance.now()
      const first = await fleet.run('apply', argsOf(variant))
      whole = performance.now() - started
      expect(first.code, first.stdout).to.equal(0)
      for (const [index, host] of lab.hosts.entries()) states[index]?.push(await look(host))
    }
    let interrupted = 0
    for (let round = 0; round < rounds; round++) {
      let pid = 0
      const running = fleet.run('apply', argsOf(round % 2), { onStart: (started) => (pid = started) })
      const delay = randomInt(Math.ceil(whole / 10), Math.ceil(whole))
      const killed = sleep(delay).then(() => {
        try {
          process.kill(pid, 'SIGKILL')
        } catch {
          // It was done already.
        }
      })
      const { code } = await running
      await killed
      if (code === null) interrupted++
      await sleep(1500)
      for (const [index, host] of lab.hosts.entries()) {
        const now = await look(host)
        const known = states[index] ?? []
        now.files.forEach((content, at) => {
          const allowed = known.map((state) => state.files[at])
          expect(allowed, `${host.name} ${files[at] ?? ''} after a kill at ${delay} ms`).to.include(content)
        })
        now.rules.forEach((family, at) => {
          const allowed = known.map((state) => state.rules[at])
          expect(allowed, `${host.name} rules after a kill at ${delay} ms`).to.include(family)
        })
      }
    }
    expect(interrupted, 'runs that were really interrupted').to.be.greaterThan(rounds / 3)
    const last = await fleet.run('apply')
    expect(last.code, last.stdout).to.equal(0)
    expect((await fleet.run('check')).code).to.equal(0)
    for (const host of lab.hosts) {
      const { stdout } = await host.exec('find /etc -name ".*.sallyport*" -perm /077')
      expect(stdout, 'what a killed run left is for root alone').to.equal('')
    }
  })
})
