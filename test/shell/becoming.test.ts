import { expect } from 'chai'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Become } from '../../src/shell/become.ts'
import { BecomeError } from '../../src/shell/open-shell.ts'
import { quote, sh } from '../../src/shell/script.ts'
import { Session } from '../../src/shell/session.ts'
import { localTransport } from '../../src/transport/local.ts'
import type { Connection } from '../../src/transport/transport.ts'
import { makeKeys, makeTarget } from '../transport/sshd.ts'

/** This machine's own sudo and su with their PAM, in German, over accounts that only a mount namespace sees. */
describe('becoming another user, in German', () => {
  let dir: string
  before(function () {
    if (process.getuid?.() !== 0) return this.skip()
    dir = mkdtempSync(join(tmpdir(), 'sallyport-become-'))
    const hash = (password: string) => execFileSync('openssl', ['passwd', '-6', password], { encoding: 'utf8' }).trim()
    const others = (file: string) => readFileSync(file, 'utf8').replace(/^(root|caller|locked):.*\n/gm, '')
    writeFileSync(
      join(dir, 'passwd'),
      `root:x:0:0::/root:/bin/sh\ncaller:x:4711:4711::/:/bin/sh\nlocked:x:4712:4712::/:/usr/sbin/nologin\n${others('/etc/passwd')}`,
    )
    writeFileSync(
      join(dir, 'shadow'),
      `root:${hash('geheim')}:19000::::::\ncaller:${hash('meins')}:19000::::::\nlocked:*:19000::::::\n`,
      { mode: 0o600 },
    )
    writeFileSync(join(dir, 'sudoers'), 'caller ALL=(ALL) ALL\n', { mode: 0o440 })
    execFileSync('mkdir', [join(dir, 'locale')])
    execFileSync('localedef', ['-i', 'de_DE', '-f', 'UTF-8', join(dir, 'locale/de_DE.UTF-8')])
  })
  after(() => dir && rmSync(dir, { recursive: true, force: true }))

  /** A connection whose commands run as this user, like a login of it. */
  const loggedIn = async (uid: number, noise = ''): Promise<Connection> => {
    const keys = makeKeys()
    const connection = await localTransport().connect(makeTarget(keys, 22, { kind: 'local' }))
    keys.clean()
    const mounts = ['passwd', 'shadow', 'sudoers'].map((file) => `mount --bind ${dir}/${file} /etc/${file}`)
    const inside = [
      ...mounts,
      `mount --bind ${dir}/locale /usr/lib/locale`,
      `export LANG=de_DE.UTF-8; ${noise}`,
      `exec setpriv --reuid=${uid} --regid=${uid} --clear-groups sh -c "$0"`,
    ]
    return {
      warnings: [],
      lost: connection.lost,
      close: () => connection.close(),
      forward: (host, port) => connection.forward(host, port),
      exec: (command) => connection.exec(`exec unshare -m sh -c ${quote(inside.join('\n'))} ${quote(command)}`),
    }
  }

  const whoIs = async (become: Become, uid = 4711, noise = ''): Promise<string> => {
    const connection = await loggedIn(uid, noise)
    try {
      const session = await Session.open(connection, become)
      const [first, second] = await session.exchange([
        { script: sh`id -un; cat` },
        { script: sh`printf %s "$LANG"`, ownLocale: true },
      ])
      session.close()
      return [first, second].map((step) => step?.stdout.toString()).join('')
    } finally {
      connection.close()
    }
  }
  const refusal = async (become: Become, uid?: number): Promise<string> => {
    const outcome: unknown = await whoIs(become, uid).catch((error: unknown) => error)
    expect(outcome).to.be.instanceOf(BecomeError)
    return outcome instanceof BecomeError ? outcome.message : ''
  }

  const root = { user: 'root' } as const
  const german = 'root\nde_DE.UTF-8'

  it('su asks for the password of root', async () => {
    expect(await whoIs({ method: 'su', ...root, password: 'geheim' })).to.equal(german)
  })

  it('su does not ask root: the password goes nowhere, and none is needed', async () => {
    expect(await whoIs({ method: 'su', user: 'caller', password: 'touch /tmp/executed' }, 0)).to.match(/^caller\n/)
    expect(await whoIs({ method: 'su', user: 'caller' }, 0)).to.match(/^caller\n/)
  })

  it('su brings root to a user without a shell', async () => {
    expect(await whoIs({ method: 'su', user: 'locked' }, 0)).to.match(/^locked\n/)
  })

  it('su with a login shell, whose noise is no question', async () => {
    const flags = ['-l']
    const noise = 'printf "half a line" >&2; printf "another"'
    expect(await whoIs({ method: 'su', ...root, password: 'geheim', flags }, 4711, noise)).to.match(/^root\n/)
    expect(await whoIs({ method: 'su', user: 'caller', flags }, 0, noise)).to.match(/^caller\n/)
  })

  it('su says that the password is wrong, or that there is none, or no such user', async () => {
    const wrong = await refusal({ method: 'su', ...root, password: 'falsch' })
    expect(wrong).to.match(/^su refused the password, or this user: .*Fehler bei Authentifizierung$/)
    expect(wrong).to.not.include('falsch')
    expect(await refusal({ method: 'su', ...root })).to.match(/^su wants a password for this user and none was given/)
    expect(await refusal({ method: 'su', user: 'nobody-here' }, 0)).to.match(/^su refused: .*nobody-here/)
    expect(await refusal({ method: 'su', ...root, exe: '/no/such/su' })).to.equal(
      'there is no su on the host (or no sh behind it)',
    )
  })

  it('sudo asks for the password of the caller', async () => {
    expect(await whoIs({ method: 'sudo', ...root, password: 'meins' })).to.match(/^root\n/)
  })

  it('sudo says that the password is wrong, or that there is none', async () => {
    expect(await refusal({ method: 'sudo', ...root, password: 'falsch' })).to.equal(
      'sudo refused the password: it is wrong for this user',
    )
    expect(await refusal({ method: 'sudo', ...root })).to.match(/^sudo (wants a password|refused: .*Passwor)/)
  })
})
