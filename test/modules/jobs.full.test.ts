import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import type { StepResult } from '../../src/modules/define.ts'
import { forgetJob, forgotten, jobState, lookAtJob, startJob, type JobState } from '../../src/modules/jobs/job.ts'
import { sh, type Script } from '../../src/shell/script.ts'
import { shells } from '../support/modules.ts'

const about = { module: 'raw', wish: { cmd: 'it\'s "so"\n$HOME' } }
const id = 'j12.34'

for (const [name, [program = 'sh', ...args]] of Object.entries(shells)) {
  describe(`a job in the background, where sh is ${name}`, () => {
    let home = ''
    let path = ''
    beforeEach(() => {
      home = mkdtempSync(join(tmpdir(), 'sallyport-job-'))
      path = join(home, 'bin')
      mkdirSync(path)
      symlinkSync(execFileSync('which', [program]).toString().trim(), join(path, 'sh'))
    })
    afterEach(() => rmSync(home, { recursive: true, force: true }))

    /** As a session runs it: in a process group of its own, which ends with the session. */
    async function run(script: Script): Promise<StepResult> {
      const child = spawn(program, [...args, '-c', `(\n${script.text}\n) </dev/null`], {
        env: { PATH: `${path}:${process.env['PATH'] ?? ''}`, HOME: home, LC_ALL: 'C' },
        detached: true,
      })
      const [out, err]: [Buffer[], Buffer[]] = [[], []]
      child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
      child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
      const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
      try {
        process.kill(-(child.pid ?? 0), 'SIGTERM')
      } catch {
        // Nothing of the group is left.
      }
      return { code: code ?? 255, stdout: Buffer.concat(out), stderr: Buffer.concat(err), timedOut: false, ms: 0 }
    }
    const start = async (script: Script, limit = 60) => {
      const { code, stdout, stderr } = await run(startJob(id, { script, limit }, about))
      expect([code, stderr.toString()]).to.deep.equal([0, ''])
      return stdout.toString().trim()
    }
    const look = async () => jobState(await run(lookAtJob(id))).state
    const end = async (): Promise<JobState> => {
      for (;;) {
        const state = await look()
        if (state.kind !== 'running') return state
        await sleep(50)
      }
    }

    it('goes on after its session, tells what it printed, and leaves nothing once it is forgotten', async () => {
      const script = sh`echo started; umask; while [ ! -e ${join(home, 'go')} ]; do sleep 0.1; done; printf '\\377\\n\\n'; echo oops >&2; exit 7`
      const folder = await start(script)
      expect(folder).to.equal(join(home, '.sallyport_async', id))
      expect([statSync(folder).mode & 0o777, statSync(join(folder, 'about')).mode & 0o777]).to.deep.equal([
        0o700, 0o600,
      ])
      expect((await look()).kind).to.equal('running')
      writeFileSync(join(home, 'go'), '')
      const state = await end()
      expect(state.kind).to.equal('over')
      if (state.kind !== 'over') return
      expect(state.about).to.deep.equal(about)
      expect([state.step.code, state.step.timedOut]).to.deep.equal([7, false])
      expect(state.step.stdout).to.deep.equal(Buffer.from('started\n0022\n\xff\n\n', 'latin1'))
      expect(state.step.stderr.toString()).to.equal('oops\n')
      expect(forgotten(await run(forgetJob(id)))).to.equal(folder)
      expect(readdirSync(home).sort()).to.deep.equal(['bin', 'go'])
      expect((await look()).kind).to.equal('missing')
      expect(forgotten(await run(forgetJob(id)))).to.equal(undefined)
    })

    it('is ended on the host with all that it started when its time is over', async () => {
      const marker = `29.${String(Math.random()).slice(2)}`
      await start(sh`(sleep ${marker} & wait) & sleep ${marker}`, 1)
      const state = await end()
      expect(state.kind === 'over' && state.step.timedOut).to.equal(true)
      const left = execFileSync('ps', ['-eo', 'args']).toString().split('\n')
      expect(left.filter((line) => line.includes(marker))).to.deep.equal([])
    })

    it('is known to be gone when it was killed', async () => {
      const folder = await start(sh`sleep 30`)
      const pid = execFileSync('cut', ['-d', ' ', '-f', '1', join(folder, 'pid')])
        .toString()
        .trim()
      execFileSync('kill', ['-KILL', '--', `-${pid}`])
      expect((await end()).kind).to.equal('gone')
    })
  })
}

it('the scripts of a job please shellcheck', () => {
  const check = (text: string) =>
    // SC2016: a dollar sign in a value is meant to stay one.
    execFileSync('shellcheck', ['-s', 'sh', '-e', 'SC2016', '-'], {
      input: text,
      stdio: ['pipe', 'inherit', 'inherit'],
    })
  const all = [startJob(id, { script: sh`true`, limit: 5 }, about), lookAtJob(id), forgetJob(id)]
  for (const script of all) check(script.text)
})
