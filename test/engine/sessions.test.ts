import { expect } from 'chai'
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { HostSessions } from '../../src/engine/sessions.ts'
import { sh } from '../../src/shell/script.ts'
import type { Target } from '../../src/transport/transport.ts'
import { pipeConnection } from '../support/pipe-connection.ts'
import { runPlaybook } from './playbook-run.ts'

const lock = process.getuid?.() === 0 ? '/run/sallyport.lock' : `${process.env['XDG_RUNTIME_DIR']}/sallyport.lock`
const holder = `sessions-test (process ${process.pid})`

function sessions(): HostSessions {
  const count = { connections: 0, channels: 0, exchanges: 0 }
  const quiet = () => undefined
  const transport = { connect: () => Promise.resolve(pipeConnection(['sh'])), close: quiet }
  return new HostSessions(transport, {} as Target, {
    ...{ holder, count, warning: quiet, notice: quiet, detail: quiet },
    waiting: () => quiet,
  })
}

describe('the run lock', function () {
  this.timeout(90_000)

  for (const [when, pause] of [
    ['at once', 0.1],
    ['late', 1],
  ] as const)
    it(`is shared within a run, also when who holds it says so ${when}`, async () => {
      // As another session of this run on this machine does it: the lock first, its name a moment later.
      const script = `exec 9<>"$0"; flock 9; echo 'an earlier run' >"$0"; echo held; sleep "$2"; echo "$1" >"$0"; read -r _`
      const other = spawn('sh', ['-c', script, lock, holder, String(pause)], { stdio: ['pipe', 'pipe', 'inherit'] })
      const ours = sessions()
      try {
        await new Promise((resolve) => other.stdout.once('data', resolve))
        const steps = [{ script: sh`echo changed`, mutates: true }]
        const results = await ours.change(undefined, steps, [])
        expect(results?.map(({ stdout }) => stdout.toString())).to.deep.equal(['changed\n'])
        expect(other.exitCode, 'the other one still holds it').to.equal(null)
      } finally {
        ours.close()
        other.stdin.end()
      }
    })

  it('is shared by no two runs, though both say that they are the same', async function () {
    this.timeout(240_000)
    const alone = join(await mkdtemp(join(tmpdir(), 'sallyport-lock-')), 'alone')
    const task = `shell: mkdir ${alone} && sleep 1 && rmdir ${alone}`
    const run = () => runPlaybook(`- hosts: all\n  gather_facts: false\n  tasks:\n    - ${task}\n`, { holder })
    const runs = await Promise.all([run(), run()])
    expect(runs.map(({ lines }) => lines)).to.deep.equal([['h1 shell changed'], ['h1 shell changed']])
    await rm(dirname(alone), { recursive: true })
  })
})
