import { readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { displayWidth } from '../../src/report/width.ts'
import { openPane, tmuxMissing, type Pane } from './support/tmux.ts'

const script = new URL('./support/play-run.ts', import.meta.url).pathname
const spinner = /^[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] /

/** The live rows as they stand, without what depends on how fast this machine is. */
function liveRows(lines: readonly string[]): string[] {
  const from = lines.findLastIndex((line) => spinner.test(line))
  if (from < 0) return []
  return lines.slice(from).map((line) => line.replace(spinner, '* ').replace(/\d+(\.\d)? s\b/g, 'N s'))
}

/** What stays and, under it, the live rows. */
function wholeScreen(lines: readonly string[]): string {
  const live = liveRows(lines)
  return [...lines.slice(0, lines.length - live.length), ...live].map((line) => `${line.trimEnd()}\n`).join('')
}

describe('live rows on a terminal of 80×24', () => {
  let pane: Pane | undefined
  const open = (wish: object, env?: NodeJS.ProcessEnv): Pane => {
    pane = openPane(`${process.execPath} --import tsx ${script} '${JSON.stringify(wish)}'`, env)
    return pane
  }

  before(function () {
    const missing = tmuxMissing()
    if (missing === undefined) return
    if (process.env['CI'] === 'true') throw new Error(missing)
    console.log(`    skipped: ${missing}`)
    this.skip()
  })
  afterEach(() => pane?.close())

  for (const hosts of [3, 10, 100, 1000]) {
    it(`of ${hosts} hosts are few, under what changed and failed so far`, async () => {
      // A whole screen as it was captured, but for its times.
      const expected = readFileSync(new URL(`../fixtures/screens/${hosts}.txt`, import.meta.url), 'utf8')
      const screen = open({ hosts, ms: 1_000, hold: 0.45 })
      const shown = await screen.until((lines) => wholeScreen(lines) === expected)
      expect(shown.length).to.be.at.most(24)
      expect(liveRows(shown).length).to.be.within(4, 10)
      expect(screen.cursorShown()).to.equal(true)
    })
  }

  it('leave every change and failure once in the scrollback, and the recap, and nothing of themselves', async () => {
    const screen = open({ hosts: 100, ms: 2_000, diff: true })
    await screen.until((lines) => lines.some((line) => line.startsWith('2 × connect to 192.0.2.7')))
    const all = screen.lines({ all: true })
    const count = (pattern: RegExp): number => all.filter((line) => pattern.test(line)).length
    expect(count(/^✖ web\d+\.example\.net +failed /)).to.equal(5)
    expect(count(/^✖ web\d+\.example\.net +unreachable /)).to.equal(2)
    expect(count(/^● web\d+\.example\.net +changed /)).to.equal(32)
    expect(count(/^RECAP {2}100 hosts in 12 s: 63 ok, 30 changed, 5 failed, 2 unreachable$/)).to.equal(1)
    expect(count(/[━⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏]|running|longest/)).to.equal(0)
    for (const line of all) expect(displayWidth(line)).to.be.at.most(79)
  })

  it('give way to the stack of a bug, and keep what was reported', async () => {
    const screen = open({ hosts: 8, ms: 1_500, throwAt: 0.5 })
    const lines = await screen.until((now) => now.some((line) => line.includes('a bug in the middle of the run')))
    expect(lines.filter((line) => line.startsWith('● web'))).to.have.length(3)
    expect(lines.filter((line) => line.includes('━') || spinner.test(line))).to.deep.equal([])
    expect(screen.cursorShown()).to.equal(true)
  })

  it('leave signals to whoever owns them, and the cursor where it was', async () => {
    const screen = open({ hosts: 8, ms: 1_000, hold: 0.5 })
    await screen.until((lines) => liveRows(lines).length > 3)
    screen.send('C-c')
    // Nobody here has taken SIGINT, so that the process ends as any other does: at once.
    await screen.until((lines) => lines.some((line) => line.includes('^C')))
    const before = screen.lines()
    await new Promise((resolve) => setTimeout(resolve, 500))
    expect(screen.lines()).to.deep.equal(before)
    expect(screen.cursorShown()).to.equal(true)
  })

  it('stay whole when somebody else writes to standard error', async () => {
    const screen = open({ hosts: 8, ms: 1_000, stderrAt: 0.2, hold: 0.5 })
    const lines = await screen.until((now) => now.filter((line) => line.startsWith('● web')).length === 3)
    expect(lines.filter((line) => line === '(node) somebody else writes to standard error')).to.have.length(1)
    expect(lines.filter((line) => spinner.test(line))).to.have.length(1)
  })

  it('follow the size of the terminal, and lose no line that should stay', async () => {
    const screen = open({ hosts: 8, ms: 1_000, hold: 0.5 })
    await screen.until((lines) => liveRows(lines).length === 5)
    for (const columns of [50, 100]) {
      screen.resize(columns)
      // The terminal folds at once, this process hears of it a moment later.
      const fits = (rows: readonly string[]): boolean => rows.every((row) => displayWidth(row) < columns)
      const drawn = columns === 50 ? /^ {2}[━─]{8,12} {2}0\/8/ : /^ {2}[━─]{32} {2}0\/8/
      await screen.until((lines) => {
        const rows = liveRows(lines)
        return rows.length >= 4 && fits(rows) && rows.some((row) => drawn.test(row))
      })
    }
    const all = screen.lines({ all: true }).join('\n')
    for (const host of ['web2', 'web5', 'web8']) expect(all.split(`● ${host}.example.net  changed`)).to.have.length(2)
    expect(all).to.contain('PLAY  Log the firewall')
  })

  it('are coloured, unless NO_COLOR is set', async () => {
    for (const [env, colored] of [
      [{}, true],
      [{ NO_COLOR: '1' }, false],
    ] as const) {
      const screen = open({ hosts: 8, ms: 500, hold: 0.5 }, env)
      await screen.until((lines) => liveRows(lines).length > 3)
      expect(screen.lines({ colors: true }).some((line) => line.includes('\u001b['))).to.equal(colored)
      screen.close()
    }
  })

  it('cost little, and hardly more for a thousand hosts', async () => {
    const cpu = join(tmpdir(), `sallyport-cpu-${process.pid}.json`)
    try {
      const screen = open({ hosts: 1_000, ms: 5_000, cpu })
      await screen.until((lines) => lines.some((line) => line.includes('RECAP') || line.startsWith('1000 hosts in')))
      await new Promise((resolve) => setTimeout(resolve, 300))
      const { cpuMs } = JSON.parse(readFileSync(cpu, 'utf8')) as { readonly cpuMs: number }
      expect(cpuMs).to.be.below(1_400)
    } finally {
      rmSync(cpu, { force: true })
    }
  })
})
