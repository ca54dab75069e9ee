import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { makeKeys, publicKey, startSshd } from '../transport/sshd.ts'
import { median } from './measure.ts'

/**
 * `npm run bench:fleet [-- 200,1000,5000 [ROUNDS]]`: what a check of so many addresses costs this machine, beside
 * OpenSSH's own client. One sshd listens on all of 127.0.0.0/8, so the wall time holds the hosts' work as well: what is
 * measured is the controller. Prints Markdown and writes bench-fleet.json.
 */
const sizes = (process.argv[2] ?? '200,1000').split(',').map(Number)
const rounds = Number(process.argv[3] ?? 3)
const root = fileURLToPath(new URL('../..', import.meta.url))
const monitor = new URL('./monitor.mjs', import.meta.url).href
const forks = 200
/** The hosts' sshds are on this machine too: the controller goes before them, so that a stall is its own. */
const ahead = spawnSync('chrt', ['-f', '1', 'true']).status === 0 ? ['chrt', '-f', '1'] : []

interface Cost {
  readonly wallMs: number
  readonly cpuMs: number
  readonly maxRssMb: number
  /** The longest time in which nothing else could be attended to. */
  readonly stallMs: number
}

const keys = makeKeys()
const file = (name: string): string => join(keys.dir, name)
const hostKey = keys.make('host')
const userKey = keys.make('user')
const config = ['MaxStartups 1000', 'LoginGraceTime 600', `SetEnv HOME=${keys.dir}`]
const sshd = await startSshd({
  ...{ keys, hostKeys: [hostKey], authorized: [publicKey(userKey)], config },
  listen: '0.0.0.0',
})
try {
  const [type, key] = publicKey(hostKey).split(' ')
  await writeFile(file('known_hosts'), `[127.*]:${sshd.port} ${type} ${key}\n`)
  await writeFile(file('site.yml'), '- hosts: all\n  gather_facts: false\n  strategy: free\n  tasks:\n    - ping:\n')
  const results = []
  for (const size of sizes) {
    const addresses = Array.from({ length: size }, (_, index) => `127.1.${index >> 8}.${index & 255}`)
    await writeFile(file('hosts.ini'), addresses.map((address) => `${address}\n`).join(''))
    const runs: Cost[] = []
    const openssh: number[] = []
    for (let round = 0; round <= rounds; round++) {
      const floor = await timed('sh', ['-c', sshLine(addresses)])
      const cost = await sallyport(size)
      // The first is there to warm up.
      if (round > 0) {
        runs.push(cost)
        openssh.push(floor)
      }
    }
    results.push({ size, runs, openssh, load: loadavg()[0] })
  }
  process.stdout.write(table(results))
  await writeFile(join(root, 'bench-fleet.json'), `${JSON.stringify(results, undefined, 2)}\n`)
} finally {
  await sshd.stop()
  keys.clean()
}

function sshLine(addresses: readonly string[]): string {
  const options = `-F none -o BatchMode=yes -o UserKnownHostsFile=${file('known_hosts')} -i ${userKey} -p ${sshd.port}`
  return `printf '%s\\n' ${addresses.join(' ')} | xargs -P${forks} -I{} ssh ${options} root@{} true`
}

async function sallyport(size: number): Promise<Cost> {
  const options = `-o UserKnownHostsFile=${file('known_hosts')} -o Port=${sshd.port} -o User=root`
  const args = [
    'check',
    file('site.yml'),
    '-i',
    file('hosts.ini'),
    '--private-key',
    userKey,
    '--ssh-common-args',
    options,
  ]
  const node = [process.execPath, '--import', monitor, join(root, 'dist/main.js')]
  const [command = '', ...rest] = [...ahead, ...node, ...args, '-f', String(forks), '-T', '240', '--output', 'plain']
  const wallMs = await timed(command, rest, size)
  return { wallMs, ...(JSON.parse(readFileSync(file('cost.json'), 'utf8')) as Omit<Cost, 'wallMs'>) }
}

/** Milliseconds that a command takes; of Sallyport's own every host must be in sync. */
function timed(command: string, args: readonly string[], hosts?: number): Promise<number> {
  const started = performance.now()
  const env = { ...process.env, HOME: keys.dir, SSH_AUTH_SOCK: '', SALLYPORT_MONITOR: file('cost.json') }
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'], env })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      const fine = code === 0 && (hosts === undefined || output.includes(`: ${hosts} in sync`))
      if (fine) resolve(performance.now() - started)
      else reject(new Error(`${command} ended with exit code ${code ?? 'none'}:\n${output.slice(-4000)}`))
    })
  })
}

function table(results: readonly { size: number; runs: readonly Cost[]; openssh: readonly number[] }[]): string {
  const rows = results.map(({ size, runs, openssh }) => {
    const of = (pick: (cost: Cost) => number): number => median(runs.map(pick))
    const cells = [
      String(size),
      (of(({ wallMs }) => wallMs) / 1000).toFixed(1),
      (median(openssh) / 1000).toFixed(1),
      (of(({ cpuMs }) => cpuMs) / size).toFixed(1),
      of(({ maxRssMb }) => maxRssMb).toFixed(0),
      of(({ stallMs }) => stallMs).toFixed(0),
    ]
    return `| ${cells.join(' | ')} |`
  })
  return [
    `### One task on many addresses, forks ${forks}, median of ${rounds}`,
    '',
    `| hosts | wall s | xargs -P${forks} ssh true, wall s | controller's CPU, ms a host | memory, MB | longest stall, ms |`,
    '| --- | --- | --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n')
}
