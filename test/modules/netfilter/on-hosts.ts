import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { connect } from 'node:net'
import type { Plan, StepResult } from '../../../src/modules/define.ts'
import type { NetfilterArgs } from '../../../src/modules/netfilter/arguments.ts'
import netfilter from '../../../src/modules/netfilter/index.ts'
import type { State } from '../../../src/modules/netfilter/host-rules.ts'
import type { Script } from '../../../src/shell/script.ts'
import type { LabHost } from '../../lab/host.ts'
import type { HostSpec, Lab } from '../../lab/lab.ts'
import { labOrSkip } from '../../lab/mocha.ts'
import { until } from '../../lab/poll.ts'
import { found } from './box.ts'

export interface Case extends HostSpec {
  /** Run before the module. */
  readonly prepare?: string
  readonly variant: RegExp
  readonly installs: boolean
  readonly user: 'root' | 'sudo'
}

export const legacy = 'for t in iptables ip6tables; do update-alternatives --set $t /usr/sbin/$t-legacy; done'

/** Over a login of its own, as a session does it; through sudo SSH_CONNECTION is gone. */
export async function runOver(
  lab: Lab,
  host: LabHost,
  user: Case['user'],
  script: Script,
  { setE = false, port = 22 } = {},
): Promise<StepResult> {
  const login = user === 'root' ? 'root' : lab.sudoUser.name
  const command = user === 'root' ? 'sh' : "sudo -S -p '' sh"
  const options = [
    '-T',
    '-p',
    String(port),
    '-o',
    'StrictHostKeyChecking=no',
    '-i',
    lab.privateKeyPath,
    '-o',
    `UserKnownHostsFile=${lab.knownHostsPath}`,
    '-o',
    'BatchMode=yes',
  ]
  const child = spawn('ssh', [...options, `${login}@${host.address}`, command])
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
  const password = user === 'root' ? '' : `${lab.sudoUser.password}\n`
  child.stdin.end(`${password}(\n${setE ? 'set -e\n' : ''}${script.text}\n) </dev/null\n`)
  const started = Date.now()
  const [code] = (await once(child, 'close')) as [number | null]
  return {
    code: code ?? 255,
    stdout: Buffer.concat(out),
    stderr: Buffer.concat(err),
    timedOut: false,
    ms: Date.now() - started,
  }
}

