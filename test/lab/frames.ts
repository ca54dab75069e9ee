/** What a syslog sender put on the wire, cut into its messages (RFC 6587, octet counting). */
export class FrameParser {
  #rest: Buffer = Buffer.alloc(0)

  /** Returns the messages completed by `chunk`, without their counts. Throws on anything that is not octet-counted. */
  push(chunk: Buffer): Buffer[] {
    this.#rest = Buffer.concat([this.#rest, chunk])
    const frames: Buffer[] = []
    for (;;) {
      const header = /^([1-9]\d{0,8}) /.exec(this.#rest.toString('latin1', 0, 11))
      if (!header) {
        if (/^([1-9]\d{0,8})?$/.test(this.#rest.toString('latin1', 0, 11))) return frames
        throw new Error(`not octet-counted: ${JSON.stringify(this.#rest.toString('latin1', 0, 60))}`)
      }
      const start = header[0].length
      const end = start + Number(header[1])
      if (this.#rest.length < end) return frames
      frames.push(this.#rest.subarray(start, end))
      this.#rest = this.#rest.subarray(end)
    }
  }

  /** Bytes of a message that never came to its end. */
  get incomplete(): number {
    return this.#rest.length
  }
}

export interface SyslogMessage {
  readonly priority?: number
  readonly hostname?: string
  readonly appName?: string
  readonly structuredData?: string
  readonly msg: string
}

// <PRI>1 TIMESTAMP HOSTNAME APP-NAME PROCID MSGID [SD] MSG; an SD value may hold \" \\ and \]
const RFC5424 = /^<(\d{1,3})>1 \S+ (\S+) (\S+) \S+ \S+ (-|(?:\[(?:[^"\]\\]|\\.|"(?:[^"\\]|\\.)*")*\])+)(?: ([\s\S]*))?$/

/** The parts of an RFC 5424 message; for anything else all of it is `msg`. */
export function parseSyslog(text: string): SyslogMessage {
  const match = RFC5424.exec(text)
  if (!match) return { msg: text }
  const [, priority, hostname, appName, structuredData, msg] = match
  return {
    priority: Number(priority),
    hostname: hostname ?? '',
    appName: appName ?? '',
    structuredData: structuredData ?? '',
    msg: msg ?? '',
  }
}
