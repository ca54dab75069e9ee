import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { inventoryYaml } from '../lab/inventory.ts'
import { up, type Lab } from '../lab/lab.ts'
import { ansiblePlaybook } from './ansible.ts'
import { race, table, type Contestant, type Timing } from './measure.ts'

/**
 * `npm run bench [-- ROUNDS]`: the shipped playbook on ten real hosts beside OpenSSH's floor and, where it is
 * installed, ansible-core. Prints Markdown and writes bench.json. Run it on an idle machine.
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

async function bench(lab: Lab): Promise<Readonly<Record<string, readonly Timing[]>>> {
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
  const ansible = await ansibleContestant(inventory, caFile)

  process.stdout.write(`## ${lab.hosts.length} hosts, ${rounds} runs each, in turn\n\n`)
  const converge = await race(
    [
      { name: 'sallyport apply', ...sallyport('apply'), reset },
      ...(ansible ? [{ ...ansible, name: 'ansible-playbook (pipelining, forks 10)', reset }] : []),
    ],
    ansible ? Math.min(rounds, 3) : rounds,
  )
  process.stdout.write(`${table('First converge, packages installed', converge, 'sallyport apply')}\n`)
  await race([{ name: 'settle', ...sallyport('apply') }], 0)
  const recheck = await race([floor, { name: 'sallyport check', ...sallyport('check') }], rounds)
  process.stdout.write(`${table('Re-check of a converged fleet', recheck, floor.name)}\n`)
  const recheckAnsible = ansible ? await race([{ ...ansible, name: 'ansible-playbook --check' }], 1) : []
  if (ansible) process.stdout.write(`${table('ansible-core, re-check', recheckAnsible, 'ansible-playbook --check')}\n`)
  const startUp = await race(
    [
      { name: 'node -e 0', command: process.execPath, args: ['-e', '0'] },
      { name: 'sallyport --version', command: process.execPath, args: [main, '--version'] },
      { name: 'sallyport lint', command: process.execPath, args: [main, 'lint', 'playbooks/netfilter.yml'] },
    ],
    rounds,
  )
  process.stdout.write(`${table('Start-up', startUp, 'node -e 0')}\n`)
  return { converge, recheck, recheckAnsible, startUp }
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
