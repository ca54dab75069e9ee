import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import copy from '../../src/modules/copy.ts'
import type { StateModule } from '../../src/modules/define.ts'
import { type Script, sh } from '../../src/shell/script.ts'
import { plans } from '../fixtures/modules/copy/plans.ts'
import { arrange, cleanUp, outcome } from '../support/law-run.ts'
import { converge, probeState, testController, wishOf } from '../support/modules.ts'
import { planTable } from '../support/plan-table.ts'

describe('copy', () => {
  describe('plans', () => planTable(copy, plans))

  describe('arguments', () => {
    const refused: readonly [string, Record<string, unknown>, RegExp][] = [
      ['neither src nor content', { dest: '/x' }, /give src or content/],
      ['both src and content', { dest: '/x', src: 'a', content: 'b' }, /give src or content/],
      ['content for a directory', { dest: '/x/', content: 'b' }, /needs a file/],
      ['a relative destination', { dest: 'x', content: 'b' }, /absolute/],
      ['a validator without its file', { dest: '/x', content: 'b', validate: 'visudo -c' }, /%s/],
      ['SELinux labels, by name', { dest: '/x', content: 'b', setype: 'etc_t' }, /setype|restorecon/],
      ['unsafe writes', { dest: '/x', content: 'b', unsafe_writes: true }, /rename/],
      ['an unknown argument', { dest: '/x', content: 'b', moode: '0644' }, /moode/],
      ['a mode that is none', { dest: '/x', content: 'b', mode: '0888' }, /octal/],
    ]
    for (const [what, args, message] of refused) {
      it(`refuses ${what}`, () => {
        expect(() => copy.args.parse(args)).to.throw(message)
      })
    }

    it('takes what Ansible takes for truth, and the harmless defaults of what it refuses', () => {
      const given = { dest: '/x', content: 'b', force: 'no', unsafe_writes: 'no', attributes: null }
      expect(copy.args.parse(given)).to.include({ force: false })
    })

    it('writes a mapping as the JSON that Ansible writes', async () => {
      const dir = arrange('')
      await converge(copy, { content: { a: [1, true, null], b: 'é"' }, dest: join(dir, 'f') })
      expect(readFileSync(join(dir, 'f'), 'utf8')).to.equal('{"a": [1, true, null], "b": "\\u00e9\\""}')
      cleanUp(dir)
    })
  })

  describe('a directory', () => {
    let dir = ''
    beforeEach(() => {
      dir = arrange(
        'mkdir -p from/sub/empty to; cd from; echo 1 >a; echo 2 >sub/b; chmod 0755 sub/b; ln -s a link'.replace(
          'mkdir -p',
          'cd {{dir}}; mkdir -p',
        ),
      )
    })
    afterEach(() => cleanUp(dir))

    it('goes into the destination under its own name', async () => {
      const { plan, again } = await converge(copy, {
        src: join(dir, 'from'),
        dest: join(dir, 'to'),
        mode: 'preserve',
        directory_mode: '0711',
      })
      expect(again.changes).to.deep.equal([])
      expect(plan.changes[0]?.what).to.equal(`create directory ${dir}/to/from (0711 root:root)`)
      expect(outcome(join(dir, 'to')).split('\n').slice(0, 7)).to.deep.equal([
        '. d 755 0 0 ',
        './from d 711 0 0 ',
        './from/a f 644 0 0 ',
        './from/link f 644 0 0 ',
        './from/sub d 711 0 0 ',
        './from/sub/b f 755 0 0 ',
        './from/sub/empty d 711 0 0 ',
      ])
    })

    it('with a trailing slash gives only what is in it, links as links when asked', async () => {
      const args = { src: `${dir}/from/`, dest: `${dir}/new/place`, local_follow: false, owner: 'daemon', mode: '0640' }
      const { again } = await converge(copy, args)
      expect(again.changes).to.deep.equal([])
      expect(outcome(join(dir, 'new')).split('\n').slice(0, 7)).to.deep.equal([
        '. d 755 1 0 ',
        './place d 755 1 0 ',
        './place/a f 640 1 0 ',
        './place/link l 777 1 0 a',
        './place/sub d 755 1 0 ',
        './place/sub/b f 640 1 0 ',
        './place/sub/empty d 755 1 0 ',
      ])
    })

    it('names the file of each change', async () => {
      await converge(copy, { src: `${dir}/from/`, dest: join(dir, 'to') })
      writeFileSync(join(dir, 'to/sub/b'), 'other')
      const { plan } = await converge(copy, { src: `${dir}/from/`, dest: join(dir, 'to') })
      expect(plan.changes.map(({ what }) => what)).to.deep.equal([`${dir}/to/sub/b: content`])
    })

    it('refuses one that contains itself by a link', async () => {
      symlinkSync('..', join(dir, 'from/sub/loop'))
      const error = await wishOf(copy, { src: join(dir, 'from'), dest: '/x' }).catch((thrown: unknown) => thrown)
      expect(String(error)).to.contain('contains it')
    })
  })

  it('writes into the home of whoever runs it', async () => {
    const wish = await wishOf(copy, { content: 'x', dest: '~/.sallyport-test/f' })
    const state = await probeState(copy, wish)
    expect(copy.plan(wish as never, state as never).refuse).to.equal(
      `the directory ${process.env['HOME'] ?? ''}/.sallyport-test does not exist`,
    )
  })

  it('says that a home directory is unknown', async () => {
    const wish = (await wishOf(copy, { content: 'x', dest: '~no-such-user/f' })) as never
    const plan = copy.plan(wish, (await probeState(copy, wish)) as never)
    expect(plan.refuse).to.equal('the host knows no home directory for ~no-such-user/f')
  })

  it('writes names as long as names can be', async () => {
    const dir = arrange('')
    const dest = join(dir, 'é'.repeat(127) + 'x')
    const { again } = await converge(copy, { content: 'x', dest })
    expect(again.changes).to.deep.equal([])
    cleanUp(dir)
  })

  describe('as a user without rights', () => {
    /** The same scripts as nobody. */
    const nobody = (module: StateModule): StateModule => {
      const as = (script: Script, strict: string) =>
        sh`setpriv --reuid 65534 --regid 65534 --clear-groups sh -c ${`${strict}${script.text}`}`
      return {
        ...module,
        probe: (wish) => as(module.probe(wish), ''),
        apply: (wish, state, plan) => ({ script: as(module.apply(wish, state, plan).script, 'set -e\n') }),
      }
    }
    const attempt = (args: Record<string, unknown>) =>
      converge(nobody(copy as StateModule), args).then(
        ({ plan }) => plan.changes.map(({ what }) => what).join('; '),
        (error: unknown) => String(error),
      )
    let dir = ''
    beforeEach(() => {
      dir = arrange(
        'chmod 0755 {{dir}}; mkdir -m 0700 {{dir}}/closed; mkdir -m 0777 {{dir}}/open; echo x >{{dir}}/open/theirs',
      )
    })
    afterEach(() => cleanUp(dir))

    it('says what may not be looked at', async () => {
      expect(await attempt({ content: 'x', dest: `${dir}/closed/f` })).to.contain(
        `no permission to look at ${dir}/closed/f`,
      )
    })
    it('says where nothing may be written', async () => {
      expect(await attempt({ content: 'x', dest: `${dir}/f` })).to.match(/Permission denied/i)
    })
    it('writes what is its own', async () => {
      expect(await attempt({ content: 'x', dest: `${dir}/open/f` })).to.equal('create (0644 nobody:nogroup)')
    })
    it("does not take over another's file", async () => {
      expect(await attempt({ content: 'y', dest: `${dir}/open/theirs` })).to.match(/not permitted/i)
      expect(outcome(join(dir, 'open')))
        .to.contain('./theirs f 644 0 0')
        .and.not.contain('sallyport')
    })
  })

  it('returns what Ansible returns, and where the backup is', async () => {
    const dir = arrange('echo old >{{dir}}/f; touch -d 2020-02-03T04:05:06Z {{dir}}/f')
    const args = { content: 'new\n', dest: join(dir, 'f'), backup: true }
    const { before, after } = await converge(copy, args)
    const result = copy.result?.((await wishOf(copy, args)) as never, after as never, before as never) ?? {}
    const sha1 = execFileSync('sha1sum', [join(dir, 'f')], { encoding: 'utf8' }).split(' ')[0]
    expect(result).to.include({
      dest: join(dir, 'f'),
      mode: '0644',
      owner: 'root',
      uid: 0,
      size: 4,
      state: 'file',
      checksum: sha1,
    })
    const saved = result['backup_file'] as string
    expect(saved).to.match(/f\.[0-9a-f]{8}\.2020-02-03@04:05:06~$/)
    expect(readFileSync(saved, 'utf8')).to.equal('old\n')
    cleanUp(dir)
  })

  it('refuses a source whose checksum is not as promised', async () => {
    const controller = testController({ find: () => '/dev/null', read: () => Promise.resolve(Buffer.from('x')) })
    const error = await wishOf(copy, { src: 'a', dest: '/x', checksum: 'ab' }, controller).catch(
      (thrown: unknown) => thrown,
    )
    expect(String(error)).to.contain('not the one in checksum')
  })

  it('refuses to write a file that is still encrypted', async () => {
    const vault = Buffer.from('$ANSIBLE_VAULT;1.1;AES256\n3132')
    const controller = testController({ find: () => '/dev/null', read: () => Promise.resolve(vault) })
    const error = await wishOf(copy, { src: 'a', dest: '/x' }, controller).catch((thrown: unknown) => thrown)
    expect(String(error)).to.contain('encrypted')
    await wishOf(copy, { src: 'a', dest: '/x', decrypt: false }, controller)
  })

  it('takes many files in one step', async () => {
    const dir = arrange('mkdir {{dir}}/from {{dir}}/to')
    mkdirSync(join(dir, 'from/d'))
    for (let index = 0; index < 60; index += 1) writeFileSync(join(dir, 'from/d', `f${index}`), `${index}\n`)
    const { again } = await converge(copy, { src: `${dir}/from/`, dest: join(dir, 'to') })
    expect(again.changes).to.deep.equal([])
    cleanUp(dir)
  })
})
