import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'chai'
import { createPrettyReporter } from '../../src/report/pretty.ts'
import { createScreen } from '../../src/report/screen.ts'
import { fleetRun } from './support/fleet-run.ts'
import { bare, collector } from './support/stream.ts'

function fakeTerminal() {
  const stream = collector()
  const other = collector()
  return { stream, other, terminal: { stream, others: [other], columns: () => 80, rows: () => 24 } }
}

describe('the screen', () => {
  it('draws five times a second at most, and not at all when nothing is new', async () => {
    const { stream, terminal } = fakeTerminal()
    const screen = createScreen(terminal)
    let asked = 0
    const started = performance.now()
    screen.live(() => [`row ${(asked += 1)}`])
    for (let turn = 0; turn < 100; turn += 1) {
      screen.print([`line ${turn}`])
      await sleep(10)
    }
    // However long a busy machine takes for the hundred lines.
    const intervals = Math.ceil((performance.now() - started) / 200)
    expect(stream.writes.length).to.be.within(3, intervals + 1)
    screen.live(() => ['the same'])
    await sleep(250)
    const before = stream.writes.length
    await sleep(450)
    expect(stream.writes.length).to.equal(before)
    screen.end()
    expect(stream.text().match(/line \d+/g)).to.have.length(100)
  })

  it('hides the cursor within a write only, so that nothing can leave it hidden', async () => {
    const { stream, terminal } = fakeTerminal()
    const screen = createScreen(terminal)
    screen.live(() => ['row', String(stream.writes.length)])
    await sleep(450)
    screen.end()
    expect(stream.writes.length).to.be.at.least(2)
    for (const text of stream.writes) expect(text).to.match(/^\u001b\[\?25l[^]*\u001b\[\?25h$/)
  })

  it('clears its rows for whoever else writes, and stops in between', async () => {
    const { stream, other, terminal } = fakeTerminal()
    const screen = createScreen(terminal)
    screen.live(() => ['row'])
    await sleep(250)
    other.write('a warning\n')
    expect(stream.writes.at(-1)).to.contain('\u001b[1A\r').and.not.to.contain('row')
    screen.print(['kept'])
    screen.suspend()
    expect(stream.writes.at(-1)).to.contain('kept')
    const before = stream.writes.length
    await sleep(450)
    expect(stream.writes.length).to.equal(before)
    screen.resume()
    await sleep(250)
    expect(stream.writes.at(-1)).to.contain('row')
    screen.end()
    expect(Object.keys(other)).not.to.include('write')
    expect(other.text()).to.equal('a warning\n')
  })

  it('never draws more rows than the terminal has', async () => {
    const { stream, terminal } = fakeTerminal()
    const screen = createScreen({ ...terminal, rows: () => 4 })
    screen.live(() => ['1', '2', '3', '4', '5'])
    await sleep(250)
    screen.end()
    expect(stream.writes[0]?.match(/\n/g)).to.have.length(3)
  })
})

describe('the live reporter', () => {
  const look = { theme: bare, verbosity: 0, diff: false, folder: '/work' }

  it('takes no signal and leaves no listener, timer or patched stream behind', async () => {
    const { stream, terminal } = fakeTerminal()
    const counts = () => ['SIGINT', 'SIGTERM', 'exit'].map((name) => process.listenerCount(name))
    const before = counts()
    const reporter = createPrettyReporter(terminal, look)
    for (const { event } of fleetRun({ hosts: 3, tasks: 3, forks: 3, mode: 'apply' })) reporter.on(event)
    await sleep(250)
    expect(counts().slice(0, 2)).to.deep.equal(before.slice(0, 2))
    await reporter.end()
    expect(counts()).to.deep.equal(before)
    expect(Object.keys(stream)).not.to.include('write')
    expect(stream.text()).to.contain('RECAP  3 hosts')
  })

  it('ends without a play, and after a run that was cut short', async () => {
    const { stream, terminal } = fakeTerminal()
    await createPrettyReporter(terminal, look).end()
    const reporter = createPrettyReporter(terminal, look)
    for (const { event } of fleetRun({ hosts: 3, tasks: 3, forks: 3, mode: 'apply' }).slice(0, 9)) reporter.on(event)
    await sleep(250)
    await reporter.end()
    expect(stream.writes.at(-1)).not.to.contain('0/3 hosts')
  })
})
