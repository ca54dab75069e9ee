import { createHash } from 'node:crypto'
import type { Download } from '../modules/define.ts'
import { withoutPassword } from './address.ts'
import { ask, bodyOf, defaultTimeout } from './ask.ts'
import { Refused } from './refused.ts'

/** Nothing wrong with the input or the host: the file could not be had. */
export class DownloadError extends Error {}

/** Downloads for a whole run: one request however many hosts want the file. */
export type Downloader = (request: Download) => Promise<Buffer>

const attempts = 3

export function createDownloader(): Downloader {
  const known = new Map<string, Promise<Buffer>>()
  return (request) => {
    // One and the same, whether it names the defaults or not.
    const { url, headers = {}, validateCerts = true, useProxy = true, timeout = defaultTimeout } = request
    const named = JSON.stringify([url, Object.entries(headers), validateCerts, useProxy, timeout])
    const key = createHash('sha256').update(named).digest('hex')
    const found = known.get(key)
    if (found) return found
    const started = fetchWithRetries(request)
    known.set(key, started)
    // A task that is tried again asks again.
    started.catch(() => known.delete(key))
    return started
  }
}

const maxRedirects = 10

async function fetchWithRetries(request: Download): Promise<Buffer> {
  const url = parseUrl(request.url)
  for (let attempt = 1; ; attempt++) {
    try {
      return await fetchOnce(url, request)
    } catch (error) {
      if (attempt === attempts || error instanceof Refused) return fail(request.url, error)
      await new Promise((resolve) => setTimeout(resolve, 500 * attempt))
    }
  }
}

function parseUrl(text: string): URL {
  if (!URL.canParse(text)) throw new DownloadError(`'${withoutPassword(text)}' is not a URL`)
  const url = new URL(text)
  if (!['http:', 'https:'].includes(url.protocol)) {
    throw new DownloadError(`cannot download ${withoutPassword(text)}: only http and https are known here`)
  }
  return url
}

async function fetchOnce(url: URL, request: Download, redirects = 0): Promise<Buffer> {
  if (redirects > maxRedirects) throw new Refused('it redirects without end')
  const answer = await ask(url, request)
  const { statusCode = 0, statusMessage = '', headers } = answer
  if (statusCode === 200) return bodyOf(answer, request)
  answer.destroy() // whatever else it would say, and however slowly
  if (statusCode >= 300 && statusCode < 400 && headers.location !== undefined) {
    const next = nextOf(headers.location, url)
    if (!['http:', 'https:'].includes(next.protocol)) throw new Refused(`it redirects to ${withoutPassword(next.href)}`)
    if (url.protocol === 'https:' && next.protocol === 'http:') throw new Refused('it redirects from https to http')
    return fetchOnce(next, redirected(request, url, next), redirects + 1)
  }
  const message = `the server answered ${statusCode} ${statusMessage}`.trim()
  throw statusCode < 500 ? new Refused(message) : new Error(message)
}

/** Where a redirect leads: within one origin with the credentials of the address before it, as curl does it. */
function nextOf(location: string, url: URL): URL {
  if (!URL.canParse(location, url.href)) {
    throw new Refused(`it redirects to '${withoutPassword(location)}', which is not a URL`)
  }
  const next = new URL(location, url)
  if (next.origin === url.origin && next.username === '' && next.password === '') {
    next.username = url.username
    next.password = url.password
  }
  return next
}

/** Another server gets no credentials that were meant for the first. */
function redirected(request: Download, from: URL, to: URL): Download {
  const secret = /^(authorization|cookie|proxy-authorization)$/i
  const kept = Object.entries(request.headers ?? {}).filter(([name]) => from.origin === to.origin || !secret.test(name))
  return { ...request, url: to.href, headers: Object.fromEntries(kept) }
}

function fail(url: string, error: unknown): never {
  throw new DownloadError(
    `cannot download ${withoutPassword(url)}: ${error instanceof Error ? error.message : String(error)}`,
  )
}
