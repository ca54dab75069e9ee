import { z } from 'zod'
import { lines, type Script, sh } from '../shell/script.ts'
import type { Mapping } from '../source/value.ts'
import { bool, int, nonEmptyText, secret, text, withAliases } from './args.ts'
import { type Controller, defineModule, type Plan } from './define.ts'
import type { Effects } from './effects.ts'
import { attributeArguments, destPath, only, refused } from './paths/arguments.ts'
import { readChecksum, urlName } from './paths/checksum.ts'
import { fetched, hostContent, type Order, orderedChecksum } from './paths/download.ts'
import { askHost, type HostAnswer, parseHost, unable } from './paths/fetch.ts'
import { packagesPending } from './paths/overlay.ts'
import { parseRecords } from './paths/record.ts'
import { applyTree, oneFile, overlayTree, parseTree, planTree, probeTree, treeResult } from './paths/tree.ts'
import type { TreeState, TreeWish } from './paths/tree.ts'
import { certificatesIn, endsSoon } from './tls/certificates.ts'
import { withoutPassword } from '../download/address.ts'

const args = withAliases(
  z
    .strictObject({
      url: nonEmptyText()
        .refine((url) => URL.canParse(url) && /^(https?|file):/i.test(url), 'must be an http, https or file address')
        .describe('What to download; `file:///PATH` is a file of the controller.'),
      dest: destPath().describe('Where it goes; a directory takes it under the name in the address.'),
      via: z
        .enum(['controller', 'host'])
        .default('controller')
        .describe('Who downloads: the controller, once per run, or each host with its own curl or wget.'),
      expect: z.enum(['certificate']).optional().describe('Refuse anything but a PEM bundle of certificates in date.'),
      checksum: text()
        .refine(
          (value) => value === '' || readChecksum(value) !== undefined,
          'must be ALGORITHM:DIGEST, with a digest of that length, or ALGORITHM:URL',
        )
        .optional()
        .describe('Digest of the download: sha256:HEX, or sha256:URL of a list of digests.'),
      force: bool()
        .default(false)
        .describe('Compare a file that is there with the address, and replace it if it differs.'),
      ...attributeArguments,
      backup: bool().default(false).describe('Keep the old file beside the new one.'),
      timeout: int(1).default(10).describe('Seconds without an answer after which the download fails.'),
      headers: z.record(z.string(), text()).optional().describe('HTTP headers.'),
      http_agent: text().optional().describe('The User-Agent header.'),
      url_username: text().optional().describe('User for HTTP basic authentication.'),
      url_password: secret(text()).optional().describe('Password for HTTP basic authentication.'),
      validate_certs: bool().default(true).describe('no: take any TLS certificate.'),
      use_proxy: bool().default(true).describe('no: no proxy, whatever the environment says.'),
      force_basic_auth: bool().optional().describe('Has no effect: a password is always sent with the first request.'),
      tmp_dest: refused('a download is written beside its destination, so that it takes its place by a rename'),
      use_netrc: only(false, 'netrc files are not read; use url_username and url_password'),
      use_gssapi: only(false, 'there is no Kerberos authentication'),
      decompress: only(true, 'a compressed transfer is always unpacked'),
      ciphers: refused('the TLS ciphers are those of the downloading program'),
      client_cert: refused('there are no TLS client certificates'),
      client_key: refused('there are no TLS client certificates'),
      unredirected_headers: refused('headers are sent as the downloading program does'),
    })
    .refine(
      (given) => given.url_password === undefined || given.url_username !== undefined,
      'url_password needs url_username',
    )
    .refine((given) => given.via === 'controller' || !/^file:/i.test(given.url), {
      path: ['url'],
      message: 'a file: address is a file of the controller: leave out via: host',
    }),
  { attr: 'attributes', username: 'url_username', password: 'url_password' },
)

type Arguments = z.output<typeof args>

interface Wish extends TreeWish, Order {
  readonly url: string
  readonly via: 'controller' | 'host'
  readonly force: boolean
}

interface State extends TreeState {
  /** The destination's digest by the checksum's algorithm. */
  readonly sum: string | undefined
  /** A certificate that is there, which is not downloaded anew while its digest is as promised. */
  readonly pem: string | undefined
  readonly host: HostAnswer | undefined
}

