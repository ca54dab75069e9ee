import { X509Certificate } from 'node:crypto'

const block = /-----BEGIN ([A-Z0-9 ]+)-----[\s\S]*?-----END \1-----/g

/**
 * Why these bytes are no PEM bundle of certificates that are all valid now; undefined when they are. A log shipper that
 * is given an error page as its CA starts without a word and delivers nothing.
 */
export function certificateFault(bytes: Buffer, now = new Date()): string | undefined {
  const text = bytes.toString()
  if (text.trim() === '') return 'is empty'
  if (/^\s*(<!doctype|<html|<\?xml|<head|<body)/i.test(text)) return 'is an HTML page, not a certificate'
  if (bytes[0] === 0x30 && bytes[1] === 0x82) return 'is a certificate in DER; PEM is needed'
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(text)) return 'holds a private key, which belongs on no other host'
  const begun = text.match(/-----BEGIN /g)?.length ?? 0
  const blocks = [...text.matchAll(block)]
  if (begun === 0) return 'holds no PEM certificate'
  if (blocks.length < begun) return 'is cut off: a certificate in it has no end'
  for (const [index, [pem, kind]] of blocks.entries()) {
    const which = blocks.length === 1 ? 'the certificate' : `certificate ${index + 1} of ${blocks.length}`
    if (kind !== 'CERTIFICATE') return `holds a ${kind?.toLowerCase() ?? 'block'}, not only certificates`
    const fault = faultOf(pem, which, now)
    if (fault !== undefined) return fault
  }
  return undefined
}

function faultOf(pem: string, which: string, now: Date): string | undefined {
  try {
    const { subject, validFrom, validTo } = new X509Certificate(pem)
    const name = subject.replaceAll('\n', ', ')
    if (new Date(validTo) < now) return `holds a certificate out of date: ${name} ended on ${validTo}`
    if (new Date(validFrom) > now) return `holds a certificate not valid yet: ${name} begins on ${validFrom}`
    return undefined
  } catch {
    return `is damaged: ${which} cannot be read`
  }
}
