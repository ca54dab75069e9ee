import type { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { certificatesIn, firstToEnd, nameOf, namesOf, upToCa } from './certificates.ts'
import { addressOf, type Server } from './server.ts'

/** Why a chain is not to be trusted, by OpenSSL's name of the error, in words that say what to look at. */
export function chainFault(code: string, server: Server, [own, ...rest]: readonly X509Certificate[]): string {
  const where = addressOf(server)
  switch (code) {
    case 'CERT_HAS_EXPIRED': {
      const ended = firstToEnd(own ? upToCa([own, ...rest], server.ca) : rest)
      return ended
        ? `the certificate of ${nameOf(ended.subject)} at ${where} ended on ${ended.validTo}`
        : `${where} has a certificate that has ended`
    }
    case 'CERT_NOT_YET_VALID':
      return `${where} has a certificate that is not valid yet${own ? `: it begins on ${own.validFrom}` : ''}`
    case 'DEPTH_ZERO_SELF_SIGNED_CERT':
      return `${where} has a certificate signed by itself, which is not among the CAs (${trusted(server)})`
    case 'SELF_SIGNED_CERT_IN_CHAIN':
    case 'UNABLE_TO_GET_ISSUER_CERT':
    case 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY':
    case 'UNABLE_TO_VERIFY_LEAF_SIGNATURE':
    case 'CERT_SIGNATURE_FAILURE':
      return `${where} has a certificate signed by ${signer([...(own ? [own] : []), ...rest])}, which is not among the CAs (${trusted(server)})`
    default:
      return `the certificate of ${where} is not to be trusted: ${code}`
  }
}

/**
 * Why rsyslog does not take a certificate for a name, if so. Its drivers compare, letter by letter, each DNS name and the
 * common name: a wildcard there is a name like any other, and an IP address is none.
 */
export function nameFault(own: X509Certificate, server: Server): string | undefined {
  const { name } = server
  const where = addressOf(server)
  const { dns, common, addresses } = namesOf(own)
  const compared = [...dns, ...common]
  if (compared.includes(name)) return undefined
  const spelt = compared.find((one) => one.toLowerCase() === name.toLowerCase())
  if (spelt !== undefined)
    return `${where} has a certificate for ${spelt}, which rsyslog does not take for ${name}: write the name as the certificate has it`
  const wildcard = own.checkHost(name)
  if (wildcard?.includes('*'))
    return `${where} has a wildcard certificate (${wildcard}), which rsyslog does not take for ${name}`
  if (isIP(name) !== 0 && own.checkIP(name) !== undefined)
    return `${where} has a certificate for the IP address ${name}, which rsyslog does not take: it compares DNS names and the common name`
  const names = [...dns, ...addresses]
  return `${where} has a certificate for ${names.length > 0 ? names.join(', ') : nameOf(own.subject)}, not for ${name}`
}

/** Why a chain that holds here does not by the clock of the host, in seconds since 1970. */
export function clockFault(chain: readonly X509Certificate[], now: number, server: Server): string | undefined {
  const off = chain.find(
    ({ validFrom, validTo }) => now * 1000 < Date.parse(validFrom) || now * 1000 > Date.parse(validTo),
  )
  if (off === undefined) return undefined
  const clock = new Date(now * 1000).toISOString()
  return `the clock of this host says ${clock}, when the certificate of ${nameOf(off.subject)} at ${addressOf(server)} is not valid: set the clock`
}

/** Who stands at the end of what the server sent. */
function signer(chain: readonly X509Certificate[]): string {
  const last = chain.at(-1)
  return last ? nameOf(last.issuer) : 'somebody'
}

/** The CAs by name, not more than a line of them. */
function trusted({ ca }: Server): string {
  const names = certificatesIn(ca).map(({ subject }) => nameOf(subject))
  return names.length > 3 ? `${names.length} of them` : names.join(', ')
}
