import type { ClientChannel } from 'ssh2'
import { inputOf, release } from './channel-stream.ts'
import { type Channel, type ChannelEnd, outputGrace } from './transport.ts'

/** A command's channel on an SSH connection; `lost` settles when that connection ends. */
export function sshChannel(channel: ClientChannel, lost: Promise<unknown>): Channel {
  let exited = false
  const ended = new Promise<ChannelEnd>((resolve) => {
    channel.once('exit', (code: number | null, signal?: string) => {
      exited = true
      // sshd may report the status before the last output; but a background child may hold the output open for ever.
      const settle = (): void => {
        clearTimeout(timer)
        resolve({ code, signal: signal ?? null })
      }
      const timer = setTimeout(settle, outputGrace)
      let open = 0
      for (const output of [channel, channel.stderr]) {
        if (output.readableEnded) continue
        open++
        output.once('end', () => --open === 0 && settle())
      }
      if (open === 0) settle()
    })
    // Without a status the connection has dropped: never success. (`close` waits until the output has been read.)
    const dropped = (): void => {
      if (!exited) resolve({ code: null, signal: null })
    }
    channel.once('close', dropped)
    void lost.then(dropped)
  })
  channel.stderr.on('error', () => undefined)
  return {
    stdin: inputOf(channel, lost),
    stdout: channel,
    stderr: channel.stderr,
    ended,
    destroy: () => release(channel),
  }
}
