import { createHash } from 'node:crypto'
import { z } from 'zod'
import { lines, sh } from '../shell/script.ts'
import { UserError } from '../errors.ts'
import { hostPath, int, nonEmptyText, textList } from './args.ts'
import { type Controller, defineSession, type HostSession, type Report } from './define.ts'
import { certificateFault } from './paths/certificates.ts'
import { askHost, fetchFunction, type HostDownload, parseHost, unable } from './paths/fetch.ts'
import { parseRecords, sayFunctions } from './paths/record.ts'
import { daysLeft, endsSoon, firstToEnd, nameOf } from './tls/certificates.ts'
import { proveTls } from './tls/prove.ts'
import { addressOf, type Server } from './tls/server.ts'
import { withoutPassword } from '../download/address.ts'

const args = z
  .strictObject({
    host: nonEmptyText().describe('The server, as the host names it.'),
    port: int(1, 65535).describe('Its TCP port.'),
    name: nonEmptyText().optional().describe('What its certificate must bear. Default: host.'),
    ca_url: nonEmptyText()
      .refine((url) => URL.canParse(url) && /^(https?|file):/i.test(url), 'must be an http, https or file address')
      .optional()
      .describe('The CAs as they will be: downloaded by the controller, once per run; `file:///PATH` is a file of it.'),
    ca_via: z
      .enum(['controller', 'host'])
      .default('controller')
      .describe('`host`: the host downloads ca_url itself, here as well as when it is needed.'),
    ca_path: hostPath().optional().describe('The CAs on the host; with ca_url, where they will be.'),
    mode: z.enum(['strict', 'warn']).default('strict').describe('Whether a fault fails the task or is a warning.'),
    timeout: int(1).default(10).describe('Seconds to connect, and again for the handshake.'),
    unless_file: hostPath().optional().describe('A configuration on the host.'),
    unless_texts: textList()
      .default([])
      .describe('Nothing is tried while all of these are in unless_file and ca_path holds the CAs of ca_url.'),
  })
  .refine((given) => given.ca_url !== undefined || given.ca_path !== undefined, 'needs ca_url or ca_path')
  .refine((given) => given.ca_via === 'controller' || !/^file:/i.test(given.ca_url ?? ''), {
    path: ['ca_url'],
    message: 'a file: address is a file of the controller: leave out ca_via: host',
  })
  .refine((given) => given.unless_file === undefined || given.unless_texts.length > 0, {
    path: ['unless_file'],
    message: 'needs unless_texts',
  })

type Arguments = z.output<typeof args>

interface Wish extends Arguments {
  /** What ca_url gives, unless the host is to download it. */
  readonly pem: Buffer | undefined
}

async function prepare(given: Arguments, controller: Controller): Promise<Wish> {
  const { ca_url: url } = given
  if (url === undefined || given.ca_via === 'host') return { ...given, pem: undefined }
  const pem = await controller.download({ url })
  const fault = certificateFault(pem)
  if (fault !== undefined) throw new UserError(`${withoutPassword(url)} ${fault}`, { at: controller.at('ca_url') })
  return { ...given, pem }
}

