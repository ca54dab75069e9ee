import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

/** A server for `uri`: what each address does stands in its path. */
export interface HttpAnswers {
  readonly url: string
  /** Every request, as `METHOD PATH`. */
  readonly asked: readonly string[]
  close(): Promise<void>
}

export async function httpAnswers(listen: number | string = 0): Promise<HttpAnswers> {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(`${request.method ?? ''} ${request.url ?? ''}`)
    const parts: Buffer[] = []
    request.on('data', (part: Buffer) => parts.push(part))
    request.on('end', () => answer(request, Buffer.concat(parts), response))
  })
  await new Promise<void>((resolve) =>
    typeof listen === 'string' ? server.listen(listen, resolve) : server.listen(listen, '127.0.0.1', resolve),
  )
  const address = server.address() as AddressInfo | string
  return {
    url: typeof address === 'string' ? 'http://socket.test' : `http://127.0.0.1:${address.port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** The headers that say what was asked for; the others are each program's own. */
const telling = ['content-type', 'content-length', 'user-agent', 'authorization', 'x-own', 'cookie']

function answer({ method, url = '/', headers }: IncomingMessage, body: Buffer, response: ServerResponse): void {
  const [, what = '', ...rest] = (url.split('?')[0] ?? '').split('/')
  const end = (
    status: number,
    type: string,
    content: string | Buffer = '',
    more: Record<string, string | string[]> = {},
  ) =>
    response
      .writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(content), ...more })
      .end(content)
  const json = (value: unknown) => end(200, 'application/json', JSON.stringify(value))
  const asks = (name: string) => end(401, 'text/plain', 'who?', { 'WWW-Authenticate': `${name} realm="own"` })
  switch (what) {
    case 'echo': {
      const told = telling.filter((name) => headers[name] !== undefined).map((name) => [name, headers[name]] as const)
      return void json({ method, url, headers: Object.fromEntries(told), body: body.toString('latin1') })
    }
    case 'status':
      return void end(Number(rest[0]), 'text/plain', rest[0] === '204' ? '' : `this is ${rest[0] ?? ''}`)
    case 'to':
      return void end(Number(rest[0]), 'text/plain', 'elsewhere', { Location: `/${rest.slice(1).join('/')}` })
    case 'basic':
      return void (headers.authorization === 'Basic bWU6bXkgcHc=' ? json({ welcome: 'me' }) : asks('Basic'))
    case 'cookies':
      return void end(200, 'text/plain', 'sweet', { 'Set-Cookie': ['one=1; Path=/', 'two=b c; HttpOnly; Path=/'] })
    case 'latin1':
      return void end(200, 'text/plain; charset=iso-8859-1', Buffer.from('caf\xe9\n', 'latin1'))
    case 'hal':
      return void end(200, 'application/hal+json; charset=utf-8', '{"a": [1, "é"]}')
    case 'broken':
      return void end(200, 'application/json', '{"a": ')
    case 'named':
      return void end(200, 'text/plain', 'named\n', { 'Content-Disposition': 'attachment; filename="own name.txt"' })
    case 'since':
      return void (headers['if-modified-since'] === undefined
        ? end(200, 'text/plain', 'new\n')
        : end(304, 'text/plain'))
    case 'gzip':
      return void end(200, 'text/plain', gzipSync('packed'), { 'Content-Encoding': 'gzip' })
    case 'silent':
      return
    default:
      end(200, 'text/plain', `at ${url}\n`)
  }
}

// Alone, for programs beside this one: says where it listens, and ends with its input.
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  console.log((await httpAnswers()).url)
  process.stdin.resume().on('end', () => process.exit())
}
