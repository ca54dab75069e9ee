import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import cron from '../../src/modules/cron.ts'
import knownHosts from '../../src/modules/known-hosts.ts'
import { digest } from '../../src/modules/paths/content.ts'
import { moduleName } from '../../src/modules/registry.ts'
import sysctl from '../../src/modules/sysctl.ts'
import tempfile from '../../src/modules/tempfile.ts'
import { arrange, cleanUp } from '../support/law-run.ts'
import { converge, runScript } from '../support/modules.ts'

describe('modules that keep settings', () => {
  let dir = ''
  beforeEach(() => {
    dir = arrange('')
  })
  afterEach(() => cleanUp(dir))

  it('are known by the names of their collections, and by no other', () => {
    expect(moduleName('ansible.posix.sysctl')).to.equal('sysctl')
    expect(moduleName('ansible.posix.authorized_key')).to.equal('authorized_key')
    expect(moduleName('ansible.builtin.lineinfile')).to.equal('lineinfile')
    expect(moduleName('ansible.posix.copy')).to.equal(undefined)
    expect(moduleName('some.where.copy')).to.equal(undefined)
  })

  it('sysctl refuses what is no setting, and asks for a value', () => {
    expect(() => sysctl.args.parse({ name: 'a=b', value: '1' })).to.throw(/name of a setting/)
    expect(() => sysctl.args.parse({ name: 'a' })).to.throw(/is needed/)
    expect(() => sysctl.args.parse({ name: 'a', value: 'x\ny' })).to.throw(/one line/)
  })

  it('sysctl compares the value in the kernel word by word', () => {
    const args = { name: 'a.b', value: '1 2', sysctl_file: '/etc/sysctl.conf' }
    const wish = sysctl.args.parse(args)
    const file = Buffer.from('a.b=1 2\n').toString('base64')
    const state = (live: string) =>
      sysctl.parse(
        `record file\nis 81a4:0:0:8:1:1:1:0:0:0:root:root\nsha256 ${digest(Buffer.from('a.b=1 2\n'))}\nbase64\n|${file}\n.\nrecord accounts\nrecord kernel\nlive\n|${live}\n.\n`,
        wish,
      )
    expect(sysctl.plan(wish, state('1\t2')).changes).to.deep.equal([])
    expect(sysctl.plan(wish, state('1\t3')).changes).to.deep.equal([{ what: 'a.b in the kernel 1 3 → 1 2' }])
    expect(sysctl.plan({ ...wish, reload: false }, state('1\t3')).changes).to.deep.equal([])
  })

  it('cron refuses what no crontab can hold', () => {
    const wrong = (args: object, message: RegExp) =>
      expect(() => cron.args.parse({ name: 'a', job: 'x', ...args })).to.throw(message)
    wrong({ job: 'a\nb' }, /one line/)
    wrong({ cron_file: '/etc/crontab', user: 'root' }, /belongs to the system/)
    wrong({ cron_file: 'x' }, /user/)
    wrong({ minute: '1', special_time: 'daily' }, /exclude each other/)
    wrong({ backup: true }, /cron_file only/)
  })

  it('known_hosts finds a hashed name again', async () => {
    const path = join(dir, 'f')
    const key = 'a.test ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl'
    await converge(knownHosts, { name: 'a.test', key, path, hash_host: true })
    expect(readFileSync(path, 'utf8')).to.match(/^\|1\|\S+\|\S+ ssh-ed25519 /)
    const { plan } = await converge(knownHosts, { name: 'a.test', key, path, hash_host: true })
    expect(plan.changes).to.deep.equal([])
    await converge(knownHosts, { name: 'a.test', path, state: 'absent' })
    expect(readFileSync(path, 'utf8')).to.equal('')
  })

  it('known_hosts refuses a key of another host', () => {
    const args = { name: 'b.test', key: 'a.test ssh-rsa AAAA' }
    expect(() => knownHosts.args.parse(args)).to.throw(/not for b.test/)
  })

  it('tempfile makes a new place each time, for nobody else', async () => {
    const seen = new Set<string>()
    for (const shell of ['dash', 'bash', 'busybox'])
      for (const state of ['file', 'directory'] as const) {
        const wish = tempfile.args.parse({ path: dir, state, prefix: 'a b.', suffix: '.x' })
        const { result = {}, changed } = tempfile.report(wish, await runScript(tempfile.run(wish).script, shell))
        expect(changed).to.equal(true)
        const path = typeof result['path'] === 'string' ? result['path'] : ''
        expect(path).to.match(/\/a b\.[0-9a-f]{12}\.x$/)
        expect(statSync(path).mode & 0o777).to.equal(state === 'file' ? 0o600 : 0o700)
        expect(result['mode']).to.equal(state === 'file' ? '0600' : '0700')
        seen.add(path)
      }
    expect(seen.size).to.equal(6)
  })

  it('tempfile says why it cannot', async () => {
    writeFileSync(join(dir, 'f'), '')
    const wish = tempfile.args.parse({ path: join(dir, 'f') })
    expect(tempfile.report(wish, await runScript(tempfile.run(wish).script)).failed).to.match(/is no directory/)
  })
})
