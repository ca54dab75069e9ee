import { readFile } from 'node:fs/promises'
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
 * named holds none.
 */
export async function trustedCas(): Promise<string[]> {
  const only = process.env['SSL_CERT_FILE']
  if (only) return await named('SSL_CERT_FILE', only)
  const system = certificates(await firstOf(systemBundles))
  const extra = process.env['NODE_EXTRA_CA_CERTS']
  const { rootCertificates } = await import('node:tls')
  return [
    ...(system.length === 0 ? rootCertificates : system),
    ...(extra ? await named('NODE_EXTRA_CA_CERTS', extra) : []),
  ]
}

const certificates = (text: string) => text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []

async function named(variable: string, path: string): Promise<string[]> {
  const found = certificates(await readFile(path, 'utf8').catch(() => ''))
  if (found.length > 0) return found
  throw new Refused(`${variable} names a file that cannot be read, or holds no certificate in PEM`)
}

async function firstOf(paths: readonly string[]): Promise<string> {
  for (const path of paths) {
    const text = await readFile(path, 'utf8').catch(() => undefined)
    if (text !== undefined) return text
  }
  return ''
}
