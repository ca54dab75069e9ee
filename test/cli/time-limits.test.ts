import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sallyport } from '../support/cli.ts'
import { type FakeServer, tcpServer } from '../transport/fake-servers.ts'

describe('a host that does not answer', function () {
  this.timeout(60_000)
  let dir: string
  let silent: FakeServer
  let closing: FakeServer
  let logins = 0
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sallyport-limits-'))
    silent = await tcpServer((socket) => void socket.resume())
    closing = await tcpServer((socket) => {
      logins++
      socket.end()
    })
    await writeFile(join(dir, 'site.yml'), '- hosts: all\n  gather_facts: false\n  tasks:\n    - ping:\n')
  })
  after(async () => {
    await Promise.all([silent.stop(), closing.stop()])
    await rm(dir, { recursive: true, force: true })
  })
  beforeEach(() => (logins = 0))

  const inventory = (hosts: string): Promise<void> => writeFile(join(dir, 'hosts.ini'), hosts)
  const at = (server: FakeServer): string => `ansible_host=127.0.0.1 ansible_port=${server.port}`
  const run = (args: readonly string[] = [], more: Parameters<typeof sallyport>[1] = {}) =>
    sallyport(['apply', 'site.yml', '-i', 'hosts.ini', ...args], { cwd: dir, ...more })

  it('is tried again as often as is set, says so with -v, and how often at the end', async () => {
    await inventory(`web1 ${at(closing)}\n`)
    const { code, stdout } = await run(['-v'], { env: { ANSIBLE_SSH_RETRIES: '1' } })
    expect(code).to.equal(4)
    expect(logins).to.equal(2)
    expect(stdout).to.match(/^web1 {2}notice +login 1 failed, again in 0\.\d s: .* before its SSH banner$/m)
    expect(stdout).to.match(/^web1 {2}unreachable {2}ping: .* before its SSH banner \(2 tries\)/m)
    await inventory(`web1 ${at(closing)} ansible_ssh_retries=0\n`)
    await run([], { env: { ANSIBLE_SSH_RETRIES: '5' } })
    expect(logins).to.equal(3)
  })

  it('does not outlast the time of the whole run, and stands in the retry file', async () => {
    await inventory(`hangs ${at(silent)}\n`)
    const { code, stdout, stderr } = await run(['--run-timeout', '2', '--timeout', '50'])
    expect(code).to.equal(2)
    expect(stderr).to.include("the run's 2 s are over (--run-timeout)")
    expect(stdout).to.match(/^RECAP {2}1 host interrupted after .*: 1 cancelled$/m)
    expect(readFileSync(join(dir, 'site.retry'), 'utf8')).to.equal('hangs\n')
  })

  it('does not hold up a run that is told to stop now', async () => {
    await inventory(`hangs ${at(silent)}\n`)
    const stopNow = (pid: number): void => {
      const signal = (): boolean => process.kill(pid, 'SIGINT')
      void silent.next().then(() => {
        signal()
        setTimeout(signal, 300)
      })
    }
    const { code, stdout, stderr } = await run(['--timeout', '50'], { onStart: stopNow })
    expect(code, stderr).to.equal(130)
    expect(stdout).to.match(/^RECAP {2}1 host interrupted after .*: 1 cancelled$/m)
  })

  it('gets the time for a task that is set for all, unless the task has its own', async () => {
    await inventory('here ansible_connection=local\n')
    const tasks = `- hosts: all\n  gather_facts: false\n  tasks:\n    - { name: own, command: sleep 2, timeout: 50 }\n    - { name: usual, command: sleep 50 }\n`
    await writeFile(join(dir, 'slow.yml'), tasks)
    const { code, stdout } = await sallyport(['apply', 'slow.yml', '-i', 'hosts.ini'], {
      cwd: dir,
      env: { ANSIBLE_TASK_TIMEOUT: '1' },
    })
    expect(code, stdout).to.equal(2)
    expect(stdout).to.match(/^here {2}changed {2}own/m)
    expect(stdout).to.match(/^here {2}timed out {2}usual: .* took too long/m)
  })
})
