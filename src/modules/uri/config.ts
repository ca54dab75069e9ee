import { curlQuoted } from '../paths/fetch.ts'
import type { UriArguments } from './arguments.ts'

/** A request as the configuration files of curl and wget have it: they are read from where no other user looks. */
export interface Request {
  readonly given: UriArguments
  readonly headers: Readonly<Record<string, string>>
  /** There is a body, of which the script knows the path. */
  readonly sends: boolean
}

export const followsRedirects = ({ follow_redirects: follow, method }: UriArguments): boolean =>
  follow === 'all' || follow === 'yes' || (follow === 'safe' && (method === 'GET' || method === 'HEAD'))

/** Methods that say how long their body is, also when there is none. */
const withLength = new Set(['POST', 'PUT', 'PATCH'])

/** As Python counts them. */
const redirects = 10

export function curlConfig({ given, headers, sends }: Request): string {
  const { url, method, timeout, url_username: user, url_password: password } = given
  const empty = !sends && withLength.has(method)
  const options: readonly (readonly [string, string | number | boolean | undefined])[] = [
    ['url', url],
    ['globoff', true],
    ['head', method === 'HEAD'],
    // Named, it would be repeated on a redirect that turns it into a GET.
    ['request', method === (sends || empty ? 'POST' : 'GET') || method === 'HEAD' ? undefined : method],
    ['data', empty ? '' : undefined],
    ['location', followsRedirects(given)],
    ['max-redirs', redirects],
    ['user-agent', given.http_agent],
    ['user', user === undefined ? undefined : `${user}:${password ?? ''}`],
    [given.force_basic_auth ? 'basic' : 'anyauth', user !== undefined],
    ['netrc-optional', given.use_netrc && user === undefined],
    ['insecure', !given.validate_certs],
    ['cacert', given.ca_path],
    ['cert', given.client_cert],
    ['key', given.client_key],
    ['ciphers', given.ciphers?.join(':')],
    ['unix-socket', given.unix_socket],
    ['noproxy', given.use_proxy ? undefined : '*'],
    ['compressed', given.decompress],
    ['connect-timeout', timeout],
    ['speed-limit', 1],
    ['speed-time', timeout],
  ]
  return [
    ...options.flatMap(([name, value]) => {
      if (value === undefined || value === false) return []
      return [value === true ? name : `${name} = ${curlQuoted(String(value))}`]
    }),
    ...Object.entries(headers).map(([name, value]) => `header = ${curlQuoted(`${name}: ${value}`)}`),
    ...(empty && !('content-type' in lowered(headers)) ? ['header = "Content-Type:"'] : []),
    ...(sends ? ['header = "Expect:"'] : []),
  ].join('\n')
}

/** GNU wget's; its values are not quoted, so the arguments hold no line breaks. */
export function wgetConfig({ given, headers }: Request): string {
  const { url_username: user, url_password: password } = given
  const options: readonly (readonly [string, string | number | undefined])[] = [
    ['method', given.method],
    ['max_redirect', followsRedirects(given) ? redirects : 0],
    ['user_agent', given.http_agent],
    ['user', user],
    ['password', user === undefined ? undefined : password],
    ['auth_no_challenge', given.force_basic_auth && user !== undefined ? 'on' : undefined],
    ['netrc', given.use_netrc ? 'on' : 'off'],
    ['check_certificate', given.validate_certs ? 'on' : 'off'],
    ['ca_certificate', given.ca_path],
    ['certificate', given.client_cert],
    ['private_key', given.client_key ?? given.client_cert],
    ['ciphers', given.ciphers?.join(':')],
    ['use_proxy', given.use_proxy ? 'on' : 'off'],
    ['content_on_error', 'on'],
    ['tries', 1],
    ['timeout', given.timeout],
  ]
  return [
    ...options.flatMap(([name, value]) => (value === undefined ? [] : [`${name} = ${value}`])),
    ...Object.entries(headers).map(([name, value]) => `header = ${name}: ${value}`),
  ].join('\n')
}

export const lowered = (headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]))
