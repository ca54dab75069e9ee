import { expect } from 'chai'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { StateModule } from '../../src/modules/define.ts'
import type { Script } from '../../src/shell/script.ts'
import { probeState, shells, testController, wishOf } from '../support/modules.ts'
import { feed, killedAfter, sent } from './atomic.ts'

/** A module that writes a file, and arguments under which it writes `new` with mode 0600 over `old` with mode 0644. */
export interface Writer {
  readonly module: string
  args(target: string): Readonly<Record<string, unknown>>
}

export const writers: readonly Writer[] = [
  { module: 'copy', args: (dest) => ({ content: 'new\n', dest, mode: '0600' }) },
  { module: 'template', args: (dest) => ({ src: 'a.j2', dest, mode: '0600', validate: 'test -s %s' }) },
  { module: 'get_url', args: (dest) => ({ url: 'http://x.test/a', dest, mode: '0600', force: true }) },
  { module: 'lineinfile', args: (path) => ({ path, regexp: '^old', line: 'new', mode: '0600' }) },
]

/** A file before and after, in a folder of its own on this machine. */
export class Target {
  readonly folder = mkdtempSync(join(tmpdir(), 'sallyport-atomic-'))
  readonly path = join(this.folder, 'dir', 'app.conf')

  constructor() {
    writeFileSync(join(this.folder, 'source'), 'new\n')
    this.reset()
  }

  close(): void {
    rmSync(this.folder, { recursive: true, force: true })
  }

  reset(): void {
    rmSync(join(this.folder, 'dir'), { recursive: true, force: true })
    mkdirSync(join(this.folder, 'dir'))
    writeFileSync(this.path, 'old\n', { mode: 0o644 })
  }

  async script(module: StateModule, writer: Writer): Promise<Script> {
    const controller = testController({
      find: () => join(this.folder, 'source'),
      download: () => Promise.resolve(Buffer.from('new\n')),
    })
    let wish = await wishOf(module, writer.args(this.path), controller)
    const state = await probeState(module, wish)
    if (module.complete) wish = await module.complete(wish, state, controller)
    return module.apply(wish, state, module.plan(wish, state)).script
  }

  /** Everything in the folder: name, mode and content. */
  look(): string[] {
    const dir = join(this.folder, 'dir')
    return readdirSync(dir)
      .sort()
      .map((name) => {
        const { mode } = statSync(join(dir, name))
        return `${name} ${(mode & 0o7777).toString(8)} ${readFileSync(join(dir, name), 'utf8')}`
      })
  }
}

const before = 'app.conf 644 old\n'
const after = 'app.conf 600 new\n'

/** The text cut after `length` bytes does nothing, whole it does everything. */
export async function cutAnywhere(target: Target, script: Script, step: number, last: number): Promise<number> {
  const text = Buffer.from(sent(script))
  // What follows the step itself ends its watchdog.
  const end = text.lastIndexOf('_sp 0 $?; }') + '_sp 0 $?; }'.length
  let cuts = 0
  for (const words of Object.values(shells)) {
    target.reset()
    await feed(words, text)
    expect(target.look(), 'whole').to.deep.equal([after])
    target.reset()
    // The last bytes one by one: that is where a shell might think that it has all.
    const tail = text.length - last
    for (let length = 0; length < text.length; length = length < tail ? Math.min(length + step, tail) : length + 1) {
      await feed(words, text.subarray(0, length))
      cuts++
      const seen = target.look()
      if (seen.includes(after)) {
        expect(length, 'done though it was cut').to.be.at.least(end)
        target.reset()
      } else
        expect(seen, `cut after ${length} of ${text.length} bytes under ${words.join(' ')}`).to.deep.equal([before])
    }
  }
  return cuts
}

/** Killed after every changing system call the file is the old or the new one, and nobody else can read what is beside it. */
export async function killedAnywhere(target: Target, module: StateModule, writer: Writer): Promise<number> {
  const script = await target.script(module, writer)
  for (let calls = 1; ; calls++) {
    target.reset()
    const over = await killedAfter(['dash'], script, calls)
    const [main, ...others] = target.look().reverse()
    expect([before, after], `app.conf killed after ${calls} calls`).to.include(main)
    for (const other of others)
      expect(other, `beside it after ${calls} calls`).to.match(/^\.app\.conf\.sallyport 600 (new\n)?$/)
    if (over) {
      expect(target.look()).to.deep.equal([after])
      return calls
    }
    // The next run clears up and gets there.
    await feed(['dash'], sent(await target.script(module, writer)))
    expect(target.look(), `run again after ${calls} calls`).to.deep.equal([after])
  }
}
