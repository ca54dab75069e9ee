import type { Duplex } from 'node:stream'
import { milliseconds } from '../../timers.ts'
import { sh } from '../../shell/script.ts'
import type { Unreachable } from '../../transport/transport.ts'
import type { HostSession } from '../define.ts'
import { clockFault } from './faults.ts'
import { handshake } from './handshake.ts'
import { opensslScript, readOpenssl } from './openssl.ts'
import { addressOf, type Server, type TlsAnswer } from './server.ts'

/**
 * TLS to a server from the host's place in the network, with no tool on the host: its sshd makes the TCP connection,
 * the handshake is made here. Where sshd forwards nothing the host's openssl tries.
 */
export async function proveTls(host: HostSession, server: Server, seconds: number): Promise<TlsAnswer> {
  try {
    const stream = await inTime(host.forward(server.host, server.port), seconds)
    if (stream) {
      // Side by side: the clock costs no wait of its own.
      const [answer, clock] = await Promise.all([handshake(stream, server, seconds), host.look(sh`date +%s`)])
      return byTheClock(answer, Number(clock.stdout.toString()), server)
    }
    return {
      kind: 'fault',
      message: `${addressOf(server)} did not answer in ${seconds} s: is something on the way dropping packets?`,
    }
  } catch (error) {
    if (!isUnreachable(error)) throw error
    if (error.phase === 'channel') return { kind: 'fault', message: error.message }
    if (error.phase !== 'forbidden') throw error
    return readOpenssl(await host.look(opensslScript(server), seconds + 5), server)
  }
}

/** rsyslog judges by the clock of its own host, in seconds since 1970. */
function byTheClock(answer: TlsAnswer, now: number, server: Server): TlsAnswer {
  const message = answer.kind === 'proven' && now > 0 ? clockFault(answer.chain, now, server) : undefined
  return message === undefined ? answer : { kind: 'fault', message }
}

/** Undefined when it takes longer; what comes later is not left open. */
async function inTime(coming: Promise<Duplex>, seconds: number): Promise<Duplex | undefined> {
  let late = false
  let timer: NodeJS.Timeout | undefined
  const end = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => {
      late = true
      resolve(undefined)
    }, milliseconds(seconds))
  })
  coming.then(
    (stream) => late && stream.destroy(),
    () => undefined,
  )
  try {
    return await Promise.race([coming, end])
  } finally {
    clearTimeout(timer)
  }
}

const isUnreachable = (error: unknown): error is Unreachable => error instanceof Error && error.name === 'Unreachable'
