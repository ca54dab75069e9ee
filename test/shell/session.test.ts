import { expect } from 'chai'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { quote, Script, sh } from '../../src/shell/script.ts'
import { Session } from '../../src/shell/session.ts'
import { pipeConnection } from '../support/pipe-connection.ts'
import { sessionUnder } from './session-suite.ts'

const raw = (text: string) => ({ script: new Script(text) })

// session.full.test.ts has the other shells.
sessionUnder('dash')

describe('a session behind a sudo that asks', () => {
  it('marks its steps with nothing that stands in the process list', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'sallyport-'))
    // As sudo does it: the prompt on stderr, one line of stdin, then the command.
    const sudo = `#!/bin/sh\nwhile [ "$1" != -- ]; do [ "$1" != -p ] || prompt=$2; shift; done; shift
printf %s "$prompt" >&2; IFS= read -r password; [ "$password" = right ] && exec "$@"\n`
    await writeFile(join(dir, 'sudo'), sudo, { mode: 0o755 })
    const pipe = pipeConnection(['sh'])
    let listed = ''
    const connection = {
      ...pipe,
      exec: (command: string) => {
        listed = command
        return pipe.exec(`PATH=${quote(dir)}:$PATH; ${command}`)
      },
    }
    const session = await Session.open(connection, { method: 'sudo', user: 'root', password: 'right' })
    const seen = [...new Set(listed.match(/[0-9a-f]{24}/g))]
    expect(seen).not.to.deep.equal([])
    const forged = seen.map((nonce) => `\n${nonce} 0 7\n`).join('')
    const [first, second] = await session.exchange([{ script: sh`printf %s ${forged}` }, raw('printf honest')])
    expect([first?.stdout.toString(), first?.code]).to.deep.equal([forged, 0])
    expect(second?.stdout.toString()).to.equal('honest')
    session.close()
    await rm(dir, { recursive: true })
  })
})

describe('quote', () => {
  it('refuses NUL and leaves plain words readable', () => {
    expect(() => quote('a\0b')).to.throw('NUL')
    expect(quote('/etc/rsyslog.d/11-x.conf')).to.equal('/etc/rsyslog.d/11-x.conf')
    expect(quote('')).to.equal("''")
    expect(quote("it's")).to.equal(`'it'\\''s'`)
  })
})
