import { randomBytes } from 'node:crypto'
import { basename } from 'node:path'
import { UserError } from '../../errors.ts'
import type { Controller } from '../define.ts'
import { pythonJson } from '../paths/json.ts'
import { isRecord, type UriArguments } from './arguments.ts'

/** What is sent, and the Content-Type that goes with it unless a header says otherwise. */
export interface Body {
  readonly content?: Buffer
  readonly type?: string
}

export async function bodyOf(given: UriArguments, controller: Controller): Promise<Body> {
  const { body, body_format: format, src, remote_src: onHost } = given
  if (src !== undefined) return onHost ? {} : { content: await controller.read(controller.find('files', src)) }
  switch (format) {
    case 'raw':
      return body === undefined || body === null ? {} : { content: Buffer.from(pythonText(body)) }
    case 'json': {
      const text = typeof body === 'string' ? body : pythonJson(body ?? null)
      return { content: Buffer.from(text), type: 'application/json' }
    }
    case 'form-urlencoded': {
      const type = 'application/x-www-form-urlencoded'
      return body === undefined || body === null ? { type } : { content: Buffer.from(formText(body)), type }
    }
    case 'form-multipart':
      return multipart(isRecord(body) ? body : {}, controller)
  }
}

const pythonText = (value: unknown): string =>
  typeof value === 'boolean' ? (value ? 'True' : 'False') : typeof value === 'string' ? value : pythonJson(value)

/** As Python's urlencode; a list is the same name several times, null is left out. */
function formText(body: unknown): string {
  if (typeof body === 'string') return body
  const pairs = Array.isArray(body) ? (body as [unknown, unknown][]) : Object.entries(body as object)
  return pairs
    .flatMap(([name, value]: readonly [unknown, unknown]) =>
      (Array.isArray(value) ? (value as unknown[]) : isRecord(value) ? Object.keys(value) : [value])
        .filter((one) => one !== null && one !== undefined)
        .map((one) => `${quotePlus(pythonText(name))}=${quotePlus(pythonText(one))}`),
    )
    .join('&')
}

const quotePlus = (text: string): string =>
  encodeURIComponent(text)
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+')

/** RFC 7578: text as it is, files of the controller or with a content of their own. */
async function multipart(body: Readonly<Record<string, unknown>>, controller: Controller): Promise<Body> {
  const boundary = `sallyport-${randomBytes(12).toString('hex')}`
  const parts: Buffer[] = []
  for (const [name, value] of Object.entries(body)) {
    const { headers, content } = await part(name, value, controller)
    parts.push(Buffer.from(`--${boundary}\r\n${headers.join('\r\n')}\r\n\r\n`), content, Buffer.from('\r\n'))
  }
  parts.push(Buffer.from(`--${boundary}--\r\n`))
  return { content: Buffer.concat(parts), type: `multipart/form-data; boundary=${boundary}` }
}

async function part(name: string, value: unknown, controller: Controller) {
  const disposition = `Content-Disposition: form-data; name="${escaped(name)}"`
  if (!isRecord(value)) return { headers: [disposition], content: Buffer.from(pythonText(value)) }
  const { filename, content, mime_type: type } = value
  const known = typeof filename === 'string' ? filename : undefined
  if (known === undefined && content === undefined) {
    throw new UserError(`body: ${name} needs filename or content`, { at: controller.at('body') })
  }
  const bytes =
    content === undefined
      ? await controller.read(controller.find('files', known ?? ''))
      : Buffer.from(pythonText(content))
  const fallback = known === undefined ? 'text/plain' : 'application/octet-stream'
  const named = known === undefined ? disposition : `${disposition}; filename="${escaped(basename(known))}"`
  return { headers: [named, `Content-Type: ${escaped(typeof type === 'string' ? type : fallback)}`], content: bytes }
}

/** As browsers write it: what would end the quoted text or the line. */
const escaped = (text: string): string => text.replaceAll('"', '%22').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
