/*
 * What Ansible takes for the name of a host, optionally with `[a:b]` ranges and a port. Its expressions are lenient in
 * places (an IPv6 address need only begin like one), and patterns such as `web:22` depend on that, so these agree.
 */

const HEX_RANGE = String.raw`\[[0-9a-f]+:[0-9a-f]+(?::[0-9]+)?\]`
const NUMBER_RANGE = String.raw`\[[0-9]+:[0-9]+(?::[0-9]+)?\]`
const LABEL_RANGE = String.raw`\[(?:[a-z]:[a-z]|[0-9]+:[0-9]+)(?::[0-9]+)?\]`

const OCTET = `(?:[01]?[0-9]{1,2}|2[0-4][0-9]|25[0-5]|${NUMBER_RANGE})`
const IPV4 = new RegExp(`^(?:${OCTET}\\.){3}${OCTET}$`, 'i')

const GROUP = `(?:[0-9a-f]{1,4}|${HEX_RANGE})`
const IPV6 = new RegExp(
  [
    `^(?:${GROUP}:){7}${GROUP}`,
    `^(?:${GROUP}:){1,6}:`,
    ...[1, 2, 3, 4, 5, 6].map((count) => `^(?:${GROUP}:){${count}}(?::${GROUP}){1,${7 - count}}`),
    `^:(?::${GROUP}){1,6}`,
    `^${GROUP}?::`,
    `^(?:0:){6}(?:${GROUP}\\.){3}${GROUP}`,
    `^(?:0:){5}ffff:(?:${GROUP}\\.){3}${GROUP}$`,
  ].join('|'),
  'i',
)

const WORD = String.raw`[\p{L}\p{N}_]`
const LABEL = `(?:${WORD}|${LABEL_RANGE})(?:${WORD}|-|${LABEL_RANGE})*(?<![_-])`
const HOSTNAME = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`, 'iu')

const BRACKETED_PORT = /^\[(.+)\]:([0-9]+)$/
const PORT = /^((?:[^:[\]]|\[[^\]]*\])*):([0-9]+)$/

export interface Address {
  readonly host: string
  readonly port: number | undefined
}

/** Splits `host:port`; undefined when it is not the name of a host, with or without ranges. */
export function parseAddress(text: string): Address | undefined {
  let host = text
  let port: number | undefined
  for (const form of [BRACKETED_PORT, PORT]) {
    const match = form.exec(host)
    if (match) {
      host = match[1] ?? ''
      port = Number(match[2])
    }
  }
  return IPV4.test(host) || IPV6.test(host) || HOSTNAME.test(host) ? { host, port } : undefined
}

/** The part before the first dot, except of an address, which has no parts. */
export function shortName(name: string): string {
  return IPV4.test(name) || IPV6.test(name) ? name : (name.split('.')[0] ?? name)
}
