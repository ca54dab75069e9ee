import { join } from 'node:path'
import { expect } from 'chai'
import stat from '../../src/modules/stat.ts'
import type { Effects } from '../../src/modules/effects.ts'
import { isMapping, type Mapping } from '../../src/source/value.ts'
import { arrange, cleanUp } from '../support/law-run.ts'
import { probeState, shells, wishOf } from '../support/modules.ts'

async function statOf(args: Readonly<Record<string, unknown>>, shell = 'dash', earlier?: Effects): Promise<Mapping> {
  const wish = (await wishOf(stat, args)) as never
  let state = (await probeState(stat, wish, shell)) as never
  if (earlier) state = stat.overlay?.(state, earlier, wish) as never
  expect(stat.plan(wish, state).changes).to.deep.equal([])
  const found = stat.result?.(wish, state)['stat']
  return isMapping(found) ? found : {}
}

describe('stat', () => {
  let dir = ''
  let path = ''
  beforeEach(() => {
    dir = arrange(
      `printf hello >"{{dir}}/a file"; chmod 4751 "{{dir}}/a file"; chown daemon:adm "{{dir}}/a file"; chmod 4751 "{{dir}}/a file"`,
    )
    path = join(dir, 'a file')
  })
  afterEach(() => cleanUp(dir))

  for (const shell of Object.keys(shells)) {
    it(`describes a file (${shell})`, async () => {
      expect(await statOf({ path }, shell)).to.include({
        exists: true,
        path,
        mode: '4751',
        isreg: true,
        isdir: false,
        isuid: true,
        xoth: true,
        woth: false,
        pw_name: 'daemon',
        gr_name: 'adm',
        uid: 1,
        size: 5,
        nlink: 1,
        checksum: 'aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d',
        mimetype: 'text/plain',
        readable: true,
      })
    })

    it(`finds nothing (${shell})`, async () => {
      expect(await statOf({ path: join(dir, 'no') }, shell)).to.deep.equal({ exists: false })
    })
  }

  it('describes a link, or what it leads to', async () => {
    cleanUp(dir)
    dir = arrange('mkdir {{dir}}/real; ln -s real {{dir}}/link')
    const target = { lnk_target: 'real', lnk_source: join(dir, 'real') }
    expect(await statOf({ path: join(dir, 'link') })).to.include({ islnk: true, isdir: false, ...target })
    expect(await statOf({ path: join(dir, 'link'), follow: true })).to.include({ islnk: false, isdir: true })
  })

  it('takes other digests, or none', async () => {
    expect(await statOf({ path, checksum: 'md5' })).to.include({ checksum: '5d41402abc4b2a76b9719d911017c592' })
    const short = await statOf({ path, get_checksum: false, mime: 'no', attr: 'no' })
    expect(short).to.not.have.any.keys('checksum', 'mimetype', 'attr_flags')
  })

  describe('in a check run', () => {
    it('sees what earlier tasks will have made', async () => {
      const missing = join(dir, 'no')
      const earlier: Effects = { paths: { [missing]: { type: 'directory', mode: '750', owner: 'daemon' } } }
      const found = await statOf({ path: missing }, 'dash', earlier)
      expect(found).to.include({ exists: true, isdir: true, isreg: false, mode: '0750', pw_name: 'daemon' })
    })

    it('sees what earlier tasks will have removed', async () => {
      expect(await statOf({ path }, 'dash', { paths: { [dir]: { type: 'absent' } } })).to.deep.equal({ exists: false })
    })

    it('knows no digest of what earlier tasks will have changed', async () => {
      const found = await statOf({ path }, 'dash', { paths: { [path]: { type: 'file', contentChanges: true } } })
      expect(found).to.include({ exists: true, pw_name: 'daemon' }).and.not.have.property('checksum')
    })

    it('says that packages may bring what is missing', async () => {
      const wish = (await wishOf(stat, { path: join(dir, 'no') })) as never
      const earlier: Effects = { packages: { any: { state: 'installed', manager: 'apt' } } }
      const state = stat.overlay?.((await probeState(stat, wish)) as never, earlier, wish) as never
      expect(stat.plan(wish, state).warnings?.[0]).to.contain('may come with packages')
    })
  })
})
