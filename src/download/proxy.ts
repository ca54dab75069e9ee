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
 * The proxy that the environment names for an address, as curl reads it: http_proxy, https_proxy, all_proxy and no_proxy,
 * in capitals too. `signal` ends the connection to it. Throws Refused for one that cannot be used.
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

const setting = (name: string): string | undefined => process.env[name] ?? process.env[name.toUpperCase()]

function addressOf(named: string): URL {
  const address = named.includes('://') ? named : `http://${named}`
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

function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text)
    return true
  } catch {
    return false
  }
}
