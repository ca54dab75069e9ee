import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { chooseOutput, createReporter, wantsColor, type Output } from '../../src/report/create.ts'
import { isUnicode } from '../../src/report/theme.ts'
import { tee } from '../../src/report/tee.ts'
import type { Reporter, RunEvent } from '../../src/report/events.ts'
import { smallRun } from './support/events.ts'
import { collector, play } from './support/stream.ts'

const run = promisify(execFile)

describe('the choice of an output', () => {
  const terminal = Object.assign(collector(), { isTTY: true })
  const pipe = collector()
  const cases: [string, typeof pipe, NodeJS.ProcessEnv, Output][] = [
    ['live rows on a terminal', terminal, { TERM: 'xterm' }, 'pretty'],
    ['lines into a pipe', pipe, { TERM: 'xterm' }, 'plain'],
    ['lines in a CI job with a pseudo-terminal', terminal, { TERM: 'xterm', CI: 'true' }, 'plain'],
    ['lines on a dumb terminal', terminal, { TERM: 'dumb' }, 'plain'],
    ['live rows where CI says no', terminal, { TERM: 'xterm', CI: 'false' }, 'pretty'],
  ]
  for (const [name, stdout, env, output] of cases) {
    it(name, () => {
      expect(chooseOutput(stdout, env)).to.equal(output)
    })
  }

  const colors: [string, typeof pipe, NodeJS.ProcessEnv, boolean][] = [
    ['on a terminal', terminal, { TERM: 'xterm' }, true],
    ['not in a pipe', pipe, { TERM: 'xterm' }, false],
    ['not under NO_COLOR', terminal, { TERM: 'xterm', NO_COLOR: '1' }, false],
    ['in a pipe under FORCE_COLOR', pipe, { FORCE_COLOR: '1' }, true],
    ['not under FORCE_COLOR=0', terminal, { FORCE_COLOR: '0' }, false],
    ['not when both are set', terminal, { NO_COLOR: '1', FORCE_COLOR: '1' }, false],
    ['on a terminal under an empty NO_COLOR', terminal, { TERM: 'xterm', NO_COLOR: '' }, true],
  ]
  for (const [name, stdout, env, wanted] of colors) {
    it(`colours ${name}`, () => {
      expect(wantsColor(stdout, env)).to.equal(wanted)
    })
  }

  const locales: [NodeJS.ProcessEnv, boolean][] = [
    [{ LANG: 'de_DE.UTF-8' }, true],
    [{ LANG: 'C.utf8' }, true],
    [{ LANG: 'en_US.UTF-8', LC_ALL: 'C' }, false],
    [{ LC_ALL: '', LC_CTYPE: 'C.UTF-8', LANG: 'C' }, true],
    [{}, false],
  ]
  for (const [env, wanted] of locales) {
    it(`symbols under ${JSON.stringify(env)}: ${wanted ? 'UTF-8' : 'ASCII'}`, () => {
      expect(isUnicode(env, 'linux')).to.equal(wanted)
    })
  }

  it('writes plain lines with the colours and characters that were asked for', async () => {
    const stdout = collector()
    const common = { verbosity: 0, diff: false, stdout, stderr: collector(), env: { LANG: 'C' } }
    await play(await createReporter({ ...common, output: 'auto', color: true }), smallRun(false))
    expect(stdout.text()).to.contain('\u001b[33mchanged\u001b[39m').and.to.contain('0644 -> 0600')
  })

  it('loads Listr for live rows and for nothing else', async () => {
    // rfdc is one of Listr's CommonJS dependencies, whose loading leaves a trace.
    const script = (output: Output): string => `
      import { createRequire } from 'node:module'
      import { createReporter } from '${new URL('../../src/report/create.ts', import.meta.url).pathname}'
      const { stdout, stderr } = process
      const reporter = await createReporter({ output: '${output}', verbosity: 0, diff: false, stdout, stderr })
      await reporter.end()
      console.error(Object.keys(createRequire('/').cache).some((file) => file.includes('rfdc')))`
    const loaded = async (output: Output): Promise<string> => {
      const args = ['--import', 'tsx', '--input-type=module', '-e', script(output)]
      return (await run(process.execPath, args)).stderr.trim()
    }
    expect(await loaded('plain')).to.equal('false')
    expect(await loaded('jsonl')).to.equal('false')
    expect(await loaded('pretty')).to.equal('true')
  })
})

describe('several reporters', () => {
  it('all hear and all end, also when one of them fails, and the failure is not lost', async () => {
    const heard: string[] = []
    const reporter = (name: string, failure?: Error): Reporter => ({
      on: (event: RunEvent) => void heard.push(`${name} ${event.event}`),
      end() {
        heard.push(`${name} end`)
        return failure ? Promise.reject(failure) : Promise.resolve()
      },
    })
    const all = tee([reporter('a', new Error('disk full')), reporter('b')])
    all.on({ event: 'play-end', play: 'p' })
    const error: unknown = await all.end().catch((reason: unknown) => reason)
    expect(error).to.be.an('error').with.property('message', 'disk full')
    expect(heard).to.deep.equal(['a play-end', 'b play-end', 'a end', 'b end'])
  })
})
