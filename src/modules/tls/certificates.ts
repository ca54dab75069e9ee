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

/** What a certificate is for: its alternative names of two kinds, and the common name where there is one. */
export interface Names {
  readonly dns: readonly string[]
  readonly addresses: readonly string[]
  readonly common: readonly string[]
}

export function namesOf({ subjectAltName = '', subject }: Pick<X509Certificate, 'subjectAltName' | 'subject'>): Names {
  // Node writes a comma within a name as \u002c: no name can be made up inside another.
  const all = subjectAltName.split(', ')
  const of = (kind: string) => all.filter((one) => one.startsWith(kind)).map((one) => one.slice(kind.length))
  const common = /^CN=(.*)$/m.exec(subject)?.[1]
  return { dns: of('DNS:'), addresses: of('IP Address:'), common: common === undefined ? [] : [common] }
}

/** Whole days until it ends; negative when it has ended. */
export function daysLeft({ validTo }: X509Certificate, now = Date.now()): number {
  return Math.floor((Date.parse(validTo) - now) / day)
}

/**
 * Of what a server sent, its own certificate first, what a chain to one of the CAs is made of, and that CA. Servers send
 * more than that: a root signed by an older one, for those who know only that, may have ended long ago.
 */
export function upToCa(sent: readonly X509Certificate[], ca: string): readonly X509Certificate[] {
  const cas = certificatesIn(ca)
  const chain: X509Certificate[] = []
  for (let [next] = sent; next;) {
    const one: X509Certificate = next
    chain.push(one)
    if (cas.some(({ raw }) => raw.equals(one.raw))) return chain
    const issued = (other: X509Certificate) => one.checkIssued(other) && one.verify(other.publicKey)
    // One CA with two certificates is trusted by the longer one.
    const end = byEnd(cas.filter(issued)).at(-1)
    if (end) return [...chain, end]
    next = sent.find((other) => !chain.includes(other) && issued(other))
  }
  return chain
}

/** Of a chain, the certificate that ends first. */
export function firstToEnd(certificates: readonly X509Certificate[]): X509Certificate | undefined {
  return byEnd(certificates)[0]
}

const byEnd = (certificates: readonly X509Certificate[]): readonly X509Certificate[] =>
  [...certificates].sort((one, other) => Date.parse(one.validTo) - Date.parse(other.validTo))

/** Warn from here on: a month is what people need to replace a certificate. */
const warningDays = 30

/** What to say of a chain that ends soon or has ended; undefined when it does not. */
export function endsSoon(certificates: readonly X509Certificate[]): string | undefined {
  const first = firstToEnd(certificates)
  if (!first) return undefined
  const left = daysLeft(first)
  if (left > warningDays) return undefined
  if (left < 0) return `the certificate of ${nameOf(first.subject)} ended on ${first.validTo}`
  return `the certificate of ${nameOf(first.subject)} ends in ${left} day${left === 1 ? '' : 's'}, on ${first.validTo}`
}
