import { expect } from 'chai'
import { execFileSync, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import {
  fingerprint,
  judgeHostKey,
  keyTypeOf,
  knownHostName,
  matchesHost,
  parseKnownHosts,
} from '../../src/transport/known-hosts.ts'
import { openKnownHosts } from '../../src/transport/known-hosts-file.ts'

/** Any 32 bytes make a public key of this type as far as known_hosts is concerned. */
const ed25519 = (byte: number) => {
  const name = Buffer.from('ssh-ed25519')
  return Buffer.concat([Buffer.from([0, 0, 0, name.length]), name, Buffer.from([0, 0, 0, 32]), Buffer.alloc(32, byte)])
}
const [key, other] = [ed25519(1), ed25519(2)]
const text = (hosts: string, bytes = key, marker = '') =>
  `${marker}${hosts} ssh-ed25519 ${bytes.toString('base64')} someone\n`
const matching = (file: string, name: string) =>
  parseKnownHosts(file, 'f').filter((entry) => matchesHost(entry.hosts, name))

describe('known_hosts', () => {
  describe('lines', () => {
    const good = key.toString('base64')
    const cases: readonly [string, string, number][] = [
      ['a plain line', `web1 ssh-ed25519 ${good}`, 1],
      ['a comment after the key', `web1 ssh-ed25519 ${good} me@here and more`, 1],
      ['tabs, blanks and a carriage return', `\t web1\tssh-ed25519  ${good}\r`, 1],
      ['a comment', `# web1 ssh-ed25519 ${good}`, 0],
      ['an empty line', '   ', 0],
      ['a line without a key', 'web1 ssh-ed25519', 0],
      ['a key that is not of the type named', `web1 ssh-rsa ${good}`, 0],
      ['a key that is not base64', 'web1 ssh-ed25519 !!!', 0],
      ['protocol 1', 'web1 1024 35 1234567', 0],
      ['an unknown marker', `@new web1 ssh-ed25519 ${good}`, 0],
      ['a revoked key', `@revoked * ssh-ed25519 ${good}`, 1],
      ['an authority', `@cert-authority *.example.org ssh-ed25519 ${good}`, 1],
    ]
    for (const [name, line, count] of cases) {
      it(`${name}: ${count === 1 ? 'read' : 'left out'}`, () => {
        expect(parseKnownHosts(`\n${line}\n`, 'f').map(({ line }) => line)).to.deep.equal(count === 1 ? [2] : [])
      })
    }

    it('any text is read without an error', () => {
      fc.assert(fc.property(fc.string({ unit: 'binary' }), (any) => Array.isArray(parseKnownHosts(any, 'f'))))
      fc.assert(fc.property(fc.uint8Array(), (any) => keyTypeOf(Buffer.from(any)) !== ''))
    })
  })

  describe('names', () => {
    const cases: readonly [string, string, boolean][] = [
      ['web1', 'web1', true],
      ['WEB1', 'web1', true],
      ['web1,10.0.0.1', '10.0.0.1', true],
      ['web1', 'web10', false],
      ['web?', 'web1', true],
      ['web?', 'web', false],
      ['*', 'anything', true],
      ['*.example.org', 'a.b.example.org', true],
      ['*.example.org', 'example.org', false],
      ['*.example.org,!bad.example.org', 'bad.example.org', false],
      ['!bad.example.org,*.example.org', 'bad.example.org', false],
      ['!bad.example.org', 'good.example.org', false],
      ['[web1]:2222', '[web1]:2222', true],
      ['[web1]:2222', 'web1', false],
      ['web1', '[web1]:2222', false],
      ['[*]:2222', '[web1]:2222', true],
      ['a*b*c', 'axxbxxbc', true],
      ['a*b*c', 'axxbxxb', false],
      ['|1|AAAA', 'web1', false],
      ['|2|AAAA|AAAA', 'web1', false],
      ['', 'web1', false],
    ]
    for (const [hosts, name, expected] of cases) {
      it(`${hosts} ${expected ? 'names' : 'does not name'} ${name}`, () =>
        expect(matchesHost(hosts, name)).to.equal(expected))
    }

    it('a pattern full of stars takes no time', () => {
      const before = Date.now()
      expect(matchesHost(`${'*a'.repeat(200)}b`, 'a'.repeat(5000))).to.equal(false)
      expect(Date.now() - before).to.be.below(2000)
    })

    it('are written with the port unless it is 22', () => {
      expect(knownHostName('Web1', 22)).to.equal('web1')
      expect(knownHostName('web1', 2222)).to.equal('[web1]:2222')
      expect(knownHostName('::1', 22)).to.equal('::1')
      expect(knownHostName('::1', 2222)).to.equal('[::1]:2222')
    })
  })

  describe('verdicts', () => {
    const cases: readonly [string, string, string][] = [
      ['nothing known', '', 'unknown'],
      ['another host', text('web2'), 'unknown'],
      ['the key', text('web1'), 'known'],
      ['the key in the second line', text('web1', other) + text('web1'), 'known'],
      ['another key', text('web1', other), 'changed'],
      ['a key of another type', `web1 ssh-dss ${dss().toString('base64')}\n`, 'changed'],
      ['revoked everywhere', text('web1') + text('*', key, '@revoked '), 'revoked'],
      ['another key revoked', text('web1') + text('*', other, '@revoked '), 'known'],
      ['only an authority', text('*', other, '@cert-authority '), 'authority-only'],
      ['an authority with this very key', text('*', key, '@cert-authority '), 'authority-only'],
      ['the key and an authority', text('web1') + text('*', other, '@cert-authority '), 'known'],
    ]
    for (const [name, file, kind] of cases) {
      it(`${name}: ${kind}`, () => expect(judgeHostKey(matching(file, 'web1'), key).kind).to.equal(kind))
    }
  })

  describe('against ssh-keygen', () => {
    let dir: string
    let file: string
    before(function () {
      if (spawnSync('ssh-keygen', ['-?']).error) {
        if (process.env.CI === 'true') throw new Error('CI must have ssh-keygen')
        this.skip()
      }
      dir = mkdtempSync(join(tmpdir(), 'sallyport-known-hosts-'))
      file = join(dir, 'known_hosts')
    })
    after(() => {
      if (dir) rmSync(dir, { recursive: true })
    })
    /** The lines that `ssh-keygen -F` finds: their numbers. */
    const found = (name: string): number[] => {
      const { stdout } = spawnSync('ssh-keygen', ['-F', name, '-f', file], { encoding: 'utf8' })
      return [...stdout.matchAll(/^# Host .* found: line (\d+)/gm)].map(([, line]) => Number(line))
    }
    const ours = (name: string) => matching(readFileSync(file, 'utf8'), name).map(({ line }) => line)

    const label = fc.stringMatching(/^[a-c1]{1,3}$/)
    const host = fc.array(label, { minLength: 1, maxLength: 3 }).map((labels) => labels.join('.'))
    const named = fc.oneof(
      host,
      fc.tuple(host, fc.constantFrom(22, 2222)).map(([name, port]) => knownHostName(name, port)),
    )
    const pattern = fc.oneof(
      named,
      fc
        .tuple(fc.constantFrom('*', '?', '*.', '!', '!*', '[*', ''), named, fc.constantFrom('', '*', '?'))
        .map((p) => p.join('')),
    )
    const hosts = fc.array(pattern, { minLength: 1, maxLength: 3 }).map((patterns) => patterns.join(','))

    it('the same lines name a host (-F)', () => {
      fc.assert(
        fc.property(fc.array(hosts, { minLength: 1, maxLength: 5 }), named, (lines, name) => {
          writeFileSync(file, lines.map((line, at) => text(line, ed25519(at))).join(''))
          expect(ours(name)).to.deep.equal(found(name))
        }),
        { numRuns: 150 },
      )
    })

    it('also when the names are hashed (-H)', () => {
      fc.assert(
        fc.property(fc.uniqueArray(named, { minLength: 1, maxLength: 4 }), named, (names, asked) => {
          writeFileSync(file, names.map((name, at) => text(name, ed25519(at))).join(''))
          const before = [...names, asked].map(ours)
          execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' })
          expect(readFileSync(file, 'utf8')).to.match(/^\|1\|/)
          expect([...names, asked].map(ours)).to.deep.equal(before)
          expect(ours(asked)).to.deep.equal(found(asked))
          const store = openKnownHosts()
          for (const name of [asked, ...names, asked, ...names]) {
            expect(store.find([file], name).map(({ line }) => line)).to.have.members(ours(name))
          }
        }),
        { numRuns: 40 },
      )
    })

    it('a name that is written hashed is found by both, and shows nothing', () => {
      const file = join(dir, 'written-hashed')
      for (const name of ['web1', '[web1]:2222', 'web1']) openKnownHosts().add(file, name, key, 'ssh-ed25519', true)
      const text = readFileSync(file, 'utf8')
      expect(text.trim().split('\n')).to.have.length(2)
      expect(text).to.not.include('web1')
      for (const name of ['web1', '[web1]:2222']) {
        expect(openKnownHosts().find([file], name)).to.have.length(1)
        expect(spawnSync('ssh-keygen', ['-F', name, '-f', file]).status, name).to.equal(0)
      }
      expect(openKnownHosts().find([file], 'web2')).to.have.length(0)
    })

    it('what ssh-keygen -R removes is unknown afterwards', () => {
      fc.assert(
        fc.property(fc.uniqueArray(named, { minLength: 1, maxLength: 4 }), (names) => {
          writeFileSync(file, names.map((name, at) => text(name, ed25519(at))).join(''))
          const [first = ''] = names
          execFileSync('ssh-keygen', ['-R', first, '-f', file], { stdio: 'ignore' })
          expect(ours(first)).to.deep.equal([])
          for (const name of names.slice(1)) expect(ours(name).length).to.equal(1)
        }),
        { numRuns: 30 },
      )
    })

    it('the same fingerprint (-l)', () => {
      const keyFile = join(dir, 'key')
      execFileSync('ssh-keygen', ['-q', '-t', 'ecdsa', '-N', '', '-f', keyFile])
      const [, blob = ''] = readFileSync(`${keyFile}.pub`, 'utf8').split(' ')
      const shown = execFileSync('ssh-keygen', ['-l', '-f', `${keyFile}.pub`], { encoding: 'utf8' })
      expect(shown.split(' ')[1]).to.equal(fingerprint(Buffer.from(blob, 'base64')))
    })

    it('finds what we have added', () => {
      rmSync(file, { force: true })
      openKnownHosts().add(file, '[web1]:2222', key, 'ssh-ed25519')
      expect(found('[web1]:2222')).to.deep.equal([1])
    })
  })

  describe('the file', () => {
    let dir: string
    beforeEach(() => {
      dir = mkdtempSync(join(tmpdir(), 'sallyport-known-hosts-'))
    })
    afterEach(() => rmSync(dir, { recursive: true }))

    it('is made, with its directory, for nobody else to read', () => {
      const file = join(dir, 'home', '.ssh', 'known_hosts')
      openKnownHosts().add(file, 'web1', key, 'ssh-ed25519')
      expect(statSync(file).mode & 0o777).to.equal(0o600)
      expect(statSync(join(dir, 'home', '.ssh')).mode & 0o777).to.equal(0o700)
      expect(readFileSync(file, 'utf8')).to.equal(`web1 ssh-ed25519 ${key.toString('base64')}\n`)
    })

    it('keeps an unfinished last line apart from a new one', () => {
      const file = join(dir, 'known_hosts')
      writeFileSync(file, text('web1', other).trimEnd())
      openKnownHosts().add(file, 'web2', key, 'ssh-ed25519')
      expect(parseKnownHosts(readFileSync(file, 'utf8'), file).map(({ hosts }) => hosts)).to.deep.equal([
        'web1',
        'web2',
      ])
    })

    it('gets each line once, however many hosts ask at once', () => {
      const file = join(dir, 'known_hosts')
      const store = openKnownHosts()
      for (let times = 0; times < 5; times++) store.add(file, 'web1', key, 'ssh-ed25519')
      expect(store.find([file], 'web1').length).to.equal(1)
    })

    it('is read again when somebody else has changed it', () => {
      const file = join(dir, 'known_hosts')
      const store = openKnownHosts()
      expect(store.find([file], 'web1')).to.deep.equal([])
      expect(store.isEmpty([file])).to.equal(true)
      writeFileSync(file, text('web1'))
      expect(store.find([file], 'WEB1'.toLowerCase()).length).to.equal(1)
      expect(store.isEmpty([file])).to.equal(false)
      rmSync(file)
      expect(store.find([file], 'web1')).to.deep.equal([])
    })

    it('finds the same entries as a walk through all lines', () => {
      const file = join(dir, 'known_hosts')
      const names = ['web1', 'web1,web2', '*', '!web1,*', 'WEB2', '[web1]:2222']
      writeFileSync(file, names.map((name, at) => text(name, ed25519(at))).join(''))
      for (const name of ['web1', 'web2', 'web3', '[web1]:2222']) {
        const walked = matching(readFileSync(file, 'utf8'), name).map(({ line }) => line)
        expect(
          openKnownHosts()
            .find([file], name)
            .map(({ line }) => line),
        ).to.have.members(walked)
      }
    })

    it('loses no line when several processes add at once', async function () {
      this.timeout(60_000)
      const file = join(dir, 'known_hosts')
      const script = join(dir, 'add.ts')
      const module = join(import.meta.dirname, '../../src/transport/known-hosts-file.ts')
      writeFileSync(
        script,
        `import { openKnownHosts } from ${JSON.stringify(module)}
         const [file, who] = process.argv.slice(2)
         const key = Buffer.from(${JSON.stringify(key.toString('base64'))}, 'base64')
         for (let i = 0; i < 200; i++) openKnownHosts().add(file!, who + '-' + i, key, 'ssh-ed25519')`,
      )
      const add = (who: string) =>
        new Promise((resolve) => {
          const args = ['--import', 'tsx', script, file, who]
          const cwd = join(import.meta.dirname, '../..')
          spawn(process.execPath, args, { stdio: 'inherit', cwd }).once('exit', resolve)
        })
      const processes = ['a', 'b', 'c', 'd'].map(add)
      expect(await Promise.all(processes)).to.deep.equal([0, 0, 0, 0])
      const lines = parseKnownHosts(readFileSync(file, 'utf8'), file)
      expect(new Set(lines.map(({ hosts }) => hosts)).size).to.equal(800)
    })
  })
})

/** A key of a type that the host above does not have. */
function dss(): Buffer {
  const name = Buffer.from('ssh-dss')
  return Buffer.concat([Buffer.from([0, 0, 0, name.length]), name])
}
