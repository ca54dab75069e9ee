import type { X509Certificate } from 'node:crypto'

/** Which server, under which name, vouched for by whom. */
export interface Server {
  readonly host: string
  readonly port: number
  /** What its certificate must bear. */
  readonly name: string
  /** A PEM bundle. */
  readonly ca: string
}

/** What a server answered to a TLS handshake, wherever that was made. */
export type TlsAnswer =
  /** The chain ends in the CA that vouches for it. */
  | { readonly kind: 'proven'; readonly protocol: string; readonly chain: readonly X509Certificate[] }
  /** `message` is one clear line. */
  | { readonly kind: 'fault'; readonly message: string }
  /** Nobody could try. */
  | { readonly kind: 'unproven'; readonly message: string }

export const addressOf = ({ host, port }: Pick<Server, 'host' | 'port'>): string =>
  `${host.includes(':') ? `[${host}]` : host}:${port}`
