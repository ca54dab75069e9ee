import type { Duplex } from 'node:stream'
import { milliseconds } from '../timers.ts'
import { onAbort, reasonOf, unlessAborted } from './abort.ts'
import { startClock } from './clock.ts'
import { hostKeyCheck } from './host-keys.ts'
import type { JumpLease } from './jump-hosts.ts'
import { jumpTransport } from './jump-transport.ts'
import { openKnownHosts } from './known-hosts-file.ts'
import { type ProxyStream, startProxyCommand } from './proxy-command.ts'
import { loginAlgorithms } from './ssh-algorithms.ts'
import { planLogin } from './ssh-login-plan.ts'
import { SshConnection } from './ssh-connection.ts'
import { dial } from './ssh-dial.ts'
import { addressOf, loginTimeout, type LoginStage } from './ssh-errors.ts'
import { type Keyring, openKeyring } from './ssh-keyring.ts'
import { login } from './ssh-login.ts'
import { loadSsh2, type Ssh2 } from './ssh2.ts'
import { type Connection, type Target, type Transport, Unreachable } from './transport.ts'

export interface SshOptions {
  /** Is there a person at a terminal who sees the warnings? */
  readonly interactive: boolean
}

/** The default transport: node-ssh over ssh2. One serves a whole run: its hosts share keys, agents and jump hosts. */
export function sshTransport({ interactive }: SshOptions): Transport {
  const knownHosts = openKnownHosts()
  let loading: Promise<{ readonly ssh2: Ssh2; readonly keyring: Keyring }> | undefined
  const load = async () => {
    const ssh2 = await loadSsh2()
    return { ssh2, keyring: openKeyring(ssh2) }
  }

  /** Logs in over whatever `through` gives, or a TCP connection of its own. `onEnd` is called only after a success. */
  const establish = async (
    target: Target,
    through: JumpLease | undefined,
    signal: AbortSignal,
    onEnd: (reason: Unreachable | undefined) => void,
  ): Promise<Connection> => {
    loading ??= load()
    const { ssh2, keyring } = await loading
    // A person may be asked for a passphrase here: the clock does not run yet.
    const plan = await unlessAborted(planLogin(target, keyring), signal)
    const hostKey = hostKeyCheck(target, knownHosts, interactive)
    const algorithms = loginAlgorithms(target, hostKey.knownTypes, ssh2.algorithms)

    const where = target.port === 22 ? target.host : addressOf(target.host, target.port)
    const stop = new AbortController()
    const callOff = onAbort(signal, () => stop.abort(reasonOf(signal)))
    let stage: LoginStage = 'tcp'
    let stream: Duplex
    let trouble: ProxyStream['trouble'] | undefined
    const clock = startClock(milliseconds(target.connectTimeout), () =>
      stop.abort(loginTimeout(stage, where, target.connectTimeout)),
    )
    try {
      if (through) stream = await forwarded(through, target, stop.signal)
      else if (target.proxyCommand) ({ stream, trouble } = startProxyCommand(target.proxyCommand))
      else stream = await dial(target.host, target.port, target.connectTimeout * 1000, stop.signal)
      stage = 'banner'
      const onStage = (next: LoginStage): void => void (stage = next)
      const { pause } = clock
      const { client, warnings } = await login(stream, {
        ...{ ssh2, target, where, plan, keyring, hostKey, algorithms, signal: stop.signal, onStage, pause },
      })
      return new SshConnection(client, stream, { where, warnings, onEnd, cause: () => through?.reason() })
    } catch (error) {
      // Before its banner a host has said nothing yet: what went wrong is the command's to tell.
      const said =
        stage === 'banner' && error instanceof Unreachable && error.phase === 'handshake' && (await trouble?.())
      throw said
        ? new Unreachable('connect', `the ProxyCommand for ${where} failed: ${said}`, undefined, 'perhaps')
        : error
    } finally {
      clock.stop()
      callOff()
    }
  }

  return jumpTransport(establish)
}

/** The stream through a jump host; one that comes too late is not left open. */
async function forwarded(through: JumpLease, { host, port }: Target, signal: AbortSignal): Promise<Duplex> {
  const coming = through.forward(host, port)
  try {
    return await unlessAborted(coming, signal)
  } catch (error) {
    coming.then(
      (stream) => stream.destroy(),
      () => undefined,
    )
    throw error
  }
}
