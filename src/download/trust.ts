import { readFile } from 'node:fs/promises'
import { rootCertificates } from 'node:tls'
import { Refused } from './refused.ts'

/** Where systems keep the CAs that their administrator trusts: Debian and Alpine, Red Hat, SUSE, macOS. */
const systemBundles = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/ssl/cert.pem',
]

/**
 * The CAs that may have signed a server on the web, in PEM: those of SSL_CERT_FILE alone if it is set, as OpenSSL has it;
 * else the system's, Node's own where it keeps none, and those of NODE_EXTRA_CA_CERTS. Throws Refused when a file that was
 * named cannot be read.
 */
export async function trustedCas(): Promise<string[]> {
  const only = process.env['SSL_CERT_FILE']
  if (only) return certificates(await named('SSL_CERT_FILE', only))
  const system = await firstOf(systemBundles)
  const extra = process.env['NODE_EXTRA_CA_CERTS']
  return [
    ...(system === undefined ? rootCertificates : certificates(system)),
    ...(extra ? certificates(await named('NODE_EXTRA_CA_CERTS', extra)) : []),
  ]
}

const certificates = (text: string) => text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []

async function named(variable: string, path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new Refused(`${variable} names a file that cannot be read`, { cause: error })
  }
}

async function firstOf(paths: readonly string[]): Promise<string | undefined> {
  for (const path of paths) {
    const text = await readFile(path, 'utf8').catch(() => undefined)
    if (text !== undefined) return text
  }
  return undefined
}
