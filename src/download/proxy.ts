import type { Agent } from 'node:http'
import { withoutPassword } from './address.ts'
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
 * in capitals too. `signal` ends the connection to it. Throws Refused for one that does not speak HTTP.
 */
export async function proxyFor(url: URL, signal: AbortSignal): Promise<Proxy | undefined> {
  const { getProxyForUrl } = await import('proxy-from-env')
  const named = withScheme(getProxyForUrl(url.href))
  if (named === '') return undefined
  const proxy = URL.canParse(named) ? new URL(named) : undefined
  if (!proxy || !['http:', 'https:'].includes(proxy.protocol)) {
    const shown = proxy ? `, not ${withoutPassword(proxy.href)}` : ''
    throw new Refused(`the environment names a proxy for it, which must be an http or https address${shown}`)
  }
  const options = { signal, ...(proxy.protocol === 'https:' && { ca: await trustedCas() }) }
  const agent =
    url.protocol === 'https:'
      ? new (await import('https-proxy-agent')).HttpsProxyAgent(proxy, options)
      : new (await import('http-proxy-agent')).HttpProxyAgent(proxy, options)
  return { agent, address: withoutPassword(proxy.href) }
}

/** A proxy without a scheme speaks HTTP, whatever the address it is for: the library takes that one's scheme. */
function withScheme(named: string): string {
  const bare = named.replace(/^https:\/\//, '')
  const written = ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'].map((name) => process.env[name])
  return bare !== named && written.includes(bare) ? `http://${bare}` : named
}
