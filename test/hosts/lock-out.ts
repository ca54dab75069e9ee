import { expect } from 'chai'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inventoryYaml } from '../lab/inventory.ts'
import type { Lab, LabHost } from '../lab/lab.ts'
import { until } from '../lab/poll.ts'
import { sallyport } from '../support/cli.ts'
import { type PlaybookRun, type PlaybookRunOptions, runPlaybook } from '../engine/playbook-run.ts'

export interface WayIn {
  readonly over6?: boolean | undefined
  /** Where logins come in, when that is not sshd itself. */
  readonly port?: number | undefined
  /** As the sudo user, and root with its password. */
  readonly sudo?: boolean | undefined
  /** Through this host. */
  readonly through?: LabHost | undefined
}

/** A change under which nobody can log in any more. */
export interface LockOut extends WayIn {
  readonly name: string
  /** A task that went well before. */
  readonly first?: string
  /** Surroundings, made on the host after that and before the run; `CONTROLLER` stands for this machine's address. */
  readonly before?: string
  /** A module with its arguments, as YAML flow. */
  readonly task: string
  /** What others do on the host while the change waits. */
  readonly meanwhile?: string
  /** The rule of someone else that `meanwhile` leaves behind. */
  readonly stays?: string
}

/** Short, and still time for a login on a busy machine. */
export const seconds = 4

/** What can be seen of the packet filter, of us, and of the timer; without counters. */
const look = `for t in iptables ip6tables; do $t-save | grep -v '^#' | sed 's/\\[[0-9:]*\\]//'; done
if command -v nft >/dev/null; then
  nft list tables | grep -vE '^table ip6? (filter|mangle|raw|nat|security)$' | while read -r _ f t; do nft -s list table $f $t; done
fi
ls -Ad /run/sallyport* 2>/dev/null | grep -v '\\.lock'; ls -A /etc/sallyport /etc/systemd/system /etc/systemd/system/*.wants 2>&1
systemctl list-units --all --plain --no-legend 'sallyport*'; systemctl list-timers --all --no-legend 'sallyport*'
pgrep -fa '[s]allyport.confirm'; ip route; ls /run/systemd/transient 2>/dev/null | grep sallyport; :`

/** The lab's host in the hands of the tests: one after the other, each from a clean packet filter. */
export class Victim {
  readonly lab: Lab
  readonly host: LabHost
  readonly dir: string

  private constructor(lab: Lab, host: LabHost, dir: string) {
    this.lab = lab
    this.host = host
    this.dir = dir
  }

  static async of(lab: Lab, host: LabHost): Promise<Victim> {
    return new Victim(lab, host, await mkdtemp(join(tmpdir(), 'sallyport-lock-out-')))
  }

  close(): Promise<void> {
    return rm(this.dir, { recursive: true, force: true })
  }

  async text(script: string): Promise<string> {
    const { code, stdout, stderr } = await this.host.exec(script)
    if (code !== 0) throw new Error(`${script}: exit ${code}: ${stderr}`)
    return stdout
  }

  look(): Promise<string> {
    return this.text(look)
  }

