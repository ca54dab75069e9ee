import { expect } from 'chai'
import type { Plan } from '../../../src/modules/define.ts'
import type { BackendName } from '../../../src/modules/netfilter/backend.ts'
import type { State } from '../../../src/modules/netfilter/host-rules.ts'
import { dropsScript, readDrops } from '../../../src/modules/netfilter/iptables/counters.ts'
import netfilter from '../../../src/modules/netfilter/index.ts'
import { type Script, sh } from '../../../src/shell/script.ts'
import { families } from '../../../src/modules/netfilter/intent.ts'
import { dialectOf } from '../../../src/modules/netfilter/firewalld/difference.ts'
import { elsewhere, richRules, unspeakable } from '../../../src/modules/netfilter/firewalld/rules.ts'
import type { State as FirewalldState } from '../../../src/modules/netfilter/firewalld/state.ts'
import { fermCannot, fermDomain } from '../../../src/modules/netfilter/iptables/ferm.ts'
import { ufwText } from '../../../src/modules/netfilter/iptables/ufw.ts'
import { savedText } from '../../../src/modules/netfilter/nftables/saved.ts'
import { wishOf } from '../../../src/modules/netfilter/wish.ts'
import { battery, batteryWish as wish } from './battery.ts'
import { tcpVerdict } from './shots.ts'
import { goldens } from './goldens.ts'
import type { LabHost } from '../../lab/host.ts'
import type { HostSpec, Lab } from '../../lab/lab.ts'
import { labOrSkip } from '../../lab/mocha.ts'
import { until } from '../../lab/poll.ts'
import { inTurn } from '../../support/turns.ts'
import { handOn, shutOut, Victim, type WayIn } from '../../hosts/lock-out.ts'

/** A booted host on which somebody else manages the packet filter. */
export interface Managed extends HostSpec {
  readonly backend: BackendName
  readonly packages: readonly string[]
  /** Puts the manager in charge, with rules of its own. */
  readonly prepare: string
  /** Prints all that the manager knows and has on disk, so that before and after can be compared. */
  readonly everything: string
  /** Prints the rules of others; they must outlive ours. */
  readonly others: string
  /** What others do to our rules through the manager, and each must be seen. */
  readonly drift: readonly string[]
  /** Without our rules the host drops nothing by itself. */
  readonly open: boolean
  /** Lets everything in that ours does not keep out. */
  readonly opens: string
  /** From then on it lets no logins in by itself; left out where it cannot close what ours lets in. */
  readonly closes?: string
  /** Somebody follows the recipe through it, and what is then left that leads to its chain. */
  readonly byHand: { readonly script: string; readonly left: string; readonly undo: string }
  /** After a boot, exits 0 when the manager is done. */
  readonly ready: string
}

/** Asks the manager's own tool whether it takes such a text; nothing is changed. */
const takes: Readonly<
  Partial<Record<BackendName, (args: unknown, state: State, ports: readonly number[]) => Script[]>>
> = {
  nftables: (args, _, ports) => [sh`printf %s ${savedText(wishOf(netfilter.args.parse(args)), ports)} | nft -c -f -`],
  ufw: (args, _, ports) =>
    families.map(
      (family) =>
        sh`printf %s ${ufwText(wishOf(netfilter.args.parse(args)), family, ports)} | ${family === 'ipv4' ? 'iptables-restore' : 'ip6tables-restore'} --noflush --test`,
    ),
  ferm: (args, _, ports) =>
    (fermCannot(wishOf(netfilter.args.parse(args))) === undefined ? families : []).map(
      (family) =>
        sh`printf %s ${fermDomain(wishOf(netfilter.args.parse(args)), family, ports)} >/run/golden.ferm && ferm --noexec --lines /run/golden.ferm`,
    ),
  firewalld: (args, { found }, ports) => {
    const dialect = dialectOf(found.firewalld as FirewalldState, 'public')
    const { intent } = wishOf(netfilter.args.parse(args))
    if ((elsewhere(intent) ?? unspeakable(intent, dialect)) !== undefined) return []
    const rules = richRules(intent, dialect, ports).map((rule) => `--add-rich-rule=${rule}`)
    return [
      sh`rm -rf /run/golden && mkdir -p /run/golden/zones && cp /etc/firewalld/firewalld.conf /run/golden
offline() { firewall-offline-cmd --system-config=/run/golden "$@" 2>&1; }
offline --zone=public ${rules} >/run/golden.said && offline --check-config >>/run/golden.said
! grep -E 'INVALID|Error' /run/golden.said && [ "$(grep -c '<rule ' /run/golden/zones/public.xml)" = ${String(rules.length)} ]`,
    ]
  },
}

