import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { openrcServices, sysvServices, systemdServices } from '../../src/modules/facts/services.ts'
import { toExtended } from '../../src/modules/facts/regex.ts'
import find from '../../src/modules/find/index.ts'
import { fnmatch, looseGlob, readAge, readSize } from '../../src/modules/find/match.ts'
import getent from '../../src/modules/getent.ts'
import type { StateModule } from '../../src/modules/define.ts'
import { listers } from '../../src/modules/packages/listers.ts'
import packageFacts from '../../src/modules/package-facts.ts'
import slurp from '../../src/modules/slurp.ts'
import type { Mapping } from '../../src/source/value.ts'
import { arrange, cleanUp, installBusybox, withBusybox } from '../support/law-run.ts'
import { probeState, shells, wishOf } from '../support/modules.ts'

async function look(module: StateModule, args: unknown, shell = 'dash'): Promise<Mapping> {
  const wish = await wishOf(module, args)
  const state = await probeState(module, wish, shell)
  const { refuse } = module.plan(wish, state)
  return refuse === undefined ? (module.result?.(wish, state) ?? {}) : { refuse }
}

describe('modules that look, under every shell and with busybox alone', () => {
  let dir = ''
  let applets = ''
  before(() => {
    applets = installBusybox()
    dir = arrange(`cd {{dir}}; mkdir -p sub/deep .h; printf 'one\\ntwo' >a.txt; printf x >"sub/b
c.txt"; printf '\\377\\0' >sub/deep/bytes; ln -s sub link; ln -s gone broken; printf h >.h/h.txt`)
  })
  after(() => {
    cleanUp(dir)
    cleanUp(applets)
  })

  const places: readonly (readonly [string, (module: StateModule) => StateModule, string])[] = [
    ...Object.keys(shells).map((shell) => [shell, (module: StateModule) => module, shell] as const),
    ['busybox alone', (module) => withBusybox(module, applets), 'busybox'],
  ]
  for (const [place, dressed, shell] of places) {
    const names = async (args: object): Promise<string[]> => {
      const { files } = await look(dressed(find), { paths: dir, ...args }, shell)
      return (files as readonly { readonly path: string }[]).map(({ path }) => path.slice(dir.length + 1))
    }

    it(`find (${place})`, async () => {
      expect(await names({})).to.deep.equal(['a.txt'])
      expect(await names({ recurse: true, patterns: '*.txt' })).to.deep.equal(['.h/h.txt', 'a.txt', 'sub/b\nc.txt'])
      expect(await names({ file_type: 'any' })).to.deep.equal(['a.txt', 'broken', 'link', 'sub'])
      expect(await names({ file_type: 'link', follow: true })).to.deep.equal(['broken', 'link'])
      expect(await names({ recurse: true, contains: 'tw[o]$' })).to.deep.equal(['a.txt'])
      expect(await names({ recurse: true, contains: 'one\\ntwo', read_whole_file: true })).to.deep.equal(['a.txt'])
      expect(await names({ recurse: true, depth: 2, size: '-1' })).to.deep.equal(['.h/h.txt', 'sub/b\nc.txt'])
      const { files, examined } = await look(dressed(find), { paths: dir, get_checksum: true }, shell)
      expect(files).to.have.nested.property('[0].checksum', createHash('sha1').update('one\ntwo').digest('hex'))
      expect(examined).to.equal(5)
    })

    it(`slurp (${place})`, async () => {
      expect(await look(dressed(slurp), { src: `${dir}/sub/deep/bytes` }, shell)).to.include({
        content: '/wA=',
      })
      expect(await look(dressed(slurp), { src: dir }, shell)).to.deep.equal({
        refuse: `source is a directory and must be a file: ${dir}`,
      })
    })
  }

  it('getent says what is missing', async () => {
    const alone = withBusybox(getent, applets)
    expect(await look(alone, { database: 'passwd' }, 'busybox'))
      .to.have.property('refuse')
      .that.matches(/no getent/)
  })

  it('package_facts says that there is no manager it knows', async () => {
    const alone = withBusybox(packageFacts, '/nowhere')
    expect(await look(alone, {}, 'bash'))
      .to.have.property('refuse')
      .that.matches(/package manager/)
  })
})