async function prepare(given: Arguments, controller: Controller): Promise<Wish> {
  const { dest, url, owner, group, mode, force, backup, via, expect } = given
  const headers = { ...given.headers, ...(given.http_agent === undefined ? {} : { 'User-Agent': given.http_agent }) }
  const {
    url_username: user,
    url_password: password,
    timeout,
    validate_certs: validateCerts,
    use_proxy: useProxy,
  } = given
  const download = { url, headers, user, password, timeout, validateCerts, useProxy }
  const checksum = await orderedChecksum(given.checksum, download, controller)
  const order = { download, checksum, expect }
  // Where it is needed in any case it is there before the probe, which then fetches the old text for the diff.
  const content = via === 'controller' && force && !checksum ? await fetched(order, controller) : undefined
  const file = { dest, owner, group, mode, force, backup, name: urlName(url), content }
  return { ...oneFile(file), ...order, url, via, force }
}

function probe(wish: Wish): Script {
  const { via, force, expect } = wish
  const want = expect === 'certificate' ? 'text' : force ? 'digest' : 'nothing'
  const unless = force ? sh`false` : sh`[ -e "$p" ]`
  const sum = `${wish.checksum?.algorithm ?? ''}sum`
  return lines(
    probeTree(wish),
    ...(wish.checksum ? [sh`[ ! -f "$p" ] || printf 'sum %s\\n' "$(${sum} <"$p" | cut -d ' ' -f 1)"`] : []),
    ...(wish.checksum && expect === 'certificate' ? [sh`[ ! -f "$p" ] || say pem "$(cat <"$p")"`] : []),
    ...(via === 'host' ? [askHost(wish.download, want, unless)] : []),
  )
}

function parse(output: string, wish: Wish): State {
  const records = parseRecords(output)
  const host = wish.via === 'host' ? parseHost(records.get('host')) : undefined
  const fields = records.get('accounts')
  return { ...parseTree(output, wish), sum: fields?.get('sum'), pem: fields?.get('pem'), host }
}

function overlay(state: State, effects: Effects, wish: Wish): State {
  const later = overlayTree(state, effects, wish)
  const same = later.files[0]?.look.sha256 === state.files[0]?.look.sha256
  // The tool itself may be among the packages that are still to come.
  const host = state.host?.tool === 'none' && packagesPending(effects) ? { tool: 'curl' as const } : state.host
  return { ...later, host, ...(same ? { sum: state.sum, pem: state.pem } : { sum: undefined, pem: undefined }) }
}

/** True where only the download can tell: never for a file that is there and whose digest is as promised. */
function wanted({ force, checksum }: Wish, { files, sum }: State): boolean {
  if (files[0]?.look.type === 'absent') return true
  return checksum ? sum !== checksum.hex : force
}

async function complete(wish: Wish, state: State, controller: Controller): Promise<Wish> {
  const [file] = wish.files
  if (!file || file.content) return wish
  // A file that is there keeps its content, but its owner and mode are still looked after.
  if (!wanted(wish, state)) return { ...wish, files: [{ ...file, force: true }] }
  const content = wish.via === 'host' ? hostContent(wish, state.host, controller) : await fetched(wish, controller)
  const exists = state.files[0]?.look.type !== 'absent'
  return { ...wish, files: [{ ...file, content, force: exists || file.force }] }
}

function plan(wish: Wish, state: State): Plan {
  const why = state.host && wanted(wish, state) ? unable(state.host, wish.download) : undefined
  if (why !== undefined) return { changes: [], refuse: why }
  const planned = planTree(wish, state)
  const text = wish.expect === 'certificate' ? (wish.files[0]?.content?.text ?? state.pem) : undefined
  const soon = text === undefined ? undefined : endsSoon(certificatesIn(text))
  return soon === undefined
    ? planned
    : { ...planned, warnings: [...(planned.warnings ?? []), `${withoutPassword(wish.url)}: ${soon}`] }
}

export default defineModule({
  name: 'get_url',
  doc: {
    summary: 'Download a file and write it to the host',
    checkMode: 'The controller downloads as in a real run; the host writes nothing.',
    example: `- get_url:
    url: https://example.com/ca.pem
    dest: /etc/ssl/certs/example-ca.pem
    mode: "0644"
    expect: certificate`,
    returns: {
      dest: 'the path written',
      url: 'the address',
      checksum_src: 'SHA-1 of the download',
      mode: 'permissions as octal text',
      owner: 'name of the owner',
      group: 'name of the group',
      size: 'bytes',
      backup_file: 'where the old content was kept',
    },
  },
  args,
  prepare,
  probe,
  parse,
  overlay,
  complete,
  plan,
  apply: applyTree,
  result(wish: Wish, state: State, before?: State): Mapping {
    const { checksum, ...file } = treeResult(wish, state, before)
    const sums = checksum === undefined ? {} : { checksum_src: checksum, checksum_dest: checksum }
    return { ...file, ...sums, url: withoutPassword(wish.url) }
  },
})
