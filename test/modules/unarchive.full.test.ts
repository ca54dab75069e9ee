import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Plan } from '../../src/modules/define.ts'
import { chosen, readArchive } from '../../src/modules/unarchive/archive.ts'
import unarchive from '../../src/modules/unarchive/index.ts'
import { innerPath } from '../../src/modules/unarchive/member.ts'
import { snapshot } from '../support/law-run.ts'
import { converge, probeState, testController, wishOf } from '../support/modules.ts'

const packers = {
  tar: 'tar -cf',
  'tar.gz': 'tar -czf',
  'tar.bz2': 'tar -cjf',
  'tar.xz': 'tar -cJf',
  'tar.zst': 'tar --zstd -cf',
  zip: 'zip -qry',
} as const

/** What other people do to what was unpacked. */
const changes = [
  'rm one',
  'echo two >one',
  'touch sub/big',
  'chmod 600 sub/big',
  'chmod 755 sub',
  'ln -sfn x sub/link',
  'rm -r sub/empty',
]

describe('unarchive', function () {
  this.timeout(120_000)
  let dir = ''
  const bash = (script: string) => execFileSync('bash', ['-ec', `cd ${dir}; ${script}`], { encoding: 'utf8' })
  const at = (name: string) => join(dir, name)
  const whats = ({ changes }: Plan) => changes.map(({ what }) => what)

  before(() => {
    dir = mkdtempSync(join(tmpdir(), 'unarchive-'))
    bash(`mkdir -p tree/sub/empty 'tree/sp ace'; cd tree; echo one >one; head -c 70000 /dev/urandom >sub/big; : >sub/empty/no
echo "it's" >'sp ace/$(q) "é'; ln -s ../one sub/link; chmod 0750 sub/big; chmod 0700 sub; ln one hard; touch -d '2024-02-03 04:05:06' one sub/big`)
    for (const [ending, pack] of Object.entries(packers)) {
      if (ending !== 'tar.zst' || existsSync('/usr/bin/zstd'))
        bash(`cd tree; ${pack} ../a.${ending} one hard sub 'sp ace'`)
    }
  })
  after(() => rmSync(dir, { recursive: true, force: true }))

  for (const [ending] of Object.entries(packers)) {
    for (const remote of [false, true])
      it(`unpacks a ${ending} of the ${remote ? 'host' : 'controller'}, once, and sees what changes`, async function () {
        const src = at(`a.${ending}`)
        if (!existsSync(src)) return this.skip()
        const dest = at(`to-${ending}-${String(remote)}`)
        const args = { src, dest, remote_src: remote }
        bash(`mkdir ${dest}`)
        const { plan, again } = await converge(unarchive, args)
        expect(whats(plan)).to.have.length(1)
        expect(whats(again)).to.deep.equal([])
        expect(bash(`diff -r tree ${dest}; stat -c %a ${dest}/sub/big`)).to.equal('750\n')
        const drifts = ending === 'tar' || ending === 'zip' ? changes : []
        for (const drift of drifts) {
          bash(`cd ${dest}; ${drift}`)
          const seen = await converge(unarchive, args)
          expect([drift, whats(seen.plan).length, whats(seen.again)]).to.deep.equal([drift, 1, []])
        }
      })
  }

  it('looks without touching anything, under every shell', async () => {
    bash('mkdir looked')
    for (const src of [at('a.tar.gz'), at('a.zip')])
      for (const remote of [false, true])
        for (const shell of ['dash', 'bash', 'busybox']) {
          const before = snapshot(dir)
          await probeState(unarchive, await wishOf(unarchive, { src, dest: at('looked'), remote_src: remote }), shell)
          expect(snapshot(dir)).to.equal(before)
        }
  })

  it('reads the same out of every kind of tar as tar does', async () => {
    bash(
      `mkdir long; cd long; n=$(printf 'n%.0s' $(seq 120)); mkdir -p $n/$n; echo x >$n/$n/file; ln -s $n/$n to; truncate -s 1M sparse; echo end >>sparse`,
    )
    for (const format of ['gnu', 'pax', 'ustar', 'oldgnu', 'v7']) {
      const some = format === 'v7' ? '../tree/one' : format === 'ustar' ? '../tree/sub' : '.'
      bash(`cd long; tar ${/gnu|pax/.test(format) ? '-S' : ''} --format=${format} -cf ../f.tar ${some} 2>/dev/null`)
      const listed = bash('tar --quoting-style=literal -tf f.tar').trim().split('\n').map(innerPath)
      const members = await readArchive(readFileSync(at('f.tar')))
      expect(members.map(({ path }) => path).sort(), format).to.deep.equal(listed.sort())
      for (const { path, type, size } of members)
        if (type === 'file')
          expect([path, size]).to.deep.equal(
            [path, bash(`cat "$(find long tree -path '*${path.split('/').pop() ?? ''}')" | wc -c`).trim()].map(
              (value, index) => (index ? Number(value) : value),
            ),
          )
    }
  })

  for (const [choice, left] of [
    [{ exclude: ['sub'] }, ['hard', 'one', 'sp ace', 'sp ace/$(q) "é']],
    [{ exclude: ['*b*'] }, ['hard', 'one', 'sp ace', 'sp ace/$(q) "é']],
    [{ exclude: ['no', 'big/', 'sp*'] }, ['hard', 'one', 'sub', 'sub/empty', 'sub/link']],
    [{ include: ['sub/empty', 'one'] }, ['one', 'sub/empty', 'sub/empty/no']],
    [{ strip: 1 }, ['$(q) "é', 'big', 'empty', 'empty/no', 'link']],
  ] as const)
    it(`chooses as tar does: ${JSON.stringify(choice)}`, async () => {
      const all = await readArchive(readFileSync(at('a.tar.gz')))
      const members = chosen(all, 'gz', { include: [], exclude: [], strip: 0, ...choice })
      expect(members.map(({ path }) => path).sort()).to.deep.equal(left)
      const {
        include = [],
        exclude = [],
        strip = 0,
      } = choice as { include?: string[]; exclude?: string[]; strip?: number }
      const options = [
        ...exclude.map((name) => `--exclude='${name.replace(/\/$/, '')}'`),
        `--strip-components=${strip}`,
      ].join(' ')
      bash(`rm -rf chosen; mkdir chosen; tar -xf a.tar.gz -C chosen ${options} ${include.join(' ')}`)
      const unpacked = bash(`cd chosen; find . -mindepth 1 | sed 's,^./,,'`).trim().split('\n')
      for (const path of left) expect(unpacked).to.include(path)
    })

  it('takes a part, cuts names, gives attributes', async () => {
    for (const remote of [false, true]) {
      const dest = at(`part-${String(remote)}`)
      bash(`mkdir ${dest}`)
      const wish = {
        src: at('a.tar.xz'),
        dest,
        remote_src: remote,
        exclude: ['big'],
        extra_opts: ['--strip-components=1'],
      }
      const attributes = { owner: 'daemon', group: '4', mode: 'u=rwX,go=r' }
      const { again } = await converge(unarchive, { ...wish, ...attributes })
      expect(whats(again)).to.deep.equal([])
      expect(bash(`cd ${dest}; find . -mindepth 1 -printf '%P %u %G %m\\n' | sort`)).to.equal(
        '$(q) "é daemon 4 644\nempty daemon 4 744\nempty/no daemon 4 644\nlink daemon 4 777\n',
      )
      bash(`chown root ${dest}/empty/no`)
      const seen = await converge(unarchive, { ...wish, ...attributes })
      expect(whats(seen.plan)).to.deep.equal(['owner of 1 → daemon'])
    }
  })

  it('keeps what is newer, when told so', async () => {
    bash('mkdir newer; echo mine >newer/one')
    for (const src of ['a.tar', 'a.zip']) {
      const args = { src: at(src), dest: at('newer'), keep_newer: true }
      await converge(unarchive, args)
      const { plan } = await converge(unarchive, args)
      expect([whats(plan), readFileSync(at('newer/one'), 'utf8')]).to.deep.equal([[], 'mine\n'])
    }
    const { again } = await converge(unarchive, { src: at('a.tar'), dest: at('newer') })
    expect([whats(again), readFileSync(at('newer/one'), 'utf8')]).to.deep.equal([[], 'one\n'])
  })

  it('leaves it when something is there already, and lists what is in it', async () => {
    const args = { src: at('a.tar'), dest: at('newer'), creates: at('tree') }
    const { after } = await converge(unarchive, args)
    const wish = (await wishOf(unarchive, args)) as never
    expect(unarchive.result?.(wish, after as never)).to.deep.equal({ msg: `skipped, since ${at('tree')} exists` })
    const listed = { src: at('a.tar'), dest: at('newer'), list_files: true }
    const state = await probeState(unarchive, await wishOf(unarchive, listed))
    const { files } = unarchive.result?.((await wishOf(unarchive, listed)) as never, state as never) ?? {}
    expect(files).to.deep.equal(bash('tar --quoting-style=literal -tf a.tar').trim().split('\n'))
  })

  it('downloads an address once', async () => {
    bash('mkdir fetched')
    const args = { src: 'https://example.test/a.tar', dest: at('fetched'), remote_src: true }
    const controller = testController({ download: () => Promise.resolve(readFileSync(at('a.tar'))) })
    const { again } = await converge(unarchive, args, { controller })
    expect([whats(again), existsSync(at('fetched/one'))]).to.deep.equal([[], true])
  })

  describe('says what is wrong:', () => {
    const refusal = async (args: object) => {
      const wish = await wishOf(unarchive, { dest: dir, ...args })
      return unarchive.plan(wish as never, (await probeState(unarchive, wish)) as never).refuse
    }
    const thrown = (args: object) => wishOf(unarchive, { dest: dir, ...args }).then(String, String)

    it('on the host', async () => {
      bash('echo text >no.tar; : >empty.tar')
      expect(await refusal({ src: at('a.tar'), dest: at('none') })).to.match(/must be an existing dir/)
      expect(await refusal({ src: at('none.tar'), remote_src: true })).to.match(/none.tar' does not exist/)
      expect(await refusal({ src: at('no.tar'), remote_src: true })).to.match(/does not look like a tar archive/)
      expect(await refusal({ src: at('a.tar'), owner: 'nobody-there' })).to.match(/no user nobody-there/)
    })

    it('on the controller', async () => {
      bash(`head -c 3000 a.tar >cut.tar; head -c 2000 a.tar.gz >cut.tar.gz; cd tree; tar -P -cf ../out.tar ../no.tar`)
      expect(await thrown({ src: at('no.tar') })).to.match(/cut off|no tar/)
      expect(await thrown({ src: at('cut.tar') })).to.match(/cut off/)
      expect(await thrown({ src: at('cut.tar.gz') })).to.match(/damaged/)
      expect(await thrown({ src: at('out.tar') })).to.match(/leads out of the destination/)
      expect(await thrown({ src: at('a.tar'), extra_opts: ['--transform=s/a/b/'] })).to.match(/only --strip-components/)
      expect(await thrown({ src: 'http://a/b.tar' })).to.match(/needs remote_src/)
      expect(await thrown({ src: 'a', include: ['b'], exclude: ['c'] })).to.match(/give include or exclude/)
      expect(await thrown({ src: 'a', copy: false, remote_src: true })).to.match(/give copy or remote_src/)
    })
  })
})
