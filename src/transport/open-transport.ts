import { localTransport } from './local.ts'
import { opensshTransport } from './openssh.ts'
import { type SshOptions, sshTransport } from './ssh.ts'
import type { Transport } from './transport.ts'

/** One transport for a whole run: each target is reached in its own way. */
export function openTransport(options: SshOptions): Transport {
  const kinds = { ssh: sshTransport(options), openssh: opensshTransport(options), local: localTransport() }
  return {
    connect: (target, signal, how) => kinds[target.kind].connect(target, signal, how),
    close: () => Object.values(kinds).forEach((transport) => transport.close()),
  }
}