export function netfilterOnHosts(cases: readonly Case[]): void {
  let lab: Lab
  before(async function () {
    lab = await labOrSkip.call(this, cases)
  })
  after(async function () {
    this.timeout(120_000)
    await lab?.down()
  })

  const run = (host: LabHost, user: Case['user'], script: Script, setE = false) =>
    runOver(lab, host, user, script, { setE })

  async function probe(host: LabHost, user: Case['user'], args: NetfilterArgs): Promise<State> {
    const step = await run(host, user, netfilter.probe(args))
    if (step.code !== 0 || user === 'root') expect([step.code, step.stderr.toString()]).to.deep.equal([0, ''])
    return netfilter.parse(step.stdout.toString(), args)
  }

  async function converge(
    host: LabHost,
    user: Case['user'],
    given: unknown,
  ): Promise<{ plan: Plan; again: Plan; after: State }> {
    const args = netfilter.args.parse(given)
    const before = await probe(host, user, args)
    const plan = netfilter.plan(args, before)
    expect(plan.refuse).to.equal(undefined)
    const step = await run(host, user, netfilter.apply(args, before, plan).script, true)
    if (step.code !== 0 || user === 'root') expect([step.code, step.stderr.toString()]).to.deep.equal([0, ''])
    const after = await probe(host, user, args)
    return { plan, after, again: netfilter.plan(args, after) }
  }

  const what = (plan: Plan) => plan.changes.map((change) => change.what)

  const verdict = (address: string, port: number) =>
    new Promise<string>((resolve) => {
      const socket = connect({ host: address, port })
      socket.setTimeout(700)
      socket.on('connect', () => (resolve('open'), socket.destroy()))
      socket.on('timeout', () => (resolve('silent'), socket.destroy()))
      socket.on('error', (error: NodeJS.ErrnoException) =>
        resolve(error.code === 'ECONNREFUSED' ? 'closed' : String(error.code)),
      )
    })

  async function text(host: LabHost, script: string): Promise<string> {
    const { code, stdout, stderr } = await host.exec(script)
    if (code !== 0) throw new Error(`${host.name}: ${script}: exit ${code}: ${stderr}`)
    return stdout
  }

  for (const { name, suite, prepare, variant, installs, user } of cases) {
    describe(`${suite}, ${installs ? 'without iptables' : 'legacy'}, as ${user}`, () => {
      let host: LabHost
      before(async () => {
        host = lab.host(name)
        if (prepare !== undefined) await text(host, prepare)
      })

      it('announces exactly what it then does, and converges', async () => {
        const args = netfilter.args.parse({})
        const seen = await probe(host, user, args)
        const announced = netfilter.plan(args, seen)
        expect(await probe(host, user, args)).to.deep.equal(seen)
        const { plan, after, again } = await converge(host, user, {})
        expect(plan).to.deep.equal(announced)
        expect(what(plan)).to.deep.equal([
          ...(installs ? ['install the package iptables'] : []),
          'iptables: create SALLYPORT_IN with 9 rules; create SALLYPORT_LOG with 2 rules; jump to SALLYPORT_IN as rule 1 of INPUT',
          'ip6tables: create SALLYPORT_IN with 19 rules; create SALLYPORT_LOG with 2 rules; jump to SALLYPORT_IN as rule 1 of INPUT',
          'write /etc/sallyport/netfilter.v4',
          'write /etc/sallyport/netfilter.v6',
          'write /etc/systemd/system/sallyport-netfilter.service',
          'enable sallyport-netfilter.service',
          'start sallyport-netfilter.service',
        ])
        expect(plan.warnings).to.deep.equal([])
        expect(found(after).version).to.match(variant)
        expect(after.host.sshPorts).to.deep.equal([22])
        expect(again.changes).to.deep.equal([])
        expect(again.warnings).to.deep.equal([])
      })

      const closed = async () => {
        for (const address of [host.address, host.address6]) {
          expect(await verdict(address, 22), address).to.equal('open')
          expect(await verdict(address, 80), address).to.equal('closed')
          expect(await verdict(address, 3306), address).to.equal('silent')
        }
      }

      it('leaves SSH and the allowed ports open and closes the rest, IPv4 and IPv6', () => closed())

      it("logs the drop to the host's own kernel log", async () => {
        await text(
          host,
          'rm -f /run/kernel-log; (timeout 20 cat /proc/kmsg >/run/kernel-log 2>/dev/null </dev/null &) ; sleep 0.5',
        )
        await until('the line in the kernel log', 15_000, async () => {
          await verdict(host.address, 3307)
          const line = await host.exec('grep -a "IPTables/Dropped: IN=.*DPT=3307" /run/kernel-log')
          return line.code === 0
        })
      })

      it('brings the rules back after a reboot, before sshd, from a unit that is no drift', async () => {
        await host.reboot()
        await closed()
        const order = await text(
          host,
          'for u in sallyport-netfilter.service ssh.service; do systemctl show -p ActiveState -p ActiveEnterTimestampMonotonic --value $u; done',
        )
        const [ours, oursState, ssh, sshState] = order
          .trim()
          .split('\n')
          .sort((a, b) => Number(/^\d/.test(b)) - Number(/^\d/.test(a)) || 0)
        expect([ours, oursState, ssh, sshState].filter((value) => value === 'active').length).to.equal(2)
        const times = order.match(/\d+/g)?.map(Number) ?? []
        expect(times[0]).to.be.below(times[1] ?? 0)
        expect(await text(host, 'systemctl --failed --plain --no-legend')).to.equal('')
        expect(
          await text(host, 'journalctl -b -o cat | grep -iE "ordering cycle|sallyport.*(fail|error)" || true'),
        ).to.equal('')
        const args = netfilter.args.parse({})
        expect(netfilter.plan(args, await probe(host, user, args))).to.deep.include({ changes: [], warnings: [] })
      })

      it('probes through nothing but reads', async () => {
        const args = netfilter.args.parse({})
        const look = async () => [
          await text(
            host,
            'for t in iptables ip6tables; do $t-save -t filter | grep -v "^#" | sed "s/ \\[.*//"; done; cat /proc/net/*_tables_names; ls -la --time-style=full-iso /etc/sallyport /etc/systemd/system; ls /run/xtables.lock 2>/dev/null; true',
          ),
          String((await stat(host.upper)).mtimeMs),
        ]
        const before = await look()
        await probe(host, user, args)
        expect(await look()).to.deep.equal(before)
      })

      it('sees drift and repairs it', async () => {
        await text(
          host,
          'iptables -D SALLYPORT_IN 2; ip6tables -F; echo >>/etc/systemd/system/sallyport-netfilter.service; systemctl stop sallyport-netfilter',
        )
        const { plan, again } = await converge(host, user, {})
        expect(what(plan)).to.have.length(4)
        expect(again.changes).to.deep.equal([])
        await closed()
      })

      it('goes without a trace, but for the package', async () => {
        const { again } = await converge(host, user, { state: 'absent' })
        expect(again.changes).to.deep.equal([])
        expect(await verdict(host.address, 3306)).to.equal('closed')
        expect(await verdict(host.address6, 3306)).to.equal('closed')
        expect(
          await text(
            host,
            'ls -d /etc/sallyport /etc/systemd/system/*sallyport* /etc/systemd/system/*/*sallyport* 2>/dev/null; systemctl list-units --all --no-legend "sallyport*"; iptables-save | grep SALLYPORT; true',
          ),
        ).to.equal('')
      })
    })
  }
}
