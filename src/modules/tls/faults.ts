import type { X509Certificate } from 'node:crypto'
import { certificatesIn, firstToEnd, nameOf } from './certificates.ts'
import { addressOf, type Server } from './server.ts'

/** Why a chain is not to be trusted, by OpenSSL's name of the error, in words that say what to look at. */
export function chainFault(code: string, server: Server, [own, ...rest]: readonly X509Certificate[]): string {
  const where = addressOf(server)
  switch (code) {
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `${where} has a certificate for ${own ? namesIn(own) : 'another name'}, not for ${server.name}`
    case 'CERT_HAS_EXPIRED': {
      const ended = firstToEnd(own ? [own, ...rest] : rest)
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

function namesIn({ subjectAltName, subject }: X509Certificate): string {
  const names = [...(subjectAltName ?? '').matchAll(/(?:DNS|IP Address):([^,]+)/g)].map(([, name]) => name)
  return names.length > 0 ? names.join(', ') : nameOf(subject)
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