interface ShutOut extends WayIn {
  readonly name: string
  readonly first?: string
  /** Only our rules let logins in. */
  readonly closed?: boolean
  readonly task: string
}

/** By a program that hands logins on, so that its port is none of sshd's; or by what our rules no longer let in. */
const shutOuts: readonly ShutOut[] = [
  { name: "a port that is not sshd's", task: 'netfilter:', port: 2222 },
  { name: 'the same over IPv6', task: 'netfilter:', port: 2222, over6: true },
  { name: 'the same through sudo with a password', task: 'netfilter:', port: 2222, sudo: true },
  {
    name: 'a port that the rules let in until now',
    first: 'netfilter: { allowed_tcp_ports: [80, 2222] }',
    task: 'netfilter:',
    port: 2222,
  },
  { name: 'what was only logged until now', first: 'netfilter: { drop: false }', task: 'netfilter:', port: 2222 },
  {
    name: 'they go, and nothing else lets logins in',
    first: 'netfilter:',
    closed: true,
    task: 'netfilter: { state: absent }',
  },
  {
    name: 'they only log, and nothing else lets logins in',
    first: 'netfilter:',
    closed: true,
    task: 'netfilter: { drop: false }',
  },
]

/** Lines of one text that the other has not: a whole ruleset is too long to be shown. */
const beyond = (text: string, other: string) => {
  const lines = new Set(other.split('\n'))
  return text.split('\n').filter((line) => !lines.has(line))
}

