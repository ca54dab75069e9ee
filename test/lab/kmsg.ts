import { address4, innerInterface, macAddress } from './names.ts'

export interface KernelLine {
  readonly priority: number
  readonly microseconds: number
  readonly text: string
}

/** One record of /dev/kmsg: `prio,sequence,µs,flags;text`, then ` KEY=value` lines, which /proc/kmsg does not have. */
export function parseRecord(record: string): KernelLine | undefined {
  const match = /^(\d+),\d+,(\d+),[^;]*;([^\n]*)/.exec(record)
  if (!match) return undefined
  const [, priority, microseconds, text] = match
  return { priority: Number(priority), microseconds: Number(microseconds), text: unescape(text ?? '') }
}

// /dev/kmsg writes bytes that are not printable as \xNN; decoded byte by byte, as several may be one UTF-8 character.
function unescape(text: string): string {
  if (!text.includes('\\x')) return text
  const bytes = text.replace(/\\x([0-9a-f]{2})/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)))
  return Buffer.from(bytes, 'latin1').toString('utf8')
}

/** The same line as a reader of /proc/kmsg gets it from a kernel of its own. */
export function formatLine(line: KernelLine): string {
  const seconds = Math.floor(line.microseconds / 1e6)
    .toString()
    .padStart(5)
  const rest = (line.microseconds % 1e6).toString().padStart(6, '0')
  return `<${line.priority}>[${seconds}.${rest}] ${line.text}\n`
}

/**
 * The host of lab `index` that a packet's log line belongs to. The interface bears the host's name; as another lab on the
 * machine may have a host of the same name, an address of this lab must be in the line as well.
 */
export function hostOfLine(text: string, index: number, hosts: Iterable<string>): string | undefined {
  if (!text.includes('IN=') || !ofLab(text, index)) return undefined
  for (const name of hosts) {
    const port = innerInterface(name)
    if (text.includes(`IN=${port} `) || text.includes(`OUT=${port} `)) return name
  }
  return undefined
}

function ofLab(text: string, index: number): boolean {
  const mac = macAddress(index, 0).slice(0, -2) // 02:53:6c:NN:00:
  const subnet4 = address4(index, 0).slice(0, -1) // 10.213.N.
  const subnet6 = `fd53:6c70:0001:${(index + 1).toString(16).padStart(4, '0')}:`
  const linkLocal = `fe80:0000:0000:0000:0053:6cff:fe${mac.slice(9, 11)}:`
  return [mac, subnet4, subnet6, linkLocal].some((mark) => text.includes(`=${mark}`) || text.includes(`:${mark}`))
}
