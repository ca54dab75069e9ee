import { X509Certificate } from 'node:crypto'

const block = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g
const day = 86_400_000

/** The certificates of a PEM text, in their order; what cannot be read is left out. */
export function certificatesIn(pem: string): readonly X509Certificate[] {
  return [...pem.matchAll(block)].flatMap(([text]) => {
    try {
      return [new X509Certificate(text)]
    } catch {
      return []
    }
  })
}

/** `ISRG Root X1`: the common name, or the whole name on one line. */
export function nameOf(distinguishedName: string): string {
  return /^CN=(.*)$/m.exec(distinguishedName)?.[1] ?? distinguishedName.replaceAll('\n', ', ')
}

/** Whole days until it ends; negative when it has ended. */
export function daysLeft({ validTo }: X509Certificate, now = Date.now()): number {
  return Math.floor((Date.parse(validTo) - now) / day)
}

/** Of a chain, the certificate that ends first. */
export function firstToEnd(certificates: readonly X509Certificate[]): X509Certificate | undefined {
  return [...certificates].sort((one, other) => Date.parse(one.validTo) - Date.parse(other.validTo))[0]
}

/** Warn from here on: a month is what people need to replace a certificate. */
const warningDays = 30

/** What to say of a chain that ends soon; undefined when it does not. */
export function endsSoon(certificates: readonly X509Certificate[]): string | undefined {
  const first = firstToEnd(certificates)
  if (!first) return undefined
  const left = daysLeft(first)
  if (left > warningDays) return undefined
  return `the certificate of ${nameOf(first.subject)} ends in ${left} day${left === 1 ? '' : 's'}, on ${first.validTo}`
}
