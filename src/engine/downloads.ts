import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Download } from '../modules/define.ts'

/** Nothing wrong with the input or the host: the file could not be had. */
export class DownloadError extends Error {}

/** Downloads for a whole run: one request however many hosts want the file. */
export type Downloader = (request: Download) => Promise<Buffer>

const attempts = 3

export function createDownloader(): Downloader {
  const known = new Map<string, Promise<Buffer>>()
  return (request) => {
    const key = createHash('sha256').update(JSON.stringify(request)).digest('hex')
    const found = known.get(key)
    if (found) return found
    const started = fetchWithRetries(request)
    known.set(key, started)
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

/** An answer that another attempt would not change. */
class Refused extends Error {}

function parseUrl(text: string): URL {
  if (!URL.canParse(text)) throw new DownloadError(`'${text}' is not a URL`)
  const url = new URL(text)
  if (!['http:', 'https:'].includes(url.protocol)) {
    throw new DownloadError(`cannot download ${text}: only http and https are known here`)
  }
  return url
}

async function fetchOnce(url: URL, request: Download, redirects = 0): Promise<Buffer> {
  if (redirects > maxRedirects) throw new Refused('it redirects without end')
  const { get } = url.protocol === 'https:' ? await import('node:https') : await import('node:http')
  const ca = request.caPath === undefined ? undefined : await readFile(request.caPath)
  const seconds = request.timeout ?? 10
  return new Promise((resolve, reject) => {
    const outgoing = get(
      url,
      {
        headers: { 'user-agent': 'sallyport', ...request.headers },
        timeout: seconds * 1000,
        ...(url.protocol === 'https:' && { rejectUnauthorized: request.validateCerts !== false, ...(ca && { ca }) }),
      },
      (response) => {
        const { statusCode = 0, headers } = response
        if (statusCode >= 300 && statusCode < 400 && headers.location !== undefined) {
          response.resume()
          const next = new URL(headers.location, url)
          if (url.protocol === 'https:' && next.protocol === 'http:') {
            return reject(new Refused('it redirects from https to http'))
          }
          return resolve(fetchOnce(next, redirected(request, url, next), redirects + 1))
        }
        if (statusCode !== 200) {
          response.resume()
          const message = `the server answered ${statusCode} ${response.statusMessage ?? ''}`.trim()
          return reject(statusCode < 500 ? new Refused(message) : new Error(message))
        }
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () =>
          response.complete ? resolve(Buffer.concat(chunks)) : reject(new Error('the download broke off')),
        )
      },
    )
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${seconds} s`)))
    outgoing.on('error', reject)
  })
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

function withoutPassword(text: string): string {
  const url = new URL(text)
  if (url.password !== '') url.password = '***'
  return url.href
}
