import { expect } from 'chai'
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { attempt } from '../lab/command.ts'
import type { Lab, LabHost } from '../lab/lab.ts'
import { labOrSkip } from '../lab/mocha.ts'
import { inventoryYaml } from '../lab/inventory.ts'
import { type CliResult, sallyport } from '../support/cli.ts'
import { playbook } from './fleet.ts'
import { formsOf, found } from './secrecy/forms.ts'
import { type FileWatch, watchFiles } from './secrecy/file-watch.ts'
import { watchProcesses } from './secrecy/process-watch.ts'
import { onTerminal } from './secrecy/terminal.ts'
import { isTurnOf } from './forwarding-turn.ts'

const becomePassword = `Sesame "opens'\\ 42 üç`
const vaultPassword = `Vault "of'\\ 43 äß`
const config = '/etc/rsyslog.d/11-netfilter.conf'

const remove = fileURLToPath(new URL('../../playbooks/remove.yml', import.meta.url))

/** A way in which the intake key is handed over, under a key of its own: what it adds to a command. */
interface Way {
  readonly key: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly answers?: readonly (readonly [RegExp, string])[]
}

/** The intake key, the password of sudo and that of the vault are nowhere but in the one file that needs the key. */
if (isTurnOf('secrecy'))
  describe('secrets of a run', function () {
    this.timeout(900_000)
    let lab: Lab
    /** The controller's home, its temporary files, where it is run, and what it is given, which is not searched. */
    let dirs: Readonly<Record<'home' | 'tmp' | 'work' | 'given', string>>
    let ways: Readonly<Record<'file' | 'vault' | 'environment' | 'prompt', Way>>
    let secrets: Record<string, string>
    let inventory: string
    const outputs: { readonly of: string; readonly text: string }[] = []
    let commandLines: readonly string[] = []
    /** Files seen during the runs: of the hosts, those that hold a secret and are not for their owner alone; here, any. */
    let seenFiles: Readonly<Record<string, readonly string[]>> = {}

    before(async function () {
      lab = await labOrSkip.call(this, [
        { name: 'alpha', suite: 'bullseye' },
        { name: 'beta', suite: 'bookworm' },
        { name: 'gamma', suite: 'trixie' },
      ])
      const root = await mkdtemp(join(tmpdir(), 'sallyport-secrecy-'))
      dirs = { home: join(root, 'home'), tmp: join(root, 'tmp'), work: join(root, 'work'), given: join(root, 'given') }
      for (const dir of Object.values(dirs)) await mkdir(dir)
      const intake = await lab.intake()
      const given = async (name: string, text: string) => {
        await writeFile(join(dirs.given, name), text, { mode: 0o600 })
        return join(dirs.given, name)
      }
      const ca = await given('ca.pem', intake.caPem)
      inventory = await given(
        'hosts.yml',
        inventoryYaml(lab, { become: true }).replace(/^ +ansible_become_password.*\n/m, `    intake_ca: ${ca}\n`),
      )
      // That of root, for su.
      const passwords = `${lab.sudoUser.name}:${becomePassword}\nroot:${becomePassword}\n`
      for (const host of lab.hosts) await host.exec('chpasswd', { input: passwords })
      const vault = await given('vault-password', `${vaultPassword}\n`)
      const become = await given('become-password', `${becomePassword}\n`)
      const sealed = await given('sealed.yml', 'intake_key: Vaulted-key_1\n')
      const encrypted = await sallyport(['vault', 'encrypt', sealed, '--vault-password-file', vault])
      expect(encrypted.code, encrypted.stderr).to.equal(0)
      const sudo = ['--become-password-file', become]
      ways = {
        file: {
          key: 'Filed-key_2',
          args: ['-e', `@${await given('plain.yml', 'intake_key: Filed-key_2\n')}`, ...sudo],
        },
        vault: { key: 'Vaulted-key_1', args: ['-e', `@${sealed}`, '--vault-password-file', vault, ...sudo] },
        environment: { key: 'Exported-key_3', args: sudo, env: { SEKOIA_INTAKE_KEY: 'Exported-key_3' } },
        prompt: {
          key: 'Typed-key_4',
          args: ['-J', '-K', '-e', `@${await given('other.yml', 'unrelated: 1\n')}`],
          answers: [
            [/vault password.*: $/i, vaultPassword],
            [/(become|sudo).*: $/i, becomePassword],
            [/intake_key.*: $/i, 'Typed-key_4'],
          ],
        },
      }
      secrets = { 'become password': becomePassword, 'vault password': vaultPassword }
      for (const [name, { key }] of Object.entries(ways)) secrets[`key by ${name}`] = key
    })
    after(async () => {
      if (dirs) await rm(join(dirs.home, '..'), { recursive: true })
      await lab?.down()
    })

    async function run(
      way: Way,
      command: string,
      args: readonly string[],
      terminal = false,
      path = playbook,
    ): Promise<CliResult> {
      const env = { HOME: dirs.home, TMPDIR: dirs.tmp, ...way.env }
      // A check shows what changes in files as it is.
      const diff = command === 'apply' ? ['--diff'] : []
      const all = [command, path, '-i', inventory, ...way.args, ...diff, ...args]
      const result =
        terminal || way.answers
          ? await onTerminal(all, env, way.answers)
          : await sallyport(all, { env, cwd: dirs.work })
      outputs.push({ of: [command, ...args].join(' '), text: result.stdout + result.stderr })
      return result
    }

    const kinds = ['pretty', 'plain', 'jsonl'] as const
    const verbose = (kind: string) => ['-vvv', '--output', kind, '--junit', join(dirs.work, `${kind}.xml`)]

    it('are handed over in every way, in every mode, with every output', async () => {
      const watch = watchProcesses()
      const watched = await watchAllFiles()
      for (const [name, way] of Object.entries(ways)) {
        const announced = await run(way, 'check', verbose('pretty'), true)
        expect(announced.code, name + announced.stdout).to.equal(3)
        const applied = await run(way, 'apply', verbose('jsonl'))
        expect(applied.code, name + applied.stdout + applied.stderr).to.equal(0)
        const checked = await run(way, 'check', verbose('plain'))
        expect(checked.code, name + checked.stdout + checked.stderr).to.equal(0)
      }
      const { file } = ways
      for (const kind of kinds) {
        const back = await run(ways.vault, 'apply', verbose(kind), kind === 'pretty')
        expect(back.code, back.stdout + back.stderr).to.equal(0)
        const applied = await run(file, 'apply', [...verbose(kind), '--profile'], kind === 'pretty')
        expect(applied.code, applied.stdout + applied.stderr).to.equal(0)
        expect((await run(file, 'verify', verbose(kind), kind === 'pretty')).code).to.equal(0)
        // It fails at the configuration that holds the key.
        const failed = await run(ways.vault, 'apply', [...verbose(kind), '-e', 'forward_config=/proc/nowhere/x.conf'])
        expect(failed.code, failed.stdout + failed.stderr).to.equal(2)
      }
      // Whoever takes the forward away need not know the key that its file holds.
      const keyless = { ...ways.environment, env: {} }
      for (const kind of kinds)
        expect((await run(keyless, 'check', verbose(kind), kind === 'pretty', remove)).code, kind).to.equal(3)
      const removed = await run(keyless, 'apply', verbose('plain'), false, remove)
      expect(removed.code, removed.stdout + removed.stderr).to.equal(0)
      for (const how of ['ansible_connection=openssh', 'ansible_become_method=su'])
        for (const way of [ways.vault, file]) {
          const applied = await run(way, 'apply', [...verbose('jsonl'), '-e', how])
          expect(applied.code, how + applied.stdout + applied.stderr).to.equal(0)
        }
      commandLines = await watch.stop()
      seenFiles = await stopAll(watched)
    })

    const watchHost = (host: LabHost) =>
      watchFiles({
        run: (script, options) => host.exec(script, options),
        dirs: hostDirs,
        perm: '/077',
        secrets: Object.values(secrets),
      })

    async function watchAllFiles(): Promise<Readonly<Record<string, FileWatch>>> {
      const here = await watchFiles({
        run: (script, options) => attempt('sh', ['-c', script], options),
        dirs: [dirs.home, dirs.tmp, dirs.work],
        perm: '/777',
        secrets: Object.values(secrets),
      })
      const there = await Promise.all(lab.hosts.map(async (host) => [host.name, await watchHost(host)] as const))
      return { here, ...Object.fromEntries(there) }
    }

    async function stopAll(watched: Readonly<Record<string, FileWatch>>) {
      const ends = Object.entries(watched).map(async ([where, watch]) => [where, await watch.stop()] as const)
      return Object.fromEntries(await Promise.all(ends))
    }

    it('were in no file here meanwhile, and on the hosts in none that others could read', async () => {
      expect(seenFiles).to.deep.equal({ here: [], alpha: [], beta: [], gamma: [] })
      // Such a watch would have seen it.
      const host = lab.host('gamma')
      const watch = await watchHost(host)
      const brief = `(umask 077; cat >/etc/private); cp /etc/private /etc/brief; chmod 640 /etc/brief; sleep 0.3; rm /etc/private /etc/brief`
      await host.exec(brief, { input: `intake_key=${ways.file.key}\n` })
      expect(await watch.stop()).to.deep.equal(['/etc/brief'])
    })

    it('are in no output', () => {
      expect(outputs.length).to.equal(32)
      for (const { of, text } of outputs) expect(found(text, secrets), of).to.deep.equal([])
      // Where the key is, there is a mask.
      expect(outputs.some(({ text }) => text.includes('intake_key=') && text.includes('***'))).to.equal(true)
    })

    it('are in no command line, on the hosts and here', async () => {
      expect(commandLines.filter((line) => line.includes('sshd')).length).to.be.greaterThan(0)
      for (const line of commandLines) expect(found(line, secrets), line).to.deep.equal([])
      // Such a watch would have seen them.
      const watch = watchProcesses()
      const host = lab.host('gamma')
      await host.exec(`for i in 1 2 3 4 5; do sh -c 'sleep 0.1; : "$0"' ${ways.file.key}; done`)
      const seen = await watch.stop()
      expect(seen.flatMap((line) => found(line, secrets))).to.include('key by file')
    })

    it('are in no file here but those that were handed over', async () => {
      for (const dir of [dirs.home, dirs.tmp, dirs.work])
        for (const path of await filesBelow(dir))
          expect(found(await readFile(path, 'utf8'), secrets), path).to.deep.equal([])
      expect(await readdir(dirs.tmp)).to.deep.equal([])
      // That of the shell was among them.
      expect(await readFile(join(dirs.home, '.bash_history'), 'utf8')).to.match(/'check' .*'-J' '-K'/)
    })

    it('are in no file of the hosts but the key in its configuration, for root alone', async () => {
      for (const host of lab.hosts) {
        const holding: string[] = []
        for (const path of await filesBelow(host.upper))
          if (holdsAny(await readFile(path), secrets)) holding.push(path.slice(host.upper.length))
        expect(holding, host.name).to.deep.equal([config])
        const { mode, uid } = await stat(join(host.upper, config))
        expect([mode & 0o7777, uid]).to.deep.equal([0o600, 0])
        expect(await inMemory(host), host.name).to.equal('')
      }
      // Such a look would have found it.
      const host = lab.host('gamma')
      await host.exec('umask 077; cat >/run/control', { input: ways.file.key })
      expect(await inMemory(host)).to.not.equal('')
      await host.exec('rm /run/control')
    })

    it('leave nothing behind that others could write', async () => {
      for (const host of lab.hosts) {
        const open = `find ${hostDirs.join(' ')} /usr /var -xdev \\( -type f -o -type d ! -perm -1000 \\) -perm -002 -newercm /etc/machine-id`
        // One that is not ours, to see that it looks.
        const { stdout } = await host.exec(`touch /etc/open; chmod 666 /etc/open; ${open}; rm /etc/open`)
        expect(stdout, host.name).to.equal('/etc/open\n')
      }
    })

    it('leave nothing behind that was to become a file', async () => {
      for (const host of lab.hosts) {
        const { stdout } = await host.exec(
          `touch /etc/.control.sallyport; find ${hostDirs.join(' ')} /usr /var -xdev -name '.*.sallyport*'; rm /etc/.control.sallyport`,
        )
        expect(stdout, host.name).to.equal('/etc/.control.sallyport\n')
      }
    })

    /** What the journal holds, and file systems that live in memory. */
    async function inMemory(host: LabHost): Promise<string> {
      const patterns = Object.values(secrets).flatMap(formsOf).join('\n')
      const script = `cat >/dev/shm/.patterns; { journalctl -o export --no-pager; find /run /dev/shm -xdev -type f ! -name .patterns -exec cat {} +; } 2>/dev/null | grep -a -F -f /dev/shm/.patterns; rm /dev/shm/.patterns; true`
      return (await host.exec(script, { input: `${patterns}\n` })).stdout
    }
  })

/** Where programs leave files on a host, for good or for a moment. */
const hostDirs = ['/etc', '/run', '/tmp', '/var/tmp', '/var/lib', '/var/spool', '/root', '/home', '/dev/shm']

const holdsAny = (bytes: Buffer, secrets: Readonly<Record<string, string>>): boolean =>
  Object.values(secrets).some((secret) => formsOf(secret).some((form) => bytes.includes(form)))

async function filesBelow(dir: string): Promise<readonly string[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true })
  return entries.filter((entry) => entry.isFile()).map(({ parentPath, name }) => join(parentPath, name))
}
