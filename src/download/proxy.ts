import type { Agent } from 'node:http'
import { withoutPassword } from './address.ts'
import { isDirect } from './no-proxy.ts'
import { Refused } from './refused.ts'
import { trustedCas } from './trust.ts'

export interface Proxy {
  /** What leads requests through it. */
  readonly agent: Agent
  /** Fit to be shown. */
  readonly address: string
}

/**
 * The proxy that the environment names for an address, as curl finds it: http_proxy, https_proxy, all_proxy and no_proxy,
 * all but http_proxy in capitals too. An empty one counts as not set. `signal` ends the connection to it. Throws Refused for one that cannot be used.
 */
export async function proxyFor(url: URL, signal: AbortSignal): Promise<Proxy | undefined> {
  const named = setting(url.protocol.replace(':', '_proxy')) ?? setting('all_proxy') ?? ''
  if (named === '' || isDirect(url, setting('no_proxy') ?? '')) return undefined
  const proxy = addressOf(named)
  const options = { signal, ...(proxy.protocol === 'https:' && { ca: await trustedCas() }) }
  const agent =
    url.protocol === 'https:'
      ? new (await import('https-proxy-agent')).HttpsProxyAgent(proxy, options)
      : new (await import('http-proxy-agent')).HttpProxyAgent(proxy, options)
  return { agent, address: withoutPassword(proxy.href) }
}

function setting(name: string): string | undefined {
  // HTTP_PROXY is what a web server makes of the header Proxy for a CGI program, whoever sent it.
  const names = name === 'http_proxy' ? [name] : [name, name.toUpperCase()]
  return names.map((each) => process.env[each]).find((value) => value !== undefined && value !== '')
}

function addressOf(named: string): URL {
  const address = withPort(named.includes('://') ? named : `http://${named}`)
  const proxy = URL.canParse(address) ? new URL(address) : undefined
  // Whatever may be a part of a password is not shown.
  if (!proxy || proxy.pathname.includes('@') || !isEncoded(proxy.username + proxy.password)) {
    throw new Refused(
      'the environment names a proxy for it whose address cannot be read: in a password, write / as %2F, @ as %40 and % as %25',
    )
  }
  if (['http:', 'https:'].includes(proxy.protocol)) return proxy
  const shown = withoutPassword(proxy.href)
  throw new Refused(`the environment names a proxy for it, which must be an http or https address, not ${shown}`)
}

/** curl's port for a proxy without one, 1080. URL knows no difference between none and 80. */
function withPort(address: string): string {
  const [, before, after = ''] = /^(http:\/\/[^/?#]*?):?([/?#].*)?$/is.exec(address) ?? []
  return before === undefined || /:\d+$/.test(before) ? address : `${before}:1080${after}`
}

function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}
