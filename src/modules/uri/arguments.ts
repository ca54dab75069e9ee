import { z } from 'zod'
import { bool, hostPath, int, nonEmptyText, secret, text, withAliases } from '../args.ts'
import { attributeArguments, only, refused } from '../paths/arguments.ts'

const follows = z.preprocess(
  (value) => (value === true ? 'yes' : value === false ? 'no' : value),
  z.enum(['all', 'yes', 'safe', 'none', 'no', 'urllib2']),
)

const statusCodes = z.preprocess(
  (value) => (typeof value === 'string' ? value.split(',') : typeof value === 'number' ? [value] : value),
  z.array(int(-1, 999)).min(1),
)

const header = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const oneLine = (value: string) => !/[\r\n]/.test(value)

const fields = z.strictObject({
  url: nonEmptyText()
    .refine((url) => /^https?:\/\/[^\s\x00-\x20]+$/i.test(url) && URL.canParse(url), 'must be an http or https address')
    .describe('The address.'),
  method: text()
    .transform((method) => method.toUpperCase())
    .refine((method) => /^[A-Z]+$/.test(method), 'must be a single word, like GET or POST')
    .default('GET')
    .describe('GET, POST, PUT, …'),
  body: z.unknown().optional().describe('What is sent; with a body_format, a mapping or list that becomes it.'),
  body_format: z
    .enum(['raw', 'json', 'form-urlencoded', 'form-multipart'])
    .default('raw')
    .describe('How the body is written; sets Content-Type.'),
  src: nonEmptyText().optional().describe('A file of the controller (with remote_src: of the host) that is sent.'),
  remote_src: bool().default(false).describe('src is a file of the host.'),
  headers: z
    .record(z.string().regex(header, 'must be the name of a header'), text().refine(oneLine, 'must be one line'))
    .default({})
    .describe('HTTP headers.'),
  http_agent: text().refine(oneLine, 'must be one line').default('ansible-httpget').describe('The User-Agent header.'),
  url_username: text()
    .refine(oneLine, 'must be one line')
    .optional()
    .describe('User for basic or digest authentication.'),
  url_password: secret(text().refine(oneLine, 'must be one line')).optional().describe('Password of the user.'),
  force_basic_auth: bool().default(false).describe('Send the password with the first request, not only when asked.'),
  status_code: statusCodes.default([200]).describe('The status codes that mean success.'),
  return_content: bool().default(false).describe('Return the body of the answer; JSON is returned in any case.'),
  follow_redirects: follows.default('safe').describe('all, safe (GET and HEAD only) or none.'),
  dest: hostPath()
    .refine(oneLine, 'must be one line')
    .optional()
    .describe('Where the answer is written on the host; a directory takes it under its name.'),
  creates: hostPath().optional().describe('Nothing is sent when this path exists on the host.'),
  removes: hostPath().optional().describe('Nothing is sent when this path does not exist on the host.'),
  timeout: int(1).default(30).describe('Seconds without an answer after which the request fails.'),
  force: bool().default(false).describe('Ask also for what did not change since dest was written.'),
  validate_certs: bool().default(true).describe('no: take any TLS certificate.'),
  ca_path: hostPath().optional().describe('A file of CA certificates on the host.'),
  client_cert: hostPath().optional().describe('A TLS client certificate on the host, with its key or without.'),
  client_key: hostPath().optional().describe('The key of client_cert on the host.'),
  ciphers: z
    .preprocess((value) => (typeof value === 'string' ? [value] : value), z.array(text().refine(oneLine)))
    .optional()
    .describe('TLS ciphers, as OpenSSL names them.'),
  unix_socket: hostPath().optional().describe('A socket on the host to speak to; needs curl there.'),
  use_proxy: bool().default(true).describe('no: no proxy, whatever the environment says.'),
  use_netrc: bool().default(true).describe("Read the password from the user's .netrc where it has one."),
  decompress: bool().default(true).describe('Unpack a compressed answer.'),
  use_gssapi: only(false, 'there is no Kerberos authentication'),
  unredirected_headers: refused(
    'the programs that send the request repeat headers on a redirect: set follow_redirects',
  ),
  ...attributeArguments,
})

export type UriArguments = z.output<typeof fields>

export const args = withAliases(fields, {
  user: 'url_username',
  password: 'url_password',
  attr: 'attributes',
}).superRefine((given, context) => {
  const say = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
  const { body, body_format: format, src, method, follow_redirects: follow } = given
  if (body !== undefined && src !== undefined) say('src', 'give src or body, one of them')
  if (src !== undefined && given.remote_src && !/^[/~]/.test(src)) say('src', 'must be an absolute path on the host')
  if (format === 'raw' && typeof body === 'object' && body !== null) say('body', 'must be text with body_format: raw')
  if (format === 'form-multipart' && !isRecord(body)) say('body', 'must be a mapping with body_format: form-multipart')
  if (
    format === 'form-urlencoded' &&
    Array.isArray(body) &&
    !body.every((pair) => Array.isArray(pair) && pair.length === 2)
  )
    say('body', 'must be a mapping or a list of pairs with body_format: form-urlencoded')
  if (follow === 'urllib2')
    say('follow_redirects', 'urllib2 means the habits of a Python library: say all, safe or none')
  if ((follow === 'all' || follow === 'yes') && !['GET', 'HEAD', 'POST'].includes(method))
    say('follow_redirects', `is not supported with ${method}: it would be repeated at the other address`)
  if (given.client_key !== undefined && given.client_cert === undefined) say('client_key', 'needs client_cert')
  if (given.url_password !== undefined && given.url_username === undefined) say('url_password', 'needs url_username')
})

export const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)
