import { Duplex, Writable } from 'node:stream'
import type { ClientChannel } from 'ssh2'

/**
 * ssh2's channels are streams only in part: once the connection is gone, a write is neither done nor refused, `destroy`
 * speaks to a connection that no longer exists, and `close` waits for somebody to read. These are streams that end.
 */

type Done = (error?: Error | null) => void

/** The input of a command. */
export function inputOf(channel: ClientChannel, lost: Promise<unknown>): Writable {
  const { write, final } = writing(channel, lost)
  const stream = new Writable({ write, final, highWaterMark: buffered })
  // Who writes is told by the callback and by `lost`; an event nobody listens to would end the whole run.
  stream.on('error', () => undefined)
  return stream
}

/** A forwarded TCP connection. It ends with the connection that carries it. */
export function duplexOf(channel: ClientChannel, lost: Promise<unknown>): Duplex {
  const stream = new Duplex({
    ...writing(channel, lost),
    highWaterMark: buffered,
    read: () => void channel.resume(),
    destroy(error, done: Done) {
      release(channel)
      done(error)
    },
  })
  stream.on('error', () => undefined)
  channel.on('data', (chunk: Buffer) => {
    if (!stream.push(chunk)) channel.pause()
  })
  channel.once('end', () => stream.push(null))
  channel.once('close', () => stream.end())
  void lost.then(() => {
    // What has arrived may still be read.
    if (stream.readableEnded || stream.readableLength === 0) stream.destroy()
    else stream.once('end', () => stream.destroy())
  })
  return stream
}

/** Lets a channel go: output that nobody reads would hold back its end. */
export function release(channel: ClientChannel): void {
  channel.removeAllListeners('data')
  channel.resume()
  channel.stderr?.resume()
  try {
    channel.destroy()
  } catch {
    // The connection that it would say good-bye to is gone.
  }
}

const buffered = 256 * 1024

function writing(channel: ClientChannel, lost: Promise<unknown>) {
  let gone = false
  let pending: Done | undefined
  const dropped = (): void => {
    gone = true
    pending?.(connectionIsGone())
    pending = undefined
  }
  channel.on('error', dropped)
  channel.once('close', dropped)
  void lost.then(dropped)
  const settle: Done = (error) => {
    const done = pending
    pending = undefined
    done?.(error)
  }
  return {
    write: (chunk: Buffer, _encoding: BufferEncoding, done: Done): void => {
      if (gone) return done(connectionIsGone())
      pending = done
      channel.write(chunk, settle)
    },
    final: (done: Done): void => {
      if (!gone) channel.end()
      done()
    },
  }
}

const connectionIsGone = (): Error => Object.assign(new Error('the connection is gone'), { code: 'EPIPE' })
