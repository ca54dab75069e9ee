import type { ClientChannel } from 'ssh2'
import type { EarlyChannel } from './ssh-pipelining.ts'
import type { Channel } from './transport.ts'

/** A command's channel on an SSH connection. */
export function sshChannel({ channel, started }: EarlyChannel): Channel {
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    // `exit` comes with the command's status, also while a background child still holds its output open.
    channel.once('exit', (code: number | null, signal?: string) => resolve({ code, signal: signal ?? null }))
    // Without a status the connection has dropped, or the command was never started: never success.
    channel.once('close', () => resolve({ code: null, signal: null }))
    void started.then((runs) => {
      if (runs) return
      close(channel)
      resolve({ code: null, signal: null })
    })
  })
  // Writing to a channel that has just gone is reported by `ended`; as an event it would end the whole run.
  channel.on('error', () => undefined)
  channel.stderr.on('error', () => undefined)
  return { stdin: channel, stdout: channel, stderr: channel.stderr, ended, destroy: () => close(channel) }
}

function close(channel: ClientChannel): void {
  // Output that nobody reads would hold back the channel's own end.
  channel.resume()
  channel.stderr.resume()
  channel.destroy()
}
