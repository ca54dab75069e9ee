import type { Duplex } from 'node:stream'
import { startClock } from './clock.ts'
import { hostKeyCheck } from './host-keys.ts'
import { type JumpLease, openJumpHosts } from './jump-hosts.ts'
import { openKnownHosts } from './known-hosts-file.ts'
import { planLogin } from './ssh-auth.ts'
import { SshConnection } from './ssh-connection.ts'
import { dial, reasonOf } from './ssh-dial.ts'
import { loginTimeout, type LoginStage } from './ssh-errors.ts'
import { type Keyring, openKeyring } from './ssh-keyring.ts'
import { login } from './ssh-login.ts'
import { loadSsh2, type Ssh2 } from './ssh2.ts'
import type { Connection, Target, Transport, Unreachable } from './transport.ts'

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
    const plan = await planLogin(target, keyring)
    const hostKey = hostKeyCheck(target, knownHosts, interactive)
    if (signal.aborted) throw reasonOf(signal)

    const where = target.port === 22 ? target.host : `${target.host}:${target.port}`
    const stop = new AbortController()
    const abort = (): void => stop.abort(reasonOf(signal))
    signal.addEventListener('abort', abort, { once: true })
    let stage: LoginStage = 'tcp'
    const clock = startClock(target.connectTimeout * 1000, () =>
      stop.abort(loginTimeout(stage, where, target.connectTimeout)),
    )
    try {
      const stream = through
        ? await forwarded(through, target, stop.signal)
        : await dial(target.host, target.port, target.connectTimeout * 1000, stop.signal)
      stage = 'banner'
      const onStage = (next: LoginStage): void => void (stage = next)
      const { pause } = clock
      const { client, warnings } = await login(stream, {
        ...{ ssh2, target, where, plan, keyring, hostKey, signal: stop.signal, onStage, pause },
      })
      return new SshConnection(client, stream, { where, warnings, onEnd, cause: () => through?.reason() })
    } finally {
      clock.stop()
      signal.removeEventListener('abort', abort)
    }
  }

  const shared = openJumpHosts(establish)

  return {
    async connect(target, signal = new AbortController().signal, how = {}) {
      if (target.jumps.length === 0) return establish(target, undefined, signal, () => undefined)
      const jumps = how.fresh ? openJumpHosts(establish) : shared
      const lease = await jumps.lease(target.jumps, signal)
      const release = (): void => {
        lease.release()
        if (how.fresh) jumps.close()
      }
      try {
        return await lease.inTurn(() => establish(target, lease, signal, release))
      } catch (error) {
        release()
        throw error
      }
    },
    close: () => shared.close(),
  }
}

/** The stream through a jump host; one that comes too late is not left open. */
function forwarded(through: JumpLease, { host, port }: Target, signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(reasonOf(signal))
    signal.addEventListener('abort', abort, { once: true })
    through
      .forward(host, port)
      .then((stream) => {
        if (signal.aborted) stream.destroy()
        else resolve(stream)
      }, reject)
      .finally(() => signal.removeEventListener('abort', abort))
  })
}