/** Proves that a host can speak TLS with a server, before anything relies on it. */
export default defineSession<typeof args, Wish>({
  name: 'tls_reachable',
  doc: {
    summary: 'Prove TLS with a server from the host: way, certificate, name and days left',
    checkMode: 'Runs as otherwise: it changes nothing.',
    example: `- tls_reachable:
    host: intake.sekoia.io
    port: 10514
    ca_path: /etc/ssl/certs/ca-certificates.crt`,
    returns: {
      proven: 'whether it is',
      protocol: 'such as TLSv1.3',
      subject: "the certificate's own name",
      issuer: 'who signed it',
      days_left: 'until the first certificate of the chain ends',
    },
  },
  args,
  prepare,
  readOnly: true,
  inCheck: true,
  guard(wish) {
    const { unless_file: file, unless_texts: texts, ca_path: ca } = wish
    if (file === undefined) return undefined
    const download = hostDownload(wish)
    return lines(
      ...texts.map((text) => sh`grep -q -F -e ${text} ${file} 2>/dev/null || exit 0`),
      ca === undefined ? sh`echo set` : sh`[ ! -r ${ca} ] || printf 'set %s\\n' "$(sha256sum <${ca})"`,
      ...(download ? [fetchFunction(download), sh`printf 'host %s\\n' "$(fetch 2>/dev/null | sha256sum)"`] : []),
    )
  },
  satisfied({ pem }, output) {
    const said = (word: string) => new RegExp(`^${word}(?: (\\S+).*)?$`, 'm').exec(output)
    const set = said('set')
    if (!set) return undefined
    const wished = pem ? createHash('sha256').update(pem).digest('hex') : said('host')?.[1]
    if (wished !== undefined && set[1] !== wished) return undefined
    return 'it is what the host uses already'
  },
  run: tryTls,
})

async function tryTls(wish: Wish, host: HostSession): Promise<Report> {
  const download = hostDownload(wish)
  const given: Downloaded = download ? await downloadedThere(download, host) : { pem: wish.pem?.toString() }
  if (given.fault !== undefined) return fault(wish, host, given.fault)
  const ca = given.pem ?? (await caOnHost(wish, host))
  if (ca === undefined) return fault(wish, host, `there is no file ${wish.ca_path ?? ''} with CAs on this host`)
  const server: Server = { host: wish.host, port: wish.port, name: wish.name ?? wish.host, ca }
  const answer = await proveTls(host, server, wish.timeout)
  if (answer.kind === 'fault') return fault(wish, host, answer.message)
  if (answer.kind === 'unproven') {
    const msg = `whether ${addressOf(server)} takes TLS from here is unproven: ${answer.message}`
    host.warn(msg)
    return { changed: false, result: { msg, proven: false } }
  }
  const { chain, protocol } = answer
  const soon = endsSoon(chain)
  if (soon !== undefined) host.warn(`${addressOf(server)}: ${soon}`)
  const [own] = chain
  const first = firstToEnd(chain)
  const names = own ? { subject: nameOf(own.subject), issuer: nameOf(own.issuer) } : {}
  const result = { proven: true, protocol, ...names, ...(first && { days_left: daysLeft(first) }) }
  return { changed: false, result: { msg: `${addressOf(server)} takes TLS from here`, ...result } }
}

const hostDownload = ({ ca_url: url, ca_via: via }: Arguments): HostDownload | undefined =>
  url !== undefined && via === 'host' ? { url } : undefined

interface Downloaded {
  readonly pem?: string | undefined
  readonly fault?: string
}

/** What the host itself gets from an address; it keeps nothing of it. */
async function downloadedThere(download: HostDownload, host: HostSession): Promise<Downloaded> {
  const { stdout } = await host.look(lines(sayFunctions, askHost(download, 'text', sh`false`)), 40)
  const answer = parseHost(parseRecords(stdout.toString()).get('host'))
  const why = unable(answer, download)
  if (why !== undefined) return { fault: why }
  const pem = answer.text ?? ''
  const wrong = certificateFault(Buffer.from(pem))
  return wrong === undefined ? { pem } : { fault: `${withoutPassword(download.url)} ${wrong}` }
}

async function caOnHost({ ca_path: path = '' }: Wish, host: HostSession): Promise<string | undefined> {
  const { code, stdout } = await host.look(sh`cat ${path} 2>/dev/null`)
  return code === 0 ? stdout.toString() : undefined
}

function fault({ mode }: Wish, host: HostSession, message: string): Report {
  const result = { msg: message, proven: false }
  if (mode === 'strict') return { changed: false, failed: message, result }
  host.warn(message)
  return { changed: false, result }
}
