import type { EventEmitter } from 'node:events'
import type { Readable } from 'node:stream'
import { type ChannelEnd, outputGrace } from './transport.ts'

/** The end of a command whose channel emits `exit` (code, signal) and `close`; `lost` settles with its connection. */
export function endOf(
  channel: EventEmitter,
  outputs: readonly Readable[],
  lost?: Promise<unknown>,
): Promise<ChannelEnd> {
  let exited = false
  return new Promise<ChannelEnd>((resolve) => {
    channel.once('exit', (code: number | null, signal?: string | null) => {
      exited = true
      // sshd may report the status before the last output; but a background child may hold the output open for ever.
      const settle = (): void => {
        clearTimeout(timer)
        resolve({ code, signal: signal ?? null })
      }
      const timer = setTimeout(settle, outputGrace)
      let open = 0
      for (const output of outputs) {
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
    void lost?.then(dropped)
  })
}
