import { spawnSync } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inventoryYaml } from '../lab/inventory.ts'
import { up, type Lab } from '../lab/lab.ts'
import { startDelayProxy } from '../transport/delay-proxy.ts'
import { ansiblePlaybook } from './ansible.ts'
import { race, table, type Contestant, type Timing } from './measure.ts'

/**
 * `npm run bench [-- ROUNDS]`: the shipped playbook on ten real hosts beside OpenSSH's floor, the bare protocol in Node
 * and, where it is installed, ansible-core. Prints Markdown and writes bench.json. Run it on an idle machine; how idle
 * it was stands in both.
 */
const rounds = Number(process.argv[2] ?? 5)
const root = fileURLToPath(new URL('../..', import.meta.url))
const dir = await mkdtemp(join(tmpdir(), 'sallyport-bench-'))
const hosts = Array.from({ length: 10 }, (_, index) => `bench${index + 1}`)
const lab = await up(
  hosts.map((name) => ({
    name,
    suite: 'bookworm' as const,
    python: true,
    packages: ['rsyslog', 'rsyslog-gnutls', 'iptables', 'ca-certificates'],
  })),
)
try {
  const results = await bench(lab)
  await writeFile(join(root, 'bench.json'), `${JSON.stringify(results, undefined, 2)}\n`)
} finally {
  await lab.down()
  await rm(dir, { recursive: true, force: true })
}

interface Results {
  readonly [what: string]: readonly Timing[] | number | readonly number[]
}

async function bench(lab: Lab): Promise<Results> {
  const intake = await lab.intake()
  const files = await lab.serve({ '/ca.pem': intake.caPem })
  const inventory = join(dir, 'hosts.yml')
  const vars = join(dir, 'vars.yml')
  const caFile = join(dir, 'ca.pem')
  await writeFile(inventory, inventoryYaml(lab))
  await writeFile(caFile, intake.caPem)
  await writeFile(vars, `intake_key: bench\nintake_ca_url: ${files.url}/ca.pem\n`)
  const main = join(root, 'dist/main.js')
  const sallyport = (command: string): Pick<Contestant, 'command' | 'args'> => ({
    command: process.execPath,
    args: [main, command, 'playbooks/netfilter.yml', '-i', inventory, '-e', `@${vars}`, '--output', 'plain'],
  })
  const floor: Contestant = {
    name: 'xargs -P10 ssh host true',
    command: 'sh',
    args: [
      '-c',
      `printf '%s\\n' ${lab.hosts.map(({ address }) => address).join(' ')} | xargs -P10 -I{} ssh -F none -o BatchMode=yes -o UserKnownHostsFile=${lab.knownHostsPath} -i ${lab.privateKeyPath} root@{} true`,
    ],
  }
  const bare: Contestant = {
    name: 'ssh2 alone: a login and five commands',
    command: process.execPath,
    args: [join(root, 'test/bench/bare-ssh2.mjs'), lab.privateKeyPath, ...(await knownKeys(lab))],
  }
  const ansible = await ansibleContestant(inventory, caFile)

  const load = loadavg()
  process.stdout.write(`## ${lab.hosts.length} hosts, ${rounds} runs each, in turn; load ${load[0]?.toFixed(1)}\n\n`)
  const converge = await race(
    [
      { name: 'sallyport apply', ...sallyport('apply'), reset },
      ...(ansible ? [{ ...ansible, name: 'ansible-playbook (pipelining, forks 10)', reset }] : []),
    ],
    ansible ? Math.min(rounds, 3) : rounds,
  )
  process.stdout.write(`${table('First converge, packages installed', converge, 'sallyport apply')}\n`)
  await race([{ name: 'settle', ...sallyport('apply') }], 0)
  const recheck = await race([floor, bare, { name: 'sallyport check', ...sallyport('check') }], rounds)
  process.stdout.write(`${table('Re-check of a converged fleet', recheck, floor.name)}\n`)
  const roundTrips = await roundTripsOf(lab, vars)
  process.stdout.write(`A re-check of one host takes ${roundTrips} round trips.\n\n`)
  const tuned = 'ansible-playbook (pipelining, forks 10)'
  const recheckAnsible = ansible
    ? await race(
        [
          { ...ansible, name: tuned },
          { ...ansible, name: 'ansible-playbook as it comes (forks 5)', ...asItComes(ansible) },
        ],
        1,
      )
    : []
  if (ansible) process.stdout.write(`${table('ansible-core, re-check', recheckAnsible, tuned)}\n`)
  const startUp = await race(
    [
      { name: 'node -e 0', command: process.execPath, args: ['-e', '0'] },
      { name: 'sallyport --version', command: process.execPath, args: [main, '--version'] },
      { name: 'sallyport lint', command: process.execPath, args: [main, 'lint', 'playbooks/netfilter.yml'] },
    ],
    rounds,
  )
  process.stdout.write(`${table('Start-up', startUp, 'node -e 0')}\n`)
  return { load, converge, recheck, roundTrips, recheckAnsible, startUp }
}

