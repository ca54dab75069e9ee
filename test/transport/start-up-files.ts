import { expect } from 'chai'
import { sh } from '../../src/shell/script.ts'
import { Session } from '../../src/shell/session.ts'
import type { Target, Transport } from '../../src/transport/transport.ts'
import { failure, run } from './contract.ts'

export interface NoisySubject {
  readonly transport: Transport
  readonly target: Target
  /** Writes the file that the account's bash reads when sshd starts it. */
  writeStartUpFile(text: string): Promise<void>
}

/** What an account's start-up files do to the work that comes behind them. The subject is set up by an earlier hook. */
export function startUpFiles(name: string, subject: () => NoisySubject): void {
  describe(`start-up files of a login shell: ${name}`, () => {
    afterEach(() => subject().writeStartUpFile(''))

    const noise: readonly [string, string][] = [
      ['on both streams', 'echo Welcome; echo "no LC_ALL" >&2'],
      ['without ending their line', 'printf "Last login: today"; printf warning >&2'],
      ['a lot', 'head -c 300000 /dev/zero | tr "\\0" "\\n"; head -c 300000 /dev/zero >&2'],
    ]
    for (const [kind, text] of noise) {
      it(`print ${kind}, and nothing of it reaches a step`, async () => {
        const { transport, target, writeStartUpFile } = subject()
        await writeStartUpFile(text)
        const connection = await transport.connect(target)
        const { out, err } = await run(connection, 'true')
        expect([out, err].map(({ length }) => length > 0)).to.deep.equal([true, true])
        const session = await Session.open(connection)
        const [first, second] = await session.exchange([
          { script: sh`printf out; printf err >&2` },
          { script: sh`echo` },
        ])
        expect([first, second].map((step) => [step?.stdout.toString(), step?.stderr.toString()])).to.deep.equal([
          ['out', 'err'],
          ['\n', ''],
        ])
        session.close()
        connection.close()
      })
    }

    it('end the shell: their last words are told', async () => {
      const { transport, target, writeStartUpFile } = subject()
      await writeStartUpFile('echo "closed for today" >&2; exit 3')
      const connection = await transport.connect(target)
      const session = await Session.open(connection)
      const { phase, message, hint } = await failure(session.exchange([{ script: sh`echo never` }]))
      expect([phase, message]).to.deep.equal([
        'channel',
        'the login works, but no shell answered (exit 3, it said: closed for today)',
      ])
      expect(hint).to.match(/forced command|login shell/)
      session.close()
      connection.close()
    })
  })
}
