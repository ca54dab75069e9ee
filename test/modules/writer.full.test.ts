import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import copy from '../../src/modules/copy.ts'
import file from '../../src/modules/file.ts'
import type { StateModule } from '../../src/modules/define.ts'
import type { Script } from '../../src/shell/script.ts'
import { arrange, cleanUp, installBusybox, withBusybox } from '../support/law-run.ts'
import { converge, probeState, runScript, shells, testController, wishOf } from '../support/modules.ts'
import { canaries, fileName, shellText } from '../support/shell-canaries.ts'
import { inTurn } from '../support/turns.ts'

const secret = 'password = "correct horse battery staple"\n'

async function applyScript(module: StateModule, args: unknown): Promise<Script> {
  const wish = await wishOf(module, args)
  const state = await probeState(module, wish)
  return module.apply(wish, state, module.plan(wish, state)).script
}

const asSession = (script: Script): string => `(\nset -e\n${script.text}\n) </dev/null\n`

describe('the writer of files', function () {
  this.timeout(120_000)
  let dir = ''
  beforeEach(() => {
    dir = arrange('')
  })
  afterEach(() => cleanUp(dir))

  const path = () => join(dir, 'app.conf')
  const old = 'old\n'.repeat(50)
  const args = () => ({ content: secret, dest: path(), mode: '0600', owner: 'daemon' })

  describe('killed at any system call that changes something', () => {
    // One by one: strace counts per process, so among several the early ones would hide the late.
    const calls = [
      'openat',
      'write',
      'fchmodat',
      'fchownat',
      'unlinkat',
      'fsync',
      'renameat2',
      'rename',
      'wait4',
      'clone',
      'vfork',
      'execve',
    ]
    for (const shell of inTurn(Object.keys(shells))) {
      it(`leaves the old file or the new one, and nothing that others can read (${shell})`, async () => {
        const seen = new Set<string>()
        let kills = 0
        writeFileSync(path(), old, { mode: 0o600 })
        const input = asSession(await applyScript(copy, args()))
        for (const call of calls) {
          for (let when = 1; ; when += 1) {
            for (const name of readdirSync(dir)) rmSync(join(dir, name), { recursive: true })
            writeFileSync(path(), old, { mode: 0o600 })
            const before = kills
            kills += killedAt(call, when, input, shell)
            const content = readFileSync(path(), 'utf8')
            seen.add(content === secret ? 'new' : content === old ? 'old' : 'torn')
            for (const name of readdirSync(dir)) {
              expect(name).to.be.oneOf(['app.conf', '.app.conf.sallyport'])
              expect(statSync(join(dir, name)).mode & 0o077, `${name} is private`).to.equal(0)
            }
            if (content === secret) expect(statSync(path()).uid, 'owner').to.equal(1)
            if (kills === before) break
          }
        }
        expect(kills).to.be.above(20)
        expect([...seen].sort()).to.deep.equal(['new', 'old'])
        writeFileSync(path(), old)
        const { again } = await converge(copy, args(), { shell })
        expect(again.changes).to.deep.equal([])
        expect(readdirSync(dir)).to.deep.equal(['app.conf'])
      })
    }

    function killedAt(call: string, when: number, input: string, shell: string): number {
      const log = join(tmpdir(), `sallyport-kill-${process.pid}`)
      const inject = `inject=${call}:signal=KILL:when=${when}`
      const command = ['-f', '-qq', '-o', log, '-e', `trace=${call}`, '-e', inject, ...(shells[shell] ?? [])]
      spawnSync('strace', command, { input })
      const killed = readFileSync(log, 'utf8').includes('+++ killed by SIGKILL')
      rmSync(log)
      return killed ? 1 : 0
    }
  })

  describe('cut off in transit', () => {
    for (const shell of Object.keys(shells)) {
      it(`does nothing, or all of it, at every byte (${shell})`, async () => {
        const [program = '', ...flags] = shells[shell] ?? []
        writeFileSync(path(), old)
        const whole = Buffer.from(asSession(await applyScript(copy, { content: 'a\nb\n', dest: path() })))
        const complete = whole.lastIndexOf(')') + 1
        for (let length = 0; length < whole.length; length += length < complete - 12 ? 7 : 1) {
          spawnSync(program, flags, { input: whole.subarray(0, length) })
          const done = readFileSync(path(), 'utf8') !== old
          if (done) expect(length, 'done too early').to.be.at.least(complete)
          expect(readdirSync(dir)).to.deep.equal(['app.conf'])
          if (done) writeFileSync(path(), old)
        }
      })
    }
  })

  describe('whatever the content', () => {
    for (const shell of Object.keys(shells)) {
      it(`writes exactly the bytes (${shell})`, async () => {
        await fc.assert(
          fc.asyncProperty(
            fc.oneof(
              shellText(300).map((text) => Buffer.from(text.toWellFormed())),
              fc.constantFrom(...canaries).map((text) => Buffer.from(text)),
              fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
            ),
            async (bytes) => {
              const controller = testController({ find: () => '/dev/null', read: () => Promise.resolve(bytes) })
              await converge(copy, { src: 'source', dest: path() }, { shell, controller })
              expect(readFileSync(path()).equals(bytes)).to.equal(true)
            },
          ),
          { numRuns: 25 },
        )
      })
    }

    it('writes what is too long for a literal from an upload, and removes that', async () => {
      const bytes = Buffer.alloc(300_000, 'it\'s "$(long)" \0')
      const controller = testController({ find: () => '/dev/null', read: () => Promise.resolve(bytes) })
      const dest = `${dir}/new/folder/`
      const { again } = await converge(copy, { src: 'source', dest }, { controller })
      expect(again.changes).to.deep.equal([])
      expect(readFileSync(join(dir, 'new/folder/null')).equals(bytes)).to.equal(true)
      expect(readdirSync(dir)).to.deep.equal(['new'])
    })
  })

  describe('whatever the name', () => {
    let applets = ''
    before(() => {
      applets = installBusybox()
    })
    after(() => rmSync(applets, { recursive: true, force: true }))

    for (const shell of [...Object.keys(shells), 'busybox alone']) {
      it(`writes there and nowhere else (${shell})`, async () => {
        const alone = shell === 'busybox alone'
        const on = (module: StateModule) => (alone ? withBusybox(module, applets) : module)
        await fc.assert(
          fc.asyncProperty(fileName(), fileName(240), async (name, folder) => {
            const inside = join(dir, folder)
            const options = { shell: alone ? 'busybox' : shell }
            const made = await converge(on(file), { path: inside, state: 'directory' }, options)
            const { again } = await converge(
              on(copy),
              { content: 'x', dest: `${inside}/${name}`, backup: false },
              options,
            )
            expect([...made.again.changes, ...again.changes]).to.deep.equal([])
            expect(readdirSync(dir)).to.deep.equal([folder])
            expect(readdirSync(inside)).to.deep.equal([name])
            const gone = await converge(on(file), { path: inside, state: 'absent' }, options)
            expect(gone.again.changes).to.deep.equal([])
            expect(existsSync(inside)).to.equal(false)
          }),
          { numRuns: 12 },
        )
        expect(existsSync('/tmp/owned')).to.equal(false)
      })
    }
  })

  describe('in a directory that others may write to', () => {
    it('does not write through a link or pipe that waits under the temporary name', async () => {
      const victim = join(dir, 'victim')
      writeFileSync(victim, 'untouched')
      const traps = [
        `ln -s ${victim} .app.conf.sallyport`,
        'mkfifo .app.conf.sallyport',
        `ln ${victim} .app.conf.sallyport`,
      ]
      for (const trap of traps) {
        execFileSync('sh', ['-c', trap], { cwd: dir })
        const { again } = await converge(copy, args())
        expect(again.changes).to.deep.equal([])
        expect(readFileSync(victim, 'utf8')).to.equal('untouched')
        expect(statSync(victim).uid).to.equal(0)
        rmSync(path())
      }
    })
  })

  it('keeps the old file when the disk is full', async () => {
    const small = join(dir, 'small')
    mkdirSync(small)
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'tmpfs', small])
    try {
      const dest = join(small, 'app.conf')
      writeFileSync(dest, old)
      for (const shell of Object.keys(shells)) {
        const error = await converge(copy, { content: 'x'.repeat(100_000), dest }, { shell }).catch(
          (thrown: unknown) => thrown,
        )
        expect(String(error)).to.match(/space|disk full|I\/O error/)
        expect(readFileSync(dest, 'utf8')).to.equal(old)
        expect(readdirSync(small)).to.deep.equal(['app.conf'])
      }
    } finally {
      execFileSync('umount', [small])
    }
  })

  it("ends with the validator's own words, and the old file", async () => {
    writeFileSync(path(), old)
    const error = await converge(copy, { ...args(), validate: `sh -c 'echo line 3 is wrong; exit 1' %s` }).catch(
      (thrown: unknown) => thrown,
    )
    expect(String(error)).to.contain('line 3 is wrong')
    expect(readFileSync(path(), 'utf8')).to.equal(old)
    expect(readdirSync(dir)).to.deep.equal(['app.conf'])
  })

  it('shows the validator a file that has its final owner and mode', async () => {
    const validate = `sh -c 'stat -c "%a %U" "$1" >${dir}/seen' - %s`
    await converge(copy, { ...args(), validate })
    expect(readFileSync(join(dir, 'seen'), 'utf8')).to.equal('600 daemon\n')
  })

  it('gives nobody the content of a file before its owner and mode are set', async () => {
    const input = asSession(await applyScript(copy, args()))
    const flags = ['-f', '-qq', '-e', 'trace=fchownat,fchmodat,write', 'dash']
    const traced = spawnSync('strace', flags, { input, encoding: 'utf8' })
    const owned = traced.stderr.indexOf('fchownat')
    const moded = traced.stderr.indexOf('fchmodat')
    const written = traced.stderr.indexOf('password')
    expect(owned).to.be.at.least(0)
    expect(moded).to.be.above(owned)
    expect(written).to.be.above(moded)
  })

  it('never shows a content to the processes of the host', async () => {
    const input = asSession(await applyScript(copy, { ...args(), validate: 'test -s %s' }))
    const traced = spawnSync('strace', ['-f', '-qq', '-s', '4096', '-v', '-e', 'trace=execve', 'dash'], {
      input,
      encoding: 'utf8',
    })
    expect(traced.stderr).to.contain('execve').and.not.contain('correct horse')
  })

  it('is done with `set -e` in one step without input', async () => {
    const step = await runScript(await applyScript(copy, args()), 'dash', true)
    expect(step.code).to.equal(0)
    expect(`${step.stdout.toString()}${step.stderr.toString()}`).to.equal('')
  })
})
