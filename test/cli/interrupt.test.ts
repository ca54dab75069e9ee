import { expect } from 'chai'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { spawn } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { program } from '../support/program.ts'
import type { RunEvent } from '../../src/report/events.ts'

interface Interrupted {
  readonly code: number | null
  readonly events: readonly RunEvent[]
  readonly stderr: string
  /** Since the first signal. */
}

describe('an interrupted run', function () {
  this.timeout(90_000)
  let dir: string

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'sallyport-interrupt-'))
  })
  after(() => rm(dir, { recursive: true, force: true }))

  /** Applies the tasks to this machine and sends the signals as soon as the first has begun. */
  async function interrupted(tasks: string, signals: readonly NodeJS.Signals[], hosts = 'h1,'): Promise<Interrupted> {
    const playbook = join(dir, 'play.yml')
    await writeFile(playbook, `- hosts: all\n  gather_facts: false\n  tasks:\n${tasks.replace(/^/gm, '    ')}\n`)
    const args = ['apply', playbook, '-i', hosts, '-c', 'local', '--output', 'jsonl']
    const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    let stdout = ''
    let stderr = ''
    const signal = async (): Promise<void> => {
      for (const name of signals) {
        child.kill(name)
        await new Promise((resolve) => setTimeout(resolve, 200))
      }
    }
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      const before = stdout.includes('"task-start"')
      stdout += text
      // The task's command runs a moment after it is announced.
      if (!before && stdout.includes('"task-start"')) setTimeout(() => void signal(), 300)
    })
    const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
    const events = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as RunEvent)
    return { code, events, stderr }
  }

  const outcomes = ({ events }: Interrupted) =>
    events.flatMap((event) => (event.event === 'task' ? [`${event.task.name} ${event.outcome}`] : []))
  const recapOf = ({ events }: Interrupted) => events.at(-1)
  const states = ({ events }: Interrupted) =>
    events.flatMap((event) => (event.event === 'host-end' ? [event.state] : []))

  const slow = `- { name: slow, command: sleep 2 }\n- { name: next, command: 'true' }`
  const slower = `- { name: slow, command: sleep 20 }\n- { name: next, command: 'true' }`

  it('finishes what runs after the first Ctrl-C, starts nothing new, and says so', async () => {
    const run = await interrupted(slow, ['SIGINT'])
    expect(run.code).to.equal(130)
    expect(outcomes(run)).to.deep.equal(['slow changed'])
    expect(states(run)).to.deep.equal(['cancelled'])
    expect(recapOf(run)).to.include({ event: 'recap', exit_code: 130, cancelled: true })
    expect(run.stderr).to.contain('once more to stop now')
  })

  it('ends at once after the second, with a recap', async () => {
    const run = await interrupted(slower, ['SIGINT', 'SIGINT'], 'h1,h2,')
    expect(run.code).to.equal(130)
    expect(outcomes(run)).to.deep.equal([])
    expect(states(run)).to.deep.equal(['cancelled', 'cancelled'])
    expect(recapOf(run)).to.include({ event: 'recap', cancelled: true })
  })

  it('ends on a TERM as on Ctrl-C, with a code of its own', async () => {
    const run = await interrupted(slow, ['SIGTERM'])
    expect(run.code).to.equal(143)
    expect(outcomes(run)).to.deep.equal(['slow changed'])
    expect(recapOf(run)).to.include({ event: 'recap', exit_code: 143, cancelled: true })
  })

  it('does not sit out the wait between two attempts', async () => {
    const run = await interrupted(`- { name: again, command: 'false', retries: 5, delay: 600 }`, ['SIGINT'])
    expect(run.code).to.equal(130)
    expect(outcomes(run)).to.deep.equal(['again failed'])
  })

  it('does not sit out a wait on the controller either, when told to stop now', async () => {
    const run = await interrupted(`- { name: wait, wait_for: { timeout: 600 } }`, ['SIGINT', 'SIGINT'])
    expect(run.code).to.equal(130)
  })
})