describe('find, in words', () => {
  it('reads ages and sizes', () => {
    expect(['2d', '-90', '1W'].map(readAge)).to.deep.equal([172_800, -90, 604_800])
    expect(['1k', '-2m', '7'].map(readSize)).to.deep.equal([1024, -2_097_152, 7])
    expect(find.args.safeParse({ paths: '/a', age: 'old', size: '1q', contains: 'a(?=b)' }).error?.message).to.match(
      /failed to process age[^]*failed to process size[^]*cannot be searched for on a host/,
    )
    expect(find.args.safeParse({ paths: 'etc' }).error?.message).to.match(/'etc' must be an absolute path/)
  })

  it('hands find patterns that fit at least what is meant', () => {
    for (const [pattern, name] of [
      ['a[b', 'a[b'],
      ['a\\*', 'a\\x'],
      ['[!x]é?', 'aéß'],
      ['[]]', ']'],
    ] as const) {
      expect(fnmatch(pattern)(name), pattern).to.equal(true)
      expect(looseGlob(pattern)).to.not.match(/\[[^\\]*\]/)
    }
  })

  it('searches a whole file as one line', () => {
    expect(toExtended('a.b\\n[^\\s]\\S$', '~')).to.equal('a[^~]b~[^[:space:]~][^[:space:]~]~?$')
  })
})

describe('service managers', () => {
  it('SysV: service --status-all, and chkconfig', () => {
    expect(sysvServices([' [ + ]  ssh', ' [ - ]  x11', ' [ ? ]  odd'], [])).to.deep.equal({
      ssh: { name: 'ssh', state: 'running', source: 'sysv' },
      x11: { name: 'x11', state: 'stopped', source: 'sysv' },
    })
    const level = '0:off\t1:off\t2:on\t3:on\t4:on\t5:on\t6:off'
    expect(sysvServices([], [`running network ${level}`])).to.deep.equal({
      network: { name: 'network', state: 'running', status: 'enabled', source: 'sysv' },
    })
  })

  it('OpenRC', () => {
    const rows = [' sshd  started ', ' crond  stopped '] as const
    expect(openrcServices(rows, ['  sshd | default', ' crond | ', ' other | boot'])).to.deep.equal({
      sshd: { name: 'sshd', state: 'started', runlevels: ['default'], source: 'openrc' },
      crond: { name: 'crond', state: 'stopped', runlevels: null, source: 'openrc' },
    })
  })

  it('systemd', () => {
    const units = [
      '  cron.service loaded active running Regular',
      '* gone.service not-found inactive dead gone.service',
      '* bad.service loaded failed failed Bad',
    ]
    const files = [
      'cron.service enabled enabled',
      'bad.service enabled enabled',
      'off.service disabled enabled',
      'tpl@.service static -',
    ]
    const states = [
      'cron.service',
      'bad.service',
      'off.service',
      '===',
      'ActiveState=active',
      '',
      'ActiveState=failed',
      '',
      'ActiveState=inactive',
    ]
    expect(systemdServices(units, files, states)).to.deep.equal({
      'cron.service': { name: 'cron.service', state: 'running', status: 'enabled', source: 'systemd' },
      'gone.service': { name: 'gone.service', state: 'stopped', status: 'not-found', source: 'systemd' },
      'bad.service': { name: 'bad.service', state: 'stopped', status: 'failed', source: 'systemd' },
      'off.service': { name: 'off.service', state: 'inactive', status: 'disabled', source: 'systemd' },
      'tpl@.service': { name: 'tpl@.service', state: 'unknown', status: 'static', source: 'systemd' },
    })
  })
})

describe('package managers', () => {
  it('rpm', () => {
    expect(listers['rpm']?.read(['bash\t5.1\t2.el9\t(none)\tx86_64', 'vim\t9\t1\t2\tx86_64'])).to.deep.equal([
      { name: 'bash', version: '5.1', release: '2.el9', epoch: null, arch: 'x86_64', source: 'rpm' },
      { name: 'vim', version: '9', release: '1', epoch: 2, arch: 'x86_64', source: 'rpm' },
    ])
  })

  it('apk', () => {
    expect(listers['apk']?.read(['musl-utils-1.2.4-r2'])).to.deep.equal([
      { name: 'musl-utils', version: '1.2.4', release: 'r2', source: 'apk' },
    ])
  })
})
