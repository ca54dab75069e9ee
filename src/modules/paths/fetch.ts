import type { Script } from '../../shell/script.ts'
import { lines, sh } from '../../shell/script.ts'
import type { Download } from '../define.ts'
import type { Fields } from './record.ts'
import { withoutPassword } from '../../download/address.ts'

/** A download by the host itself. */
export interface HostDownload extends Download {
  readonly user?: string | undefined
  readonly password?: string | undefined
}

/** What a probe found out about the host's tools, and (where asked) what the address gives there. */
export interface HostAnswer {
  readonly tool: 'curl' | 'wget' | 'plain-wget' | 'none'
  readonly sha256?: string
  readonly text?: string
  readonly error?: string
}

const needsCurl = 'headers and passwords need curl on the host: wget shows them to all its users'

/** Whether there is anything in a download that not every user of the host may see. */
function isSecret({ url, user, headers = {} }: HostDownload): boolean {
  const { username, password } = new URL(url)
  return user !== undefined || Object.keys(headers).length > 0 || username !== '' || password !== ''
}

const isSecure = ({ url }: HostDownload): boolean => /^https:/i.test(url)

/**
 * The function `fetch` prints what the address gives. curl reads address, headers and password from its input: in its
 * arguments every user of the host could read them. wget is given nothing but an address without a password, for a token
 * in its query from its input as well; busybox's takes it as an argument alone. No redirect leads from https to http, as on
 * the controller; wget can be told that only by letting it follow none (its --https-only is for recursion), busybox's not at all.
 */
export function fetchFunction(download: HostDownload): Script {
  const { url, headers = {}, user, password, timeout = 10, validateCerts, useProxy } = download
  const secure = isSecure(download)
  const config = [
    `url = ${curlQuoted(url)}`,
    ...Object.entries(headers).map(([name, value]) => `header = ${curlQuoted(`${name}: ${value}`)}`),
    ...(user === undefined ? [] : [`user = ${curlQuoted(`${user}:${password ?? ''}`)}`]),
    ...(secure ? ['proto-redir = "=https"'] : []),
    ...(validateCerts === false ? ['insecure'] : []),
    ...(useProxy === false ? ['noproxy = "*"'] : []),
  ].join('\n')
  const unchecked = validateCerts === false ? sh`--no-check-certificate ` : sh``
  const led = (code: number, why: string) =>
    secure ? sh` || { set -- $?; [ $1 != ${code} ] || echo ${why} >&2; (exit $1); }` : sh``
  const staying = secure ? sh`--max-redirect=0 ` : sh``
  const direct = useProxy === false ? sh`--no-proxy ` : sh``
  return lines(
    sh`fetch() {`,
    sh`  if command -v curl >/dev/null; then`,
    sh`    printf '%s\\n' ${config} | curl -sSfL --connect-timeout ${timeout} --speed-limit 1 --speed-time ${timeout} -K -${led(1, 'curl: it redirects from https to something else')}`,
    sh`  else`,
    isSecret(download)
      ? sh`    echo ${needsCurl} >&2; return 1`
      : // Quiet, it says nothing of its errors either; loud, it draws progress bars.
        sh`    if wget --version 2>/dev/null | grep -q 'GNU Wget'; then
      printf '%s\\n' ${url} | wget -q -T ${timeout} ${staying}${unchecked}${direct}-O - -i -
    else wget -q -T ${timeout} ${unchecked}${direct}-O - ${url}
    fi${led(8, 'from https wget is let follow no redirect, if it was one: install curl')} || { echo "wget ended with $?" >&2; return 1; }`,
    sh`  fi`,
    sh`}`,
  )
}

/** A value in a config file of curl. */
export const curlQuoted = (value: string): string => `"${value.replace(/[\\"]/g, '\\$&').replaceAll('\n', ' ')}"`

/** Prints the record `host`; `want` says what to fetch for it. Only reads: what comes goes to standard output. */
export function askHost(download: HostDownload, want: 'digest' | 'text' | 'nothing', unless: Script): Script {
  const fetched =
    want === 'text'
      ? sh`say text "$(fetch 2>&1; echo "code $?")"`
      : sh`{ e=$({ { fetch 2>&3; echo "code $?" >&3; } | sha256sum | sed 's/^/sha256 /' >&4; } 3>&1); } 4>&1
say error "$e"`
  return lines(
    fetchFunction(download),
    sh`echo 'record host'
if command -v curl >/dev/null; then t=curl
elif ! command -v wget >/dev/null; then t=none
elif wget --version 2>/dev/null | grep -q 'GNU Wget'; then t=wget
else t=plain-wget; fi
echo "tool $t"`,
    ...(want === 'nothing' ? [] : [sh`if [ "$t" != none ] && ! ${unless}; then`, fetched, sh`fi`]),
  )
}

const tools: Readonly<Record<string, HostAnswer['tool']>> = { curl: 'curl', wget: 'wget', 'plain-wget': 'plain-wget' }

export function parseHost(fields: Fields | undefined): HostAnswer {
  const tool = tools[fields?.get('tool') ?? ''] ?? 'none'
  const said = fields?.get('text') ?? fields?.get('error')
  if (said === undefined) return { tool }
  const [, before = '', code] = /^([\s\S]*)code (\d+)$/.exec(said) ?? []
  if (code !== '0') return { tool, error: before.trim() || `${tool} ended with ${code ?? 'a signal'}` }
  if (fields?.has('text')) return { tool, text: before }
  const [sha256] = (fields?.get('sha256') ?? '').split(' ')
  return { tool, ...(sha256 ? { sha256 } : {}) }
}

/** Why the host cannot download this, if so. */
export function unable({ tool, error }: HostAnswer, download: HostDownload): string | undefined {
  if (tool === 'none') return 'this host has neither curl nor wget: leave via at its default, controller'
  if (tool !== 'curl' && isSecret(download)) return needsCurl
  if (error !== undefined)
    return `${withoutPassword(download.url)}: ${error.replaceAll(download.url, withoutPassword(download.url))}`
  if (tool === 'plain-wget' && download.validateCerts !== false && isSecure(download)) {
    return "this host's wget does not verify certificates: install curl, or leave via at its default, controller"
  }
  return undefined
}
