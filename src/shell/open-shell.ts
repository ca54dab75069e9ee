import { randomBytes } from 'node:crypto'
import { type Channel, type Connection, Unreachable } from '../transport/transport.ts'
import { type Become, type BecomeMethod, goOf, mayAsk, promptOf, readyOf, shellCommand } from './become.ts'

/** The become step failed: the login stands, but not as the user the task wants. */
export class BecomeError extends Error {
  override readonly name = 'BecomeError'
}

/**
 * A channel with the shell that become asks for; where a password may be asked for it resolves once that shell has
 * reported itself. What it reports with stands in the host's process list, so it is not what marks the ends of steps: a
 * user who read it there could forge them.
 */
export async function openShell(connection: Connection, become: Become | undefined): Promise<Channel> {
  const nonce = randomBytes(12).toString('hex')
  const channel = await inTime(connection.exec(shellCommand(become, nonce)))
  if (!become || !mayAsk(become)) return channel
  try {
    await givePassword(channel, become, nonce)
  } catch (error) {
    channel.destroy()
    throw error
  }
  return channel
}

/** Seconds for a shell to be there, with a question and its answer: PAM modules may look things up over the network. */
export const patience = 60
/** Seconds that a question for which there is no answer may turn out to be none. */
const afterthought = 2

/** A host that answers keepalives and nothing else must not hold up the run. One that comes too late is let go. */
function inTime(coming: Promise<Channel>): Promise<Channel> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      reject(new Unreachable('timeout', `the host opens no session within ${patience} s`, 'is it overloaded?'))
      coming.then((channel) => channel.destroy()).catch(() => undefined)
    }, patience * 1000)
    coming.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}

function givePassword(channel: Channel, { method, password }: Become, nonce: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let out = ''
    let err = ''
    let given = false
    let unanswered: NodeJS.Timeout | undefined
    const timer = setTimeout(
      () => done(new BecomeError(`${method} did not answer within ${patience} s`)),
      patience * 1000,
    )
    const done = (error?: Error) => {
      clearTimeout(timer)
      clearTimeout(unanswered)
      channel.stdout.off('data', onOut)
      channel.stderr.off('data', onErr)
      if (error) reject(error)
      else resolve()
    }
    const asked = (): void => {
      if (given) return
      if (password === undefined) {
        // Or was it half a line of some rc file?
        unanswered ??= setTimeout(() => done(new BecomeError(wantsPassword(method))), afterthought * 1000)
        return
      }
      given = true
      channel.stdin.write(`${password}\n`)
    }
    const onOut = (chunk: Buffer) => {
      out += chunk.toString('latin1')
      if (out.includes(`${readyOf(nonce)}\n`)) {
        if (method === 'su') channel.stdin.write(`${goOf(nonce)}\n`)
        done()
      } else if (method === 'su' && isQuestion(out)) asked()
    }
    const onErr = (chunk: Buffer) => {
      err += chunk.toString('latin1')
      if (method === 'su') return isQuestion(err) ? asked() : undefined
      const prompts = err.split(promptOf(nonce)).length - 1
      if (prompts === 1) asked()
      else if (prompts > 1) done(new BecomeError('sudo refused the password: it is wrong for this user'))
    }
    channel.stdout.on('data', onOut)
    channel.stderr.on('data', onErr)
    void channel.ended.then(({ code }) => {
      if (code === null) return done(new Unreachable('lost', `the connection dropped while ${method} asked`))
      const said = Buffer.from(err, 'latin1').toString()
      const words = said.replaceAll(promptOf(nonce), '').trim().split('\n').at(-1) ?? ''
      if (!given) return done(new BecomeError(refusalOf(method, words, code)))
      done(
        new BecomeError(
          `${method} refused${method === 'su' ? ' the password, or this user' : ''}: ${words || 'the password is wrong'}`,
        ),
      )
    })
  })
}

/** In whatever language: a question is a last line that is not ended. Ready-made words end theirs. */
const isQuestion = (output: string): boolean => /[^\s][^\n]*$/.test(output)

const wantsPassword = (method: BecomeMethod): string =>
  `${method} wants a password for this user and none was given (-K, or ansible_become_password)`

/** Why `method` ended without a shell. */
export function refusalOf(method: BecomeMethod, words: string, code: number): string {
  if (method === 'sudo' && /a password is required|password/i.test(words)) return wantsPassword(method)
  if (/tty|terminal/i.test(words)) {
    return method === 'sudo'
      ? "sudo wants a terminal (requiretty in the host's sudoers): allow this user without, Sallyport has none"
      : 'su wants a terminal, and Sallyport has none: use become_method: sudo'
  }
  if (code === 127) return `there is no ${method} on the host (or no sh behind it)`
  return `${method} refused: ${words || `exit ${code}`}`
}