  async #inventory({ over6, port, sudo, through }: WayIn): Promise<string> {
    // Two runs may begin at once: neither reads what the other has half written.
    const dir = await mkdtemp(join(this.dir, 'run-'))
    const keys = join(dir, 'known_hosts')
    const known = await readFile(this.lab.knownHostsPath, 'utf8')
    const atPort = (names: string): string => names.replace(/[^,]+/g, `[$&]:${port}`)
    await writeFile(keys, port === undefined ? known : known.replace(/^\S+/gm, atPort))
    const options = `-o UserKnownHostsFile=${this.lab.knownHostsPath} -o StrictHostKeyChecking=yes`
    const jump =
      through && `-o ProxyCommand='ssh -i ${this.lab.privateKeyPath} ${options} -W %h:%p root@${through.address}'`
    let yaml = inventoryYaml(this.lab, { become: sudo ?? false })
    if (jump) yaml = yaml.replace(`"${options}"`, JSON.stringify(`${options} ${jump}`))
    yaml = yaml.replace(`=${this.lab.knownHostsPath} `, `=${keys} `)
    if (over6) yaml = yaml.replaceAll(this.host.address, this.host.address6)
    if (port !== undefined) yaml = yaml.replace('  vars:\n', `  vars:\n    ansible_port: ${port}\n`)
    const file = join(dir, 'hosts.yml')
    await writeFile(file, yaml)
    return file
  }

  #play = (task: string): string =>
    `- hosts: ${this.host.name}\n  gather_facts: false\n  tasks:\n    - name: Change\n      ${task}\n`

  /** Runs one task on the host. */
  async run(
    task: string,
    { over6, port, sudo, through, ...more }: PlaybookRunOptions & WayIn = {},
  ): Promise<PlaybookRun> {
    const inventory = await this.#inventory({ over6, port, sudo, through })
    return runPlaybook(this.#play(task), { inventory: [inventory], ...more })
  }

  /** Runs a play, on whichever hosts of the lab. */
  async play(play: string): Promise<PlaybookRun> {
    return runPlaybook(play, { inventory: [await this.#inventory({})] })
  }

  /** Runs one task in a process of its own, which is killed once the change is made and before it is confirmed. */
  async killedOnceMade(task: string): Promise<void> {
    // One login and no other.
    const syn = 'iptables -t mangle -A PREROUTING -p tcp --dport 22 --syn'
    await this.text(`${syn} -m limit --limit 1/day --limit-burst 1 -j RETURN; ${syn} -j DROP`)
    const playbook = join(this.dir, 'play.yml')
    await writeFile(playbook, this.#play(task))
    let pid = 0
    const run = sallyport(['apply', playbook, '-i', await this.#inventory({})], {
      onStart: (started) => (pid = started),
    })
    const made = until('the change to be made', 30_000, async () =>
      (await this.text('ls /run/sallyport.confirm 2>/dev/null || :')).includes('made.'),
    )
    await made.finally(() => process.kill(pid, 'SIGKILL'))
    expect((await run).code).to.equal(null)
    await this.text('iptables -t mangle -F')
  }

  /** Back to a host that nobody has touched. */
  async clear(): Promise<void> {
    await this.text(
      `for t in iptables ip6tables; do for n in filter mangle raw; do $t -t $n -P PREROUTING ACCEPT 2>/dev/null; $t -t $n -P INPUT ACCEPT 2>/dev/null; $t -t $n -P OUTPUT ACCEPT
$t -t $n -F; $t -t $n -X; done; done
if command -v nft >/dev/null; then
  systemctl stop nftables 2>/dev/null
  nft list tables | grep -vE '^table ip6? ' | while read -r _ f t; do nft delete table $f $t; done
fi`,
    )
  }
}

/** The task cuts the way in, and fails with what it was. */
export async function shutOut(victim: Victim, task: string, way: WayIn): Promise<void> {
  const { code, lines, tasks } = await victim.run(`${task}\n      confirm: ${seconds}s`, way)
  expect(lines, JSON.stringify(tasks)).to.deep.equal([`${victim.host.name} Change failed`])
  expect(code).to.equal(2)
  expect(tasks[0]?.message).to.match(new RegExp(`^rolled back by the host: no new login within ${seconds} s: .+\n.+`))
}

/** Every host is as it was, with what others did meanwhile, and the task says so. */
export function locksOut(cases: readonly LockOut[], victim: () => Victim, by: () => WayIn = () => ({})): void {
  for (const { name, first, before, task, meanwhile, stays, ...own } of cases)
    it(name, async () => {
      const way = { ...own, ...by() }
      const { host, lab } = victim()
      const from = way.through?.address ?? lab.gateway
      const named = (text: string) => text.replaceAll('CONTROLLER', from).replaceAll('NIC', `e_${host.name}`)
      await victim().clear()
      if (first !== undefined) expect((await victim().run(`${first}\n      confirm: false`)).code).to.equal(0)
      if (before !== undefined) await victim().text(named(before))
      const was = await victim().look()
      const others =
        meanwhile === undefined
          ? undefined
          : victim().text(
              `n=0; while ! ls /run/sallyport.confirm/made.* >/dev/null 2>&1 && [ $n -lt 600 ]; do sleep 0.05; n=$((n + 1)); done; ${named(meanwhile)}`,
            )
      await shutOut(victim(), named(task), way)
      await others
      const now = await victim().look()
      if (stays === undefined) expect(now).to.equal(was)
      else {
        expect(now).to.include(stays)
        expect(now.replaceAll(`${stays}\n`, '')).to.equal(was)
      }
      expect((await victim().run('ping:', way)).lines).to.deep.equal([`${host.name} Change ok`])
      if (first !== undefined) {
        // Policies first: what drops would drop this run as well.
        await victim().clear()
        expect((await victim().run('netfilter: { state: absent }\n      confirm: false')).code).to.equal(0)
      }
    })
}

/** A program on the host that hands logins at port 2222 on to its sshd, as proxies and tunnels do. */
export const handOn = `systemd-run --quiet --socket-property=ListenStream=2222 \\
  "$(ls /usr/lib/systemd/systemd-socket-proxyd /lib/systemd/systemd-socket-proxyd 2>/dev/null | head -n 1)" 127.0.0.1:22`

/** Nothing of a change is left but the change itself. */
export async function settled(victim: Victim): Promise<void> {
  await until('the timer to be gone', 30_000, async () => !(await victim.look()).includes('sallyport.confirm'))
}

export const quickLockOuts: readonly LockOut[] = [
  {
    name: 'a rule for new connections before all others',
    task: 'iptables: { chain: INPUT, action: insert, protocol: tcp, destination_port: "22", ctstate: [NEW], jump: DROP }',
    meanwhile: 'iptables -I INPUT 1 -s 192.0.2.1/32 -j DROP',
    stays: '-A INPUT -s 192.0.2.1/32 -j DROP',
  },
  {
    name: "a rule that cuts the change's own exchange",
    task: 'iptables: { chain: INPUT, action: insert, protocol: tcp, destination_port: "22", jump: DROP }',
  },
  {
    name: "netfilter, with someone's rule before ours that leads new logins to our log chain",
    before: `iptables -N SALLYPORT_LOG; iptables -A INPUT -p tcp -m tcp --dport 22 -m conntrack --ctstate NEW -j SALLYPORT_LOG`,
    task: 'netfilter: { position: last }',
  },
]

const accepting =
  'iptables -A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT; iptables -A INPUT -p tcp -m tcp --dport 22 -j ACCEPT; iptables -P INPUT DROP'

/** The same on every back-end of iptables; those that are quick come first. */
export const lockOuts: readonly LockOut[] = [
  ...quickLockOuts,
  { name: 'policy DROP', task: 'iptables: { chain: INPUT, policy: DROP }' },
  { name: 'policy DROP for what the host answers', task: 'iptables: { chain: OUTPUT, policy: DROP }' },
  {
    name: 'policy DROP on a chain of another table, where someone has rules',
    before: 'iptables -t mangle -A PREROUTING -i lo -j ACCEPT',
    task: 'iptables: { table: mangle, chain: PREROUTING, policy: DROP }',
    meanwhile: 'iptables -t mangle -A PREROUTING -s 192.0.2.1/32 -j MARK --set-xmark 0x1/0xffffffff',
    stays: '-A PREROUTING -s 192.0.2.1/32 -j MARK --set-xmark 0x1/0xffffffff',
  },
  {
    name: 'the wrong interface: that of the way in',
    task: 'iptables: { chain: INPUT, action: insert, in_interface: NIC, jump: DROP }',
  },
  {
    name: 'the interface that the answers leave by',
    task: 'iptables: { chain: OUTPUT, action: insert, out_interface: NIC, protocol: tcp, jump: DROP }',
  },
  {
    name: "the controller's own address",
    task: 'iptables: { chain: INPUT, action: insert, source: CONTROLLER, jump: DROP }',
  },
  {
    name: 'every network but one that is not ours',
    task: 'iptables: { chain: INPUT, action: insert, source: "!203.0.113.0/24", protocol: tcp, jump: DROP }',
  },
  {
    name: 'a refusal that answers at once',
    task: 'iptables: { chain: INPUT, action: insert, protocol: tcp, destination_port: "22", jump: REJECT, reject_with: tcp-reset }',
  },
  {
    name: 'before connections are tracked',
    task: 'iptables: { table: raw, chain: PREROUTING, protocol: tcp, destination_port: "22", jump: DROP }',
  },
  {
    name: 'the rule that lets logins in is taken away, and the open connection lives on',
    before: accepting,
    task: 'iptables: { chain: INPUT, protocol: tcp, match: [tcp], destination_port: "22", jump: ACCEPT, state: absent }',
  },
  {
    name: 'the same, and the known connections are forgotten meanwhile',
    before: accepting,
    task: 'iptables: { chain: INPUT, protocol: tcp, match: [tcp], destination_port: "22", jump: ACCEPT, state: absent }',
    meanwhile: 'conntrack -F 2>/dev/null',
  },
  {
    name: 'a chain is flushed whose policy is DROP',
    before: accepting,
    task: 'iptables: { chain: INPUT, flush: true }',
  },
  {
    name: "someone's last rule, made while the change waits",
    before: 'iptables -A INPUT -s 192.0.2.7/32 -j DROP',
    task: 'iptables: { chain: INPUT, action: insert, protocol: tcp, destination_port: "22", jump: DROP }',
    meanwhile: 'iptables -A INPUT -p udp -m udp --dport 9 -j DROP',
    stays: '-A INPUT -p udp -m udp --dport 9 -j DROP',
  },
  {
    name: 'IPv6: the wrong family for who comes by it',
    task: 'iptables: { ip_version: ipv6, chain: INPUT, action: insert, protocol: tcp, destination_port: "22", jump: DROP }',
    over6: true,
  },
  {
    name: 'IPv6: neighbours are found no more',
    task: 'iptables: { ip_version: ipv6, chain: INPUT, action: insert, protocol: ipv6-icmp, jump: DROP }',
    meanwhile: 'ip -6 neigh flush dev NIC',
    over6: true,
  },
  {
    name: "netfilter, where logins come in through a program that hands them on (its port is not sshd's)",
    task: 'netfilter:',
    port: 2222,
  },
  {
    name: 'netfilter, the same over IPv6',
    task: 'netfilter:',
    port: 2222,
    over6: true,
  },
]
