import { accessSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { milliseconds } from '../timers.ts'
import { onAbort, reasonOf, unlessAborted } from './abort.ts'
import { startClock } from './clock.ts'
import type { JumpLease } from './jump-hosts.ts'
import { jumpTransport } from './jump-transport.ts'
import { openKnownHosts } from './known-hosts-file.ts'
import { openMuxProxy } from './mux-proxy.ts'
import { type Askpass, openAskpass } from './openssh-askpass.ts'
import { OpensshConnection } from './openssh-connection.ts'
import { loginFailed } from './openssh-errors.ts'
import { answerer, openPassphrases } from './openssh-questions.ts'
import { startSsh } from './openssh-process.ts'
import { openSshWarnings } from './openssh-warnings.ts'
import { addressOf, loginTimeout } from './ssh-errors.ts'
import type { SshOptions } from './ssh.ts'
import { type OpensshOptions, type Target, type Transport, Unreachable } from './transport.ts'

/** Milliseconds in which a jump host that went away shows it, once a connection through it has ended. */
const jumpGrace = 1000
/** Seconds that an ssh lives on by itself when this program was killed. */
const orphanSeconds = 10

/**
 * The system's ssh: certificates, FIDO keys, post-quantum key exchange, Kerberos, all of ssh_config. One process for
 * each host logs in and goes into the background as the master of a control socket, over which the channels come.
 */
export function opensshTransport({ interactive }: SshOptions): Transport {
  const passphrases = openPassphrases()
  const warningsOf = openSshWarnings(openKnownHosts(), interactive)
  let askpass: Askpass | undefined
  let number = 0

  const establish = async (
    target: Target,
    through: JumpLease<OpensshConnection> | undefined,
    signal: AbortSignal,
    onEnd: (reason: Unreachable | undefined) => void,
  ): Promise<OpensshConnection> => {
    if (signal.aborted) throw reasonOf(signal)
    const options = optionsOf(target)
    const where = target.port === 22 ? target.host : addressOf(target.host, target.port)
    needKeys(options)
    askpass ??= openAskpass(process.env)
    const controlPath = join(askpass.dir, String(++number))
    const nothingKnown = warningsOf.before(target)
    const asks = target.password !== undefined || target.passphrase !== undefined
    const ssh = await startSsh(commandLine(target, options, { controlPath, asks, through }), askpass.env)

    const stop = new AbortController()
    const clock = startClock(milliseconds(target.connectTimeout), () =>
      stop.abort(loginTimeout(ssh.log.stage, where, target.connectTimeout)),
    )
    const callOff = onAbort(signal, () => stop.abort(reasonOf(signal)))
    const questions = answerer({ target, where, passphrases, pause: clock.pause, fail: (error) => stop.abort(error) })
    const answering = asks ? askpass.answer(ssh.pid, questions.answer) : undefined
    try {
      const code = await unlessAborted(ssh.ended, stop.signal)
      if (code !== 0) {
        await throughRefused(through, target, ssh.log.stage)
        throw loginFailed(ssh.log, { target, where, notes: questions.notes })
      }
      const mux = await unlessAborted(openMuxProxy(controlPath), stop.signal)
      ssh.holder = mux.pid
      const warnings = [...nothingKnown, ...warningsOf.after(ssh.log)]
      return new OpensshConnection(ssh, mux, {
        ...{ where, warnings, controlPath, session: options, onEnd, cause: () => lostWith(through) },
      })
    } catch (error) {
      ssh.kill()
      throw error
    } finally {
      clock.stop()
      callOff()
      answering?.stop()
    }
  }

  const transport = jumpTransport(establish)
  return {
    ...transport,
    close() {
      transport.close()
      askpass?.close()
      askpass = undefined
    },
  }
}

function commandLine(
  target: Target,
  { args, destination }: OpensshOptions,
  about: { controlPath: string; asks: boolean; through: JumpLease<OpensshConnection> | undefined },
): string[] {
  const { controlPath, asks, through } = about
  const options = [
    // A master of our own: one of the person's may be logged in from another time, and would not end with us.
    ...['ControlMaster=yes', `ControlPath=${controlPath}`, `ControlPersist=${orphanSeconds}`],
    ...(asks ? ['BatchMode=no', 'NumberOfPasswordPrompts=1'] : ['BatchMode=yes']),
    ...(target.password === undefined ? ['PasswordAuthentication=no', 'KbdInteractiveAuthentication=no'] : []),
    ...(through ? [`ProxyCommand=${throughCommand(through.connection.controlPath)}`] : []),
  ]
  return ['-v', '-N', ...options.flatMap((option) => ['-o', option]), ...args, '--', destination]
}

/** Why the jump host went away, if it did. Its own ssh may notice that after the one that speaks through it. */
async function lostWith(through: JumpLease<OpensshConnection> | undefined): Promise<Unreachable | undefined> {
  if (!through) return undefined
  await Promise.race([through.connection.lost, sleep(jumpGrace, undefined, { ref: false })])
  return through.reason()
}

/** Speaks with the host over the jump host's connection, and never makes one of its own. */
const throughCommand = (controlPath: string): string =>
  `ssh -F none -o ControlPath=${controlPath} -o ProxyCommand=false -W [%h]:%p jump`

/** What the jump host has to say is better than what ssh sees of it: a stream that ends at once. */
async function throughRefused(through: JumpLease | undefined, { host, port }: Target, stage: string): Promise<void> {
  if (!through || stage !== 'banner') return
  const stream = await through.forward(host, port)
  stream.destroy()
}

function optionsOf({ name, openssh }: Target): OpensshOptions {
  if (openssh === undefined) throw new TypeError(`the target ${name} was not made for openssh`)
  return openssh
}

/** ssh would go on without a key that it cannot find. */
function needKeys({ keyFiles }: OpensshOptions): void {
  for (const file of keyFiles) {
    try {
      accessSync(file)
    } catch {
      throw new Unreachable('login', `the key file ${file} does not exist`, 'correct its path')
    }
  }
}
