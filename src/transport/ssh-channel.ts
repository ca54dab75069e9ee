import type { ClientChannel } from 'ssh2'
import { endOf } from './channel-end.ts'
import { inputOf, release } from './channel-stream.ts'
import type { Channel } from './transport.ts'

/** A command's channel on an SSH connection; `lost` settles when that connection ends. */
export function sshChannel(channel: ClientChannel, lost: Promise<unknown>): Channel {
  const ended = endOf(channel, [channel, channel.stderr], lost)
  channel.stderr.on('error', () => undefined)
  return {
    stdin: inputOf(channel, lost),
    stdout: channel,
    stderr: channel.stderr,
    ended,
    destroy: () => release(channel),
  }
}
