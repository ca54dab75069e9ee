/** The data types of RFC 4251, as far as channels need them. */

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

export function string(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value)
  return Buffer.concat([uint32(bytes.length), bytes])
}

export const boolean = (value: boolean): Buffer => Buffer.from([value ? 1 : 0])

/** A packet as it goes over a control socket: its length before it. */
export const framed = (...parts: readonly Buffer[]): Buffer => string(Buffer.concat(parts))

/** Reads the fields of a packet, one after the other. @throws RangeError when it is cut short */
export class PacketReader {
  readonly #packet: Buffer
  #at: number

  constructor(packet: Buffer, at = 0) {
    this.#packet = packet
    this.#at = at
  }

  uint32(): number {
    const value = this.#packet.readUInt32BE(this.#at)
    this.#at += 4
    return value
  }

  string(): Buffer {
    const length = this.uint32()
    const end = this.#at + length
    if (end > this.#packet.length) throw new RangeError('a packet is cut short')
    const value = this.#packet.subarray(this.#at, end)
    this.#at = end
    return value
  }

  boolean(): boolean {
    return this.#packet.readUInt8(this.#at++) !== 0
  }
}

/** Cuts a stream of bytes into packets. */
export function packetSplitter(take: (packet: Buffer) => void): (chunk: Buffer) => void {
  let parts: Buffer[] = []
  let size = 0
  let wanted = 4
  return (chunk) => {
    parts.push(chunk)
    size += chunk.length
    if (size < wanted) return
    let rest = parts.length === 1 ? chunk : Buffer.concat(parts, size)
    while (rest.length >= 4) {
      const end = 4 + rest.readUInt32BE(0)
      wanted = end
      if (rest.length < end) break
      take(rest.subarray(4, end))
      rest = rest.subarray(end)
      wanted = 4
    }
    parts = rest.length > 0 ? [rest] : []
    size = rest.length
  }
}
