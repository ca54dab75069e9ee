import { spawn } from 'node:child_process'
import { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { createJsonlReporter } from '../../src/report/jsonl.ts'
import { configDiff, configure, outcome, smallRun } from './support/events.ts'
import { fleetRun, recapOf } from './support/fleet-run.ts'
import { collector, play } from './support/stream.ts'

describe('JSON lines', () => {
  it('is one event per line, the recap last and in its documented shape', async () => {
    const stdout = collector()
    const events = smallRun(true)
    await play(createJsonlReporter(stdout, { diff: false }), [
      ...events,
      { ...recapOf(events, 12_300.7), exitCode: 4 },
      { event: 'warning', message: 'something after the recap' },
    ])
    const lines = stdout.text().trimEnd().split('\n')
    expect(lines).to.have.length(events.length + 2)
    expect(lines.map((line) => (JSON.parse(line) as { event: string }).event).slice(0, -2)).to.deep.equal(
      events.map(({ event }) => event),
    )
    expect(lines.at(-1)).to.equal(
      '{"event":"recap","hosts":{' +
        '"web1":{"ok":3,"changed":2,"failed":0,"unreachable":0,"skipped":0,"rescued":0,"ignored":0},' +
        '"web2":{"ok":3,"changed":1,"failed":0,"unreachable":0,"skipped":1,"rescued":0,"ignored":0},' +
        '"db-primary":{"ok":0,"changed":0,"failed":1,"unreachable":0,"skipped":0,"rescued":0,"ignored":0},' +
        '"数据库1":{"ok":0,"changed":0,"failed":0,"unreachable":1,"skipped":0,"rescued":0,"ignored":0}},' +
        '"may_change":{"web1":1},"exit_code":4,"cancelled":false,"ms":12301}',
    )
  })

  it('carries file contents with --diff only', async () => {
    const event = outcome('web1', configure, { changes: [{ what: 'content', diff: configDiff }], diffs: [configDiff] })
    const [without, withDiff] = [collector(), collector()]
    await play(createJsonlReporter(without, { diff: false }), [event])
    await play(createJsonlReporter(withDiff, { diff: true }), [event])
    expect(JSON.parse(without.text())).to.deep.equal(outcome('web1', configure, { changes: [{ what: 'content' }] }))
    expect(JSON.parse(withDiff.text())).to.deep.equal(event)
  })

  it('waits for a slow reader and ends when everything is written', async () => {
    let text = ''
    const slow = new Writable({
      highWaterMark: 64,
      write(chunk: Buffer, _encoding, done) {
        setTimeout(() => {
          text += chunk.toString()
          done()
        }, 5)
      },
    })
    const events = smallRun(false)
    await play(createJsonlReporter(slow, { diff: true }), [...events, recapOf(events, 1)])
    expect(text.trimEnd().split('\n')).to.have.length(events.length + 1)
    expect(slow.listenerCount('drain')).to.equal(0)
  })

  it('goes on quietly when the reader leaves', async () => {
    const script = new URL('./support/play-run.ts', import.meta.url).pathname
    const wish = JSON.stringify({ output: 'jsonl', hosts: 2000, ms: 0 })
    const child = spawn(process.execPath, ['--import', 'tsx', script, wish], { stdio: ['ignore', 'pipe', 'pipe'] })
    let stderr = ''
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    child.stdout.once('data', () => child.stdout.destroy())
    const code = await new Promise((resolve) => child.once('close', resolve))
    expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' })
  })

  it('reports at its end that nothing could be written', async () => {
    const full = new Writable({
      write(_chunk, _encoding, done) {
        done(Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' }))
      },
    })
    const reporter = createJsonlReporter(full, { diff: false })
    for (const { event } of fleetRun({ hosts: 2, tasks: 2, forks: 2, mode: 'apply' })) reporter.on(event)
    await sleep(5)
    const error: unknown = await reporter.end().catch((reason: unknown) => reason)
    expect(error).to.be.an('error').with.property('message', 'ENOSPC: no space left on device')
  })
})
