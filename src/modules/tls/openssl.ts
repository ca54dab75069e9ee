import type { X509Certificate } from 'node:crypto'
import { type Script, sh } from '../../shell/script.ts'
import type { StepResult } from '../define.ts'
import { certificatesIn, upToCa } from './certificates.ts'
import { chainFault, nameFault } from './faults.ts'
import { addressOf, type Server, type TlsAnswer } from './server.ts'

/** OpenSSL's numbers of what Node knows by name. */
const codes: Readonly<Record<number, string>> = {
  2: 'UNABLE_TO_GET_ISSUER_CERT',
  7: 'CERT_SIGNATURE_FAILURE',
  9: 'CERT_NOT_YET_VALID',
  10: 'CERT_HAS_EXPIRED',
  18: 'DEPTH_ZERO_SELF_SIGNED_CERT',
  19: 'SELF_SIGNED_CERT_IN_CHAIN',
  20: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  21: 'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
}

/** The handshake by the host's own openssl, where sshd forwards nothing. The CAs are read before the connection is made. */
export function opensslScript(server: Server): Script {
  return sh`command -v openssl >/dev/null 2>&1 || exit 127
printf '%s\\n' ${server.ca} | LC_ALL=C openssl s_client -connect ${addressOf(server)} -servername ${server.name} \\
  -CAfile /dev/stdin -partial_chain -showcerts 2>&1`
}

/** What openssl's words mean. Pure. */
export function readOpenssl({ code, stdout, timedOut }: StepResult, server: Server): TlsAnswer {
  const where = addressOf(server)
  if (timedOut) return { kind: 'fault', message: `${where} did not answer in time` }
  if (code === 127) return { kind: 'unproven', message: 'its sshd forwards nothing, and it has no openssl' }
  const said = stdout.toString()
  const chain: readonly X509Certificate[] = certificatesIn(said)
  const [own] = chain
  const failed = [...said.matchAll(/^verify error:num=(\d+)/gm)].map(([, number]) => Number(number))
  const result = Number(/Verify return code: (\d+)/.exec(said)?.[1] ?? failed[0] ?? -1)
  if (!own) return { kind: 'fault', message: `${where} ${noCertificate(said)}` }
  if (result !== 0) {
    const worst = failed[0] ?? result
    return { kind: 'fault', message: chainFault(codes[worst] ?? `OpenSSL's error ${worst}`, server, chain) }
  }
  const misnamed = nameFault(own, server)
  if (misnamed !== undefined) return { kind: 'fault', message: misnamed }
  const protocol = /^(?:New, )?(TLSv[\d.]+)|Protocol\s*: (TLSv[\d.]+)/m.exec(said)
  return {
    kind: 'proven',
    protocol: protocol?.[1] ?? protocol?.[2] ?? 'TLS',
    chain: upToCa(chain, server.ca),
  }
}

function noCertificate(said: string): string {
  if (/wrong version number|packet length/i.test(said)) return 'does not speak TLS: it answered something else'
  const connect = /connect:errno|BIO_connect|BIO_lookup|getaddrinfo/i.test(said)
  const why =
    /(Connection refused|No route to host|Network is unreachable|Connection timed out|Name or service not known|Temporary failure in name resolution)/i.exec(
      said,
    )
  if (connect || why) return `cannot be reached${why ? ` (${why[1]})` : ''}`
  return 'closed the connection at the beginning of the TLS handshake: does it speak TLS at all?'
}
