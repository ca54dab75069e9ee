import type { Mapping, Value } from '../../source/value.ts'
import type { Report, StepResult } from '../define.ts'
import { returnedMode } from '../paths/mode.ts'
import type { UriWish } from './request.ts'

/** What the script printed: `NAME: TEXT` on one line, or `NAME LENGTH`, so many bytes and a line break. */
export function parseParts(output: Buffer): ReadonlyMap<string, Buffer> {
  const parts = new Map<string, Buffer>()
  for (let at = 0; at < output.length;) {
    const end = output.indexOf(10, at)
    if (end < 0) break
    const line = output.subarray(at, end)
    const [head = '', name = '', length] = /^(\w+)(?:: | +(\d+)$)/.exec(line.toString('latin1')) ?? []
    const start = length === undefined ? at + head.length : end + 1
    const stop = length === undefined ? end : start + Number(length)
    parts.set(name, output.subarray(start, stop))
    at = stop + 1
  }
  return parts
}

/** Each answer of a chain of redirects: its first line and its headers, in the order they came. */
export interface Answer {
  readonly line: string
  readonly headers: readonly (readonly [string, string])[]
}

export function parseHead(head: string): readonly Answer[] {
  const answers: { line: string; headers: [string, string][] }[] = []
  for (const line of head.split(/\r?\n/)) {
    if (/^HTTP\/\S+ \d{3}/.test(line)) answers.push({ line, headers: [] })
    else {
      const [, name, value] = /^([^:\s][^:]*?)\s*:\s*(.*?)\s*$/.exec(line) ?? []
      if (name !== undefined && value !== undefined) answers.at(-1)?.headers.push([name.toLowerCase(), value])
    }
  }
  return answers
}

const toolFaults: Readonly<Record<string, string>> = {
  none: 'this host has neither curl nor wget',
  'plain-wget': "this host's wget (busybox) cannot send such requests: install curl, or GNU wget",
  socketless: 'unix_socket needs curl on the host: wget speaks to no sockets',
}

/** Ansible's result: the headers in small letters, the body where it is asked for, JSON as data. */
export function uriReport(wish: UriWish, { code, stdout, stderr, timedOut }: StepResult): Report {
  const { given } = wish
  const parts = parseParts(stdout)
  const text = (name: string) => parts.get(name)?.toString('utf8') ?? ''
  const fault = toolFaults[text('tool')]
  if (fault !== undefined) return { changed: false, failed: fault }
  if (timedOut) return { changed: false, failed: 'the request was ended: its time was over' }
  if (code !== 0 || !parts.has('status')) return { changed: false, failed: stderr.toString().trim() || `exit ${code}` }

  const answers = parseHead(text('head'))
  const status = Number(text('status')) || -1
  const good = given.status_code.includes(status)
  const refused = status >= 300
  const url = refused ? given.url : text('url')
  const headers = joined(answers.at(-1)?.headers ?? [])
  const content = contentOf(wish, parts.get('body'), headers['content-type'])
  const cookies = answers.flatMap((answer) => answer.headers.flatMap(([name, value]) => cookieOf(name, value)))
  const changed = parts.has('written')
  const said = message(status, answers.at(-1), text('error'), headers['content-length'])
  const msg = good ? said : `Status code was ${status} and not [${given.status_code.join(', ')}]: ${said}`
  const result: Mapping = {
    ...Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.replaceAll('-', '_'), value])),
    ...(headers['location'] === undefined ? {} : { location: absolute(given.url, headers['location']) }),
    ...(refused || status < 0
      ? {}
      : {
          cookies: Object.fromEntries(cookies),
          cookies_string: cookies.map(([name, value]) => `${name}=${value}`).join('; '),
        }),
    ...(content.json === undefined ? {} : { json: content.json }),
    ...(given.return_content ? { content: content.text } : {}),
    ...(parts.has('path') && status > 0 ? { path: text('path'), ...fileFields(text('stat')) } : {}),
    status,
    url,
    redirected: url !== given.url,
    msg,
  }
  return good ? { changed, result } : { changed, failed: msg, result }
}

function fileFields(stat: string): Mapping {
  const [raw = '', uid, gid, size, owner = '', group = ''] = stat.split(':')
  if (raw === '') return {}
  const bits = parseInt(raw, 16)
  const state = bits >> 12 === 4 ? 'directory' : 'file'
  return {
    uid: Number(uid),
    gid: Number(gid),
    size: Number(size),
    owner,
    group,
    mode: returnedMode(bits & 0o7777),
    state,
  }
}

function joined(headers: readonly (readonly [string, string])[]): Readonly<Record<string, string>> {
  const found: Record<string, string> = {}
  for (const [name, value] of headers) found[name] = found[name] === undefined ? value : `${found[name]}, ${value}`
  return found
}

function contentOf({ given }: UriWish, body: Buffer | undefined, type = ''): { text: string; json?: Value } {
  if (body === undefined || given.method === 'HEAD') return { text: '' }
  const text = decoded(body, /charset="?([^\s";,]+)/i.exec(type)?.[1])
  const [, subtype = ''] = /^[^/]+\/([^;,\s]+)/.exec(type) ?? []
  const kind = subtype.slice(subtype.indexOf('+') + 1).toLowerCase()
  if (kind !== 'json' && kind !== 'javascript') return { text }
  try {
    return { text, json: JSON.parse(text) as Value }
  } catch {
    return { text }
  }
}

function decoded(body: Buffer, charset = 'utf-8'): string {
  try {
    return new TextDecoder(charset, { ignoreBOM: true }).decode(body)
  } catch {
    return body.toString('utf8')
  }
}

function cookieOf(name: string, value: string): [string, string][] {
  const [, key, content] = /^\s*([^=;\s]+)=([^;]*)/.exec(value) ?? []
  return name === 'set-cookie' && key !== undefined ? [[key, (content ?? '').trim()]] : []
}

function message(status: number, answer: Answer | undefined, error: string, length = 'unknown'): string {
  if (status < 0)
    return `Request failed: ${/^curl: \(\d+\) (.*)/m.exec(error)?.[1] ?? error.trim().replace(/\s+/g, ' ')}`
  if (status < 300) return `OK (${length} bytes)`
  return `HTTP Error ${status}: ${/^HTTP\/\S+ \d{3} ?(.*)$/.exec(answer?.line ?? '')?.[1] ?? ''}`
}

/** As Ansible does it: seen from the address that was asked. */
function absolute(url: string, location: string): string {
  return URL.canParse(location, url) ? new URL(location, url).href : location
}