/** `address=key` of each host, as known_hosts has it. */
async function knownKeys({ hosts, knownHostsPath }: Lab): Promise<readonly string[]> {
  const lines = (await readFile(knownHostsPath, 'utf8')).split('\n').map((line) => line.split(' '))
  return hosts.map(({ address }) => {
    // ssh2 asks for this type first.
    const key = lines.find(([names, type]) => names?.split(',').includes(address) && type === 'ssh-ed25519')?.[2]
    if (key === undefined) throw new Error(`there is no ed25519 key of ${address} in known_hosts`)
    return `${address}=${key}`
  })
}

/** Counted by cause on the way to the first host, see the proxy. */
async function roundTripsOf(lab: Lab, vars: string): Promise<number> {
  const [host] = lab.hosts
  if (!host) throw new Error('there is no host')
  const proxy = await startDelayProxy({ port: 22, host: host.address, oneWayMs: 250 })
  try {
    const inventory = join(dir, 'far.yml')
    const options = `-o HostKeyAlias=${host.address} -o UserKnownHostsFile=${lab.knownHostsPath}`
    const far = {
      ansible_host: '127.0.0.1',
      ansible_port: proxy.port,
      ansible_user: 'root',
      ansible_timeout: 60,
      ansible_ssh_private_key_file: lab.privateKeyPath,
      ansible_ssh_common_args: options,
    }
    await writeFile(inventory, JSON.stringify({ all: { hosts: { far } } }))
    const args = [join(root, 'dist/main.js'), 'check', 'playbooks/netfilter.yml', '-i', inventory, '-e', `@${vars}`]
    // A warm-up would count as well: the deepest of all connections is what is told.
    await race([{ name: 'far', command: process.execPath, args }], 0)
    return proxy.roundTrips()
  } finally {
    await proxy.stop()
  }
}

/** Neither pipelining nor more forks than are set. */
function asItComes({ args, env }: Contestant): Pick<Contestant, 'args' | 'env'> {
  const at = args.indexOf('-f')
  return { args: [...args.slice(0, at), ...args.slice(at + 2)], env: { ...env, ANSIBLE_PIPELINING: '0' } }
}

/** Takes away what a run of either tool made, so that the next one has everything to do again. */
async function reset(): Promise<void> {
  const script = `
systemctl disable --now sallyport-netfilter.service 2>/dev/null
rm -rf /etc/sallyport /etc/systemd/system/sallyport-netfilter.service /run/sallyport
rm -f /etc/rsyslog.d/11-netfilter.conf /etc/rsyslog.d/SEKOIA-IO-intake.pem
for t in iptables ip6tables; do $t -P INPUT ACCEPT; $t -F; $t -X; done
systemctl daemon-reload; systemctl restart rsyslog; true`
  await Promise.all(lab.hosts.map((host) => host.exec(script)))
}

async function ansibleContestant(inventory: string, caFile: string): Promise<Contestant | undefined> {
  if (spawnSync('ansible-playbook', ['--version']).status !== 0) {
    process.stdout.write('ansible-core is not installed: left out\n\n')
    return undefined
  }
  const playbook = join(dir, 'ansible.yml')
  await writeFile(playbook, ansiblePlaybook(caFile))
  return {
    name: 'ansible-playbook',
    command: 'ansible-playbook',
    args: ['-i', inventory, '-f', '10', playbook],
    env: { ANSIBLE_PIPELINING: '1', ANSIBLE_HOME: join(dir, 'ansible'), ANSIBLE_LOCALHOST_WARNING: '0' },
  }
}
