import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { basename } from 'node:path'
import { attempt, type CommandResult } from './command.ts'
import { inventoryYaml } from './inventory.ts'
import type { Lab, LabHost } from './lab.ts'
import { labOrSkip } from './mocha.ts'
import { tracesOf } from './traces.ts'

const SUITES = ['bullseye', 'bookworm', 'trixie'] as const

describe('the lab', function () {
  this.timeout(300_000)
  let lab: Lab

  before(async function () {
    lab = await labOrSkip.call(
      this,
      SUITES.map((suite) => ({ name: suite, suite, packages: ['iptables', 'rsyslog', 'rsyslog-gnutls'] })),
    )
  })

  after(async () => {
    if (!lab) return
    await lab.down()
    expect(tracesOf(Number(basename(lab.dir)), lab.dir)).to.deep.equal([])
  })

  function ssh(user: string, address: string, command: string, input = ''): Promise<CommandResult> {
    const options = [`UserKnownHostsFile=${lab.knownHostsPath}`, 'StrictHostKeyChecking=yes', 'BatchMode=yes']
    const args = ['-F', 'none', '-i', lab.privateKeyPath, ...options.flatMap((option) => ['-o', option])]
    return attempt('ssh', [...args, `${user}@${address}`, command], { input })
  }

  for (const suite of SUITES) {
    describe(`a ${suite} host`, () => {
      let host: LabHost
      before(() => (host = lab.host(suite)))

      it('lets root in by key, over IPv4 and IPv6, under host keys known beforehand', async () => {
        for (const address of [host.address, host.address6]) {
          const { stdout, stderr } = await ssh('root', address, 'id -un; uname -n')
          expect(stdout, stderr).to.equal(`root\n${suite}\n`)
        }
      })

      it('has a user who becomes root with a password, and not without', async () => {
        const { name, password } = lab.sudoUser
        expect((await ssh(name, host.address, 'sudo -n id -un')).code).to.not.equal(0)
        expect((await ssh(name, host.address, "sudo -S -p '' id -un", `${password}\n`)).stdout).to.equal('root\n')
      })

      it('is a fresh machine: no package lists, no Python, packages come from the mirror', async () => {
        const before = await host.exec('command -v python3; ls /var/lib/apt/lists')
        expect(before.stdout.trim()).to.equal('')
        const install = 'apt-get -q update && apt-get -q install -y --no-install-recommends tree && tree --version'
        const { code, stdout, stderr } = await host.exec(install)
        expect(code, stdout + stderr).to.equal(0)
      })

      it('has the lines of its own packets, and no others, in its kernel log', async () => {
        const rule = `INPUT -p tcp --dport 4242 -j LOG --log-prefix "to ${suite}: "`
        // rsyslog would read the line away from us.
        await host.exec(`systemctl stop rsyslog syslog.socket; iptables -A ${rule}`)
        for (const each of lab.hosts) await knock(each.address, 4242)
        const { stdout } = await host.exec('timeout 0.5 cat /proc/kmsg')
        expect(stdout.trim().split('\n')).to.have.length(1)
        expect(stdout).to.match(new RegExp(`^<4>\\[ *\\d+\\.\\d{6}\\] to ${suite}: IN=e_${suite} .* DPT=4242 `))
      })

      it('loses unpersisted rules with a reboot, and nothing on its disk', async () => {
        await host.exec('echo kept >/etc/kept')
        const pid1 = host.pid1()
        await host.reboot()
        expect(host.pid1()).to.not.equal(pid1)
        expect((await host.exec('iptables-save; cat /etc/kept')).stdout).to.equal('kept\n')
      })

      it('comes back from a reboot that was asked for inside', async () => {
        const pid1 = host.pid1()
        await host.exec('systemctl reboot')
        await host.ready()
        expect(host.pid1()).to.not.equal(pid1)
        expect((await ssh('root', host.address, 'true')).code).to.equal(0)
      })

      it('keeps its disk through a power cut', async () => {
        await host.exec('echo late >/etc/late')
        await host.powerCut()
        expect(() => host.pid1()).to.throw(`${suite} is down`)
        expect(readFileSync(host.root('/etc/late'), 'utf8')).to.equal('late\n')
        await host.start()
        expect((await host.exec('cat /etc/late')).stdout).to.equal('late\n')
      })
    })
  }

  it('copies a host, with the files it has and those it has lost, under a name and addresses of its own', async () => {
    await lab.host('trixie').exec('echo mark >/etc/mark; rm /etc/motd /usr/bin/tree')
    const copy = await lab.clone('trixie', 'copy')
    const { stdout } = await copy.exec('uname -n; cat /etc/mark; ls /etc/motd /usr/bin/tree 2>/dev/null')
    expect(stdout).to.equal('copy\nmark\n')
    expect((await ssh('root', copy.address, 'uname -n')).stdout).to.equal('copy\n')
    expect(inventoryYaml(lab)).to.include(`    copy:\n      ansible_host: ${copy.address}\n`)
  })

  it('serves files and counts who asks for them', async () => {
    const server = await lab.serve({ '/a.pem': 'PEM' })
    expect(await (await fetch(`${server.url}/a.pem`)).text()).to.equal('PEM')
    expect((await fetch(`${server.url}/b.pem`)).status).to.equal(404)
    expect([...server.hits]).to.deep.equal([
      ['/a.pem', 1],
      ['/b.pem', 1],
    ])
    await server.close()
  })
})

/** One packet to a port where nobody listens. */
function knock(address: string, port: number): Promise<void> {
  return new Promise((resolve) => connect({ host: address, port }).once('error', () => resolve()))
}
