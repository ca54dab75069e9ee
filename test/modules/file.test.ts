import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import file from '../../src/modules/file.ts'
import { modeBits } from '../../src/modules/paths/mode.ts'
import { readMoment } from '../../src/modules/paths/times.ts'
import { plans } from '../fixtures/modules/file/plans.ts'
import { arrange, cleanUp, outcome } from '../support/law-run.ts'
import { converge, probeState, runScript, wishOf } from '../support/modules.ts'
import { planTable } from '../support/plan-table.ts'

describe('file', () => {
  describe('plans', () => planTable(file, plans))

  describe('arguments', () => {
    const refused: readonly [string, Record<string, unknown>, RegExp][] = [
      ['src without a link', { path: '/x', src: '/y' }, /needs state/],
      ['a hard link to nothing', { path: '/x', state: 'hard' }, /is needed/],
      ['recurse for a file', { path: '/x', state: 'file', recurse: true }, /needs state: directory/],
      ['recurse through links', { path: '/x', recurse: true, follow: true }, /not supported with recurse/],
      ['the removal of everything', { path: '//', state: 'absent' }, /root directory/],
      ['a time that does not fit', { path: '/x', modification_time: 'yesterday' }, /does not fit/],
      ['a time of a link', { path: '/x', state: 'link', src: 'y', modification_time: 'now' }, /state: link/],
      ['an unknown state', { path: '/x', state: 'present' }, /absent/],
      ['two names for the path', { path: '/x', dest: '/y' }, /dest/],
      ['flags', { path: '/x', attr: '+i' }, /chattr/],
    ]
    for (const [what, args, message] of refused) {
      it(`refuses ${what}`, () => {
        expect(() => file.args.parse(args)).to.throw(message)
      })
    }

    it('takes dest and name for path', () => {
      expect(file.args.parse({ dest: '/x' })).to.include({ path: '/x' })
      expect(file.args.parse({ name: '/x/' })).to.include({ path: '/x' })
    })
  })

  it('computes symbolic modes as chmod does', () => {
    const dir = arrange('echo x >{{dir}}/f')
    const clause = fc
      .tuple(
        fc.constantFrom('', 'u', 'g', 'o', 'a', 'ug', 'go', 'uo', 'ugo'),
        fc.array(
          fc.tuple(
            fc.constantFrom('+', '-', '='),
            fc.oneof(
              fc.constantFrom('u', 'g', 'o'),
              fc.constantFrom('', 'r', 'w', 'x', 'X', 'rw', 'rwx', 's', 't', 'rX', 'xs', 'st'),
            ),
          ),
          { minLength: 1, maxLength: 2 },
        ),
      )
      .map(([who, operations]) => who + operations.map((operation) => operation.join('')).join(''))
    fc.assert(
      fc.property(
        fc.array(clause, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 0, max: 0o7777 }),
        (clauses, present) => {
          const wish = clauses.join(',')
          const script = `umask 022; chmod ${present.toString(8).padStart(5, '0')} f; chmod -- '${wish}' f 2>/dev/null; stat -c %a f`
          const real = execFileSync('sh', ['-c', script], { cwd: dir, encoding: 'utf8' }).trim()
          expect(modeBits(wish, present, false).toString(8), wish).to.equal(real)
        },
      ),
      { numRuns: 60 },
    )
    cleanUp(dir)
  })

  it('does not follow links below a directory', async () => {
    const dir = arrange(
      'mkdir {{dir}}/tree; echo x >{{dir}}/victim; ln -s ../victim {{dir}}/tree/link; ln -s .. {{dir}}/tree/up',
    )
    await converge(file, { path: join(dir, 'tree'), recurse: true, owner: 'daemon', mode: 'go-rwx' })
    const [victim] = outcome(dir)
      .split('\n')
      .filter((line) => line.startsWith('./victim'))
    expect(victim).to.equal('./victim f 644 0 0 ')
    cleanUp(dir)
  })

  it('does not change the mode of what has become a link since', async () => {
    const dir = arrange('echo x >{{dir}}/f; echo x >{{dir}}/victim')
    const args = { path: join(dir, 'f'), mode: '0666' }
    const wish = (await wishOf(file, args)) as never
    const state = (await probeState(file, wish)) as never
    execFileSync('ln', ['-sf', 'victim', 'f'], { cwd: dir })
    const step = await runScript(file.apply(wish, state, file.plan(wish, state)).script, 'dash', true)
    expect(step.stderr.toString()).to.equal(`${dir}/f has become a link\n`)
    expect(outcome(dir)).to.contain('./victim f 644')
    cleanUp(dir)
  })

  it('replaces a link to a directory, and never moves into it', async () => {
    const dir = arrange('mkdir {{dir}}/one {{dir}}/two; ln -s one {{dir}}/link')
    for (const shell of ['dash', 'busybox']) {
      await converge(file, { path: join(dir, 'link'), state: 'link', src: shell === 'dash' ? 'two' : 'one' }, { shell })
      expect(outcome(join(dir, 'one')) + outcome(join(dir, 'two'))).to.equal('. d 755 0 0 \n'.repeat(2))
    }
    cleanUp(dir)
  })

  it('refuses to replace a directory that is not empty by a link', async () => {
    const dir = arrange('mkdir -p {{dir}}/d/sub')
    const error = await converge(file, { path: join(dir, 'd'), state: 'link', src: '/etc', force: true }).catch(
      (thrown: unknown) => thrown,
    )
    expect(String(error)).to.match(/not empty/i)
    expect(outcome(dir)).to.contain('./d/sub d').and.not.contain('sallyport')
    cleanUp(dir)
  })

  it('returns what Ansible returns', async () => {
    const dir = arrange('')
    const args = { path: join(dir, 'd'), state: 'directory', mode: '0700' }
    const { after } = await converge(file, args)
    expect(file.result?.((await wishOf(file, args)) as never, after as never)).to.include({
      path: join(dir, 'd'),
      state: 'directory',
      mode: '0700',
      owner: 'root',
      gid: 0,
    })
    cleanUp(dir)
  })

  describe('times', () => {
    const rows: readonly [string | undefined, string, ReturnType<typeof readMoment>][] = [
      [undefined, '%Y', null],
      ['preserve', '%Y', null],
      ['now', '%Y', 'now'],
      ['202001021530.45', '%Y%m%d%H%M.%S', { date: '2020-01-02 15:30:45' }],
      ['02/01/2020', '%d/%m/%Y', { date: '2020-01-02 00:00:00' }],
      ['2020-13-01', '%Y-%m-%d', undefined],
      ['2020', '%j', undefined],
    ]
    for (const [written, format, moment] of rows) {
      it(`${written ?? 'nothing'} as ${format}`, () => expect(readMoment(written, format, null)).to.deep.equal(moment))
    }
  })
})
