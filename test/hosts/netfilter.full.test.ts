import { expect } from 'chai'
import netfilter from '../../src/modules/netfilter/index.ts'
import type { Lab } from '../lab/lab.ts'
import { labOrSkip } from '../lab/mocha.ts'
import { until } from '../lab/poll.ts'
import { legacy, netfilterOnHosts, runOver } from '../modules/netfilter/on-hosts.ts'

describe('netfilter on more real hosts', function () {
  this.timeout(300_000)
  netfilterOnHosts([
    { name: 'nf11', suite: 'bullseye', variant: /v1\.8\.7 \(nf_tables\)/, installs: true, user: 'sudo' },
    { name: 'nf12', suite: 'bookworm', variant: /v1\.8\.9 \(nf_tables\)/, installs: true, user: 'root' },
    {
      name: 'nf12l',
      suite: 'bookworm',
      packages: ['iptables'],
      prepare: legacy,
      variant: /v1\.8\.9 \(legacy\)/,
      installs: false,
      user: 'sudo',
    },
  ])
})

describe('the ports SSH comes in by', function () {
  this.timeout(300_000)
  let lab: Lab
  before(async function () {
    lab = await labOrSkip.call(this, [{ name: 'ssh13', suite: 'trixie', packages: ['iptables'] }])
  })
  after(async function () {
    this.timeout(120_000)
    await lab?.down()
  })

  /** As found over a login on this port; through sudo SSH_CONNECTION is gone. */
  async function found(port: number, user: 'root' | 'sudo'): Promise<readonly number[]> {
    const args = netfilter.args.parse({})
    const step = await runOver(lab, lab.host('ssh13'), user, netfilter.probe(args), { port })
    expect(step.code, step.stderr.toString()).to.equal(0)
    return netfilter.parse(step.stdout.toString(), args).host.sshPorts
  }
  const change = async (script: string) => {
    const { code, stderr } = await lab.host('ssh13').exec(script)
    expect(code, stderr).to.equal(0)
  }

  it('are those of the configuration, also before sshd has read it', async () => {
    await change('printf "Port 22\\nPort 2222\\n" >/etc/ssh/sshd_config.d/ports.conf')
    expect(await found(22, 'sudo')).to.deep.equal([22, 2222])
    await change('rm /etc/ssh/sshd_config.d/ports.conf')
    expect(await found(22, 'root')).to.deep.equal([22])
  })

  it('are the one of this very login, root or sudo, and what its sshd listens on', async () => {
    await change('$(command -v sshd) -p 2300 -p 2301 -o PidFile=none')
    expect(await found(2300, 'root')).to.deep.equal([22, 2300, 2301])
    expect(await found(2301, 'sudo')).to.deep.equal([22, 2300, 2301])
    expect(await found(22, 'sudo')).to.deep.equal([22])
  })

  it('are those of a socket unit, where systemd listens', async () => {
    await change(`mkdir -p /etc/systemd/system/ssh.socket.d
printf '[Socket]\\nListenStream=\\nListenStream=0.0.0.0:2400\\nListenStream=[::]:2400\\nBindIPv6Only=ipv6-only\\n' >/etc/systemd/system/ssh.socket.d/port.conf
systemctl daemon-reload && systemctl disable -q --now ssh.service && systemctl enable -q --now ssh.socket`)
    expect(await found(2400, 'root')).to.include(2400)
    await change('systemctl stop ssh.socket')
    expect(await found(2300, 'sudo')).to.include(2400)
  })
})

describe('netfilter beside netfilter-persistent', function () {
  this.timeout(300_000)
  let lab: Lab
  before(async function () {
    lab = await labOrSkip.call(this, [{ name: 'np12', suite: 'bookworm', packages: ['iptables-persistent'] }])
  })
  after(async function () {
    this.timeout(120_000)
    await lab?.down()
  })

  it('holds across its restarts and its snapshots, and a reboot, without doubling anything', async () => {
    const host = lab.host('np12')
    const args = netfilter.args.parse({})
    const plan = async () => {
      const probed = await host.exec(netfilter.probe(args).text)
      return {
        state: netfilter.parse(probed.stdout, args),
        plan: netfilter.plan(args, netfilter.parse(probed.stdout, args)),
      }
    }
    expect((await host.exec('iptables -A INPUT -p tcp --dport 25 -j ACCEPT; netfilter-persistent save')).code).to.equal(
      0,
    )
    const first = await plan()
    const applied = await host.exec(`set -e\n${netfilter.apply(args, first.state, first.plan).script.text}`)
    expect([applied.code, applied.stderr]).to.deep.equal([0, ''])
    expect((await plan()).plan.changes).to.deep.equal([])
    expect((await host.exec('systemctl restart netfilter-persistent')).code).to.equal(0)
    // It takes ours along (PartOf=), behind it (After=): systemctl waits for its own job alone.
    await until(
      'the restart of our unit',
      10_000,
      async () => (await host.exec('systemctl list-jobs')).stdout === 'No jobs running.\n',
    )
    expect((await plan()).plan.changes).to.deep.equal([])
    expect((await host.exec('netfilter-persistent save')).code).to.equal(0)
    await host.reboot()
    expect((await plan()).plan.changes).to.deep.equal([])
    expect((await host.exec('iptables -S INPUT')).stdout).to.equal(
      '-P INPUT ACCEPT\n-A INPUT -j SALLYPORT_IN\n-A INPUT -p tcp -m tcp --dport 25 -j ACCEPT\n',
    )
  })
})
