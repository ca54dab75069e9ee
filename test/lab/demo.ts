import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createConnection } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { LabUnavailable, up, type Lab } from './lab.ts'
import { inventoryYaml } from './inventory.ts'

/**
 * `npm run demo`: rolls the recipe out to three throw-away hosts, lets their firewalls drop packets, and shows the
 * events that arrive. Everything is real and everything is gone afterwards.
 */
const root = fileURLToPath(new URL('../..', import.meta.url))
const say = (line: string) => process.stdout.write(`${line}\n`)

async function demo(lab: Lab, dir: string): Promise<void> {
  const intake = await lab.intake()
  const files = await lab.serve({ '/SEKOIA-IO-intake.pem': intake.caPem })
  const inventory = join(dir, 'hosts.yml')
  const secrets = join(dir, 'secrets.yml')
  await writeFile(inventory, inventoryYaml(lab))
  await writeFile(secrets, 'intake_key: demo-intake-key\n', { mode: 0o600 })
  const args = [
    'playbooks/netfilter.yml',
    '-i',
    inventory,
    '-e',
    `@${secrets}`,
    '-e',
    `intake_ca_url=${files.url}/SEKOIA-IO-intake.pem`,
  ]

  say('\nRoll it out:\n\n$ sallyport apply playbooks/netfilter.yml -i hosts.yml -e @secrets.yml\n')
  await sallyport(['apply', ...args], 0)

  say('\nKnock at a closed port of each host, and see what arrives at the intake:\n')
  for (const host of lab.hosts) {
    const arrived = intake.waitFor((frame) => frame.hostname === host.name, 20_000)
    const socket = createConnection({ host: host.address, port: 4711, timeout: 2000 })
    socket.on('error', () => undefined).on('timeout', () => socket.destroy())
    say(`  ${(await arrived).text.trim()}\n`)
    socket.destroy()
  }

  say(
    'Check again: nothing to do, and nothing was written.\n\n$ sallyport check playbooks/netfilter.yml -i hosts.yml -e @secrets.yml\n',
  )
  await sallyport(['check', ...args], 0)
}

/** The built command line, as `npx sallyport` would run it. */
function sallyport(args: readonly string[], expected: number): Promise<void> {
  const main = join(root, 'dist/main.js')
  if (!existsSync(main)) throw new Error('dist/main.js is missing: run `npm ci` (or `npm run build`) first')
  const child = spawn(process.execPath, [main, ...args], { cwd: root, stdio: 'inherit' })
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) =>
      code === expected
        ? resolve()
        : reject(new Error(`sallyport ${args[0] ?? ''} ended with exit code ${code ?? 'none'}`)),
    )
  })
}

const dir = await mkdtemp(join(tmpdir(), 'sallyport-demo-'))
try {
  say('Booting three throw-away hosts: Debian 11, 12 and 13. The first time this builds their disks.')
  const lab = await up([
    { name: 'web1', suite: 'bullseye' },
    { name: 'web2', suite: 'bookworm' },
    { name: 'web3', suite: 'trixie' },
  ])
  try {
    await demo(lab, dir)
    say('\nThe hosts are taken down; nothing of them is left.')
  } finally {
    await lab.down()
  }
} catch (error) {
  if (!(error instanceof LabUnavailable)) throw error
  process.stderr.write(`The demo needs root on a Debian machine: ${error.reason}\n`)
  process.exitCode = 1
} finally {
  await rm(dir, { recursive: true, force: true })
}