export function throughManagers(hosts: readonly Managed[]): void {
  let lab: Lab
  before(async function () {
    lab = await labOrSkip.call(this, hosts)
  })
  after(async function () {
    this.timeout(120_000)
    await lab?.down()
  })

  const text = async (host: LabHost, script: string): Promise<string> => {
    const { code, stdout, stderr } = await host.exec(script)
    if (code !== 0) throw new Error(`${host.name}: ${script}: exit ${code}: ${stderr}`)
    return stdout
  }

  async function probe(host: LabHost, given: unknown): Promise<{ state: State; plan: Plan }> {
    const args = netfilter.args.parse(given)
    const probed = await host.exec(netfilter.probe(args).text)
    expect([probed.code, probed.stderr]).to.deep.equal([0, ''])
    const state = netfilter.parse(probed.stdout, args)
    return { state, plan: netfilter.plan(args, state) }
  }

  async function converge(host: LabHost, given: unknown): Promise<Plan> {
    const args = netfilter.args.parse(given)
    const { state, plan } = await probe(host, given)
    expect(plan.refuse).to.equal(undefined)
    const applied = await host.exec(`set -e\n${netfilter.apply(args, state, plan).script.text}`)
    expect([applied.code, applied.stderr]).to.deep.equal([0, ''])
    const again = await probe(host, given)
    expect(again.plan.changes).to.deep.equal([])
    return plan
  }

  const fire = async (host: LabHost): Promise<void> => {
    const [seen, expected] = await battery(host, [lab.gateway, lab.gateway6])
    expect(seen).to.deep.equal(expected)
  }

  /** A packet to this port leaves its line in the host's own kernel log. */
  async function logged(host: LabHost, word: string, port: number): Promise<void> {
    await text(
      host,
      'rm -f /run/kernel-log; (timeout 60 cat /proc/kmsg >/run/kernel-log 2>/dev/null </dev/null &) ; sleep 0.5',
    )
    await until('the line in the kernel log', 30_000, async () => {
      await tcpVerdict(host.address, port)
      return (await host.exec(`grep -a "IPTables/${word}: IN=.*DPT=${port} " /run/kernel-log`)).code === 0
    })
  }

  for (const { name, suite, backend, prepare, everything, others, drift, open, opens, closes, byHand, ready } of hosts)
    describe(`${backend} on ${suite}`, () => {
      let host: LabHost
      let found: string
      let theirs: string
      before(async () => {
        host = lab.host(name)
        await text(host, prepare)
        found = await text(host, everything)
        theirs = await text(host, others)
      })

      it('is found in charge, announced, and converges', async () => {
        const { state, plan } = await probe(host, wish)
        expect(state.charge.backend).to.equal(backend)
        expect(await converge(host, wish)).to.deep.equal(plan)
        expect(await text(host, others)).to.equal(theirs)
      })

      it('gives every packet its verdict, IPv4 and IPv6', () => fire(host))

      it("logs a drop to the host's own kernel log", async () => {
        await logged(host, 'Dropped', 3307)
        if (backend === 'nftables' || backend === 'firewalld') return
        const { ipv4 } = readDrops(await text(host, dropsScript({ log: 'SALLYPORT_LOG' }).text))
        expect(ipv4.dropped).to.be.above(0)
        expect(ipv4.logged).to.equal(ipv4.dropped)
      })

      it('logs under another prefix once that is wished', async () => {
        await converge(host, { ...wish, log_prefix: 'IPTables/Other: ' })
        await logged(host, 'Other', 3308)
        await converge(host, wish)
      })

      it('logs what it accepts, where that is wished', async () => {
        const accept = [...wish.accept, { ports: [22, 80], log: 'IPTables/Accepted: ' }]
        await converge(host, { ...wish, accept })
        await logged(host, 'Accepted', 80)
        // Of the managers that let SSH in themselves, before ours, firewalld is asked not to: its own order is at stake.
        if (backend === 'firewalld') await text(host, 'firewall-cmd -q --zone=public --remove-service=ssh')
        if (backend === 'nftables' || backend === 'firewalld') await logged(host, 'Accepted', 22)
        if (backend === 'firewalld') await text(host, 'firewall-cmd -q --zone=public --add-service=ssh')
        await converge(host, wish)
      })

      it('refuses another back-end beside it', async () => {
        const { plan } = await probe(host, { ...wish, backend: backend === 'iptables' ? 'nftables' : 'iptables' })
        expect(plan.refuse).to.contain(`say backend: ${backend}`)
      })

      it('refuses beside the recipe followed by hand, with what it left', async () => {
        await text(host, byHand.script)
        const { plan } = await probe(host, wish)
        expect(plan.refuse).to.contain(`\n  ${byHand.left}`)
        await text(host, byHand.undo)
        expect((await probe(host, wish)).plan.changes).to.deep.equal([])
      })

      for (const [golden, { args, sshPorts = [22] }] of Object.entries(goldens))
        it(`takes the text of ${golden}`, async () => {
          const { state } = await probe(host, wish)
          for (const script of takes[backend]?.(args, state, sshPorts) ?? []) await text(host, script.text)
        })

      for (const script of drift)
        it(`sees and repairs: ${script}`, async () => {
          await text(host, script)
          expect((await converge(host, wish)).changes).not.to.deep.equal([])
          await fire(host)
        })

      it('only logs where drop is off', async () => {
        await converge(host, { ...wish, drop: false })
        if (open) expect(await tcpVerdict(host.address, 3306)).to.equal('closed')
        await converge(host, wish)
      })

      it('has all of it back after a reboot', async () => {
        await host.reboot()
        await until('the manager', 60_000, async () => (await host.exec(ready)).code === 0)
        expect((await probe(host, wish)).plan.changes).to.deep.equal([])
        expect(await text(host, others)).to.equal(theirs)
        await fire(host)
      })

      it('goes, and the host is as before', async () => {
        await converge(host, { state: 'absent' })
        const now = await text(host, everything)
        expect(beyond(now, found), 'new').to.deep.equal([])
        expect(beyond(found, now), 'gone').to.deep.equal([])
        expect(now).to.equal(found)
        if (open) expect(await tcpVerdict(host.address, 3306)).to.equal('closed')
      })

      for (const { name: how, first, closed, task, ...way } of inTurn(shutOuts)) {
        if (closed && closes === undefined) continue
        it(`is taken back by the host where it shuts everyone out: ${how}`, async () => {
          const victim = await Victim.of(lab, host)
          try {
            await text(host, opens)
            if (way.port !== undefined)
              await text(host, `systemctl list-units --plain --no-legend 'run-*.socket' | grep -q . || ${handOn}`)
            if (first !== undefined) expect((await victim.run(`${first}\n      confirm: false`)).code).to.equal(0)
            if (closed) await text(host, closes ?? '')
            const before = await text(host, everything)
            await shutOut(victim, task, way)
            const after = await text(host, everything)
            expect([beyond(after, before), beyond(before, after)]).to.deep.equal([[], []])
            // firewalld tries, and lists, rules of one priority in the order they came in.
            const sorted = (lines: string) => (backend === 'firewalld' ? lines.split('\n').sort() : lines)
            expect(sorted(after)).to.deep.equal(sorted(before))
            expect((await victim.run('ping:', way)).lines).to.deep.equal([`${name} Change ok`])
            await text(host, opens)
            if (first !== undefined)
              expect((await victim.run('netfilter: { state: absent }\n      confirm: false')).code).to.equal(0)
          } finally {
            await victim.close()
          }
        })
      }
    })
}
