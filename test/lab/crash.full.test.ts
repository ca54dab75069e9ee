import { expect } from 'chai'
import { spawn, type ChildProcess } from 'node:child_process'
import { basename, dirname, join } from 'node:path'
import { LabUnavailable, up, type HostSpec } from './lab.ts'
import { labOrSkip } from './mocha.ts'
import { ownerOf } from './run-state.ts'
import { tracesOf } from './traces.ts'

const SPECS: readonly HostSpec[] = [{ name: 'web1', suite: 'bookworm' }]

interface Child {
  readonly process: ChildProcess
  readonly exited: Promise<number | null>
  readonly dir: string
  readonly index: number
}

/** A lab in a process of its own, up and running. */
async function labProcess(): Promise<Child> {
  const main = join(import.meta.dirname, 'main.ts')
  const args = ['--import', 'tsx', main, 'up', '--hosts', '1', '--suite', 'bookworm']
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const exited = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)))
  let output = ''
  for await (const chunk of child.stdout) {
    output += String(chunk)
    if (output.includes('Ctrl-C')) break
  }
  const dir = dirname(/^\/.*inventory\.yml$/m.exec(output)?.[0] ?? '')
  return { process: child, exited, dir, index: Number(basename(dir)) }
}

describe('a lab whose process ends', () => {
  before(async function () {
    await (await labOrSkip.call(this, SPECS)).down()
  })

  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const) {
    it(`by ${signal} leaves nothing behind`, async () => {
      const child = await labProcess()
      child.process.kill(signal)
      expect(await child.exited).to.equal(code)
      expect(tracesOf(child.index, child.dir)).to.deep.equal([])
    })
  }

  it('by SIGKILL is cleared by the next one, while a living one is left alone', async () => {
    const [living, killed] = [await up(SPECS), await labProcess()]
    killed.process.kill('SIGKILL')
    await killed.exited
    expect(tracesOf(killed.index, killed.dir)).to.not.deep.equal([])
    const next = await up(SPECS)
    expect(ownerOf(killed.index)).to.not.equal(killed.process.pid)
    expect((await living.host('web1').exec('systemctl is-system-running')).stdout).to.equal('running\n')
    await next.down()
    expect(tracesOf(killed.index, killed.dir)).to.deep.equal([])
    await living.down()
  })

  it('in an unlucky boot leaves nothing behind', async () => {
    const twice: HostSpec[] = [...SPECS, ...SPECS]
    const error = await up(twice).catch((reason: unknown) => reason)
    expect(error).to.be.an('error').that.is.not.instanceOf(LabUnavailable)
    expect(String(error)).to.include("two hosts named 'web1'")
  })
})
