import type { IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { Download } from '../modules/define.ts'
import { milliseconds } from '../timers.ts'
import { proxyFor } from './proxy.ts'
import { Refused } from './refused.ts'
import { trustedCas } from './trust.ts'

/** Seconds without an answer, or without more of it. */
export const defaultTimeout = 10

/** The head of the server's answer to one request, directly or by the environment's proxy. */
export async function ask(url: URL, request: Download): Promise<IncomingMessage> {
  const { headers, validateCerts, useProxy, timeout = defaultTimeout } = request
  const secure = url.protocol === 'https:'
  const { get } = secure ? await import('node:https') : await import('node:http')
  const tls = secure && (validateCerts === false ? { rejectUnauthorized: false } : { ca: await trustedCas() })
  // Also while a proxy is still being asked, when there is no request yet that could have a timeout.
  const overdue = new AbortController()
  const { signal } = overdue
  const proxy = useProxy === false ? undefined : await proxyFor(url, signal)
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      fail(new Error(`no answer within ${timeout} s`))
      overdue.abort()
    }, milliseconds(timeout))
    const fail = (error: Error) => {
      clearTimeout(timer)
      if (proxy) error.message = `by the proxy ${proxy.address}: ${error.message}`
      reject(error)
    }
    const options = { headers: { 'user-agent': 'sallyport', ...headers }, signal, ...tls, agent: proxy?.agent }
    const outgoing = attempt(() => get(url, options))
    if (outgoing instanceof Error) return fail(outgoing)
    outgoing.on('response', (answer) => {
      clearTimeout(timer)
      if (answer.statusCode !== 407) return resolve(answer)
      answer.destroy()
      fail(notThrough(407, answer.statusMessage))
    })
    // What a proxy says to a tunnel that it does not open would else be taken for the server's own answer.
    outgoing.on('proxyConnect', ({ statusCode, statusText }: { statusCode?: number; statusText?: string }) => {
      if (statusCode !== undefined && statusCode !== 200) fail(notThrough(statusCode, statusText))
    })
    outgoing.on('error', fail)
  })
}

/** What cannot be sent at all, such as a header with a line break, could not be sent the next time either. */
function attempt<T>(action: () => T): T | Refused {
  try {
    return action()
  } catch (error) {
    return new Refused(error instanceof Error ? error.message : String(error))
  }
}

function notThrough(status: number, text = ''): Error {
  const message = `it answered ${status} ${text}`.trim()
  return status < 500 ? new Refused(message) : new Error(message)
}

/** All of an answer. Throws Error when it breaks off or stops coming. */
export async function bodyOf(answer: IncomingMessage, { timeout = defaultTimeout }: Download): Promise<Buffer> {
  answer.setTimeout(milliseconds(timeout), () => answer.destroy(new Error(`nothing more of it within ${timeout} s`)))
  try {
    return await buffer(answer)
  } catch (error) {
    const brokenOff = error instanceof Error && error.message === 'aborted'
    throw brokenOff ? new Error('the download broke off', { cause: error }) : error
  }
}
