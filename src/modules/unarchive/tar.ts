import { createHash } from 'node:crypto'
import { ArchiveError, innerPath, type Member } from './member.ts'

const block = 512

/** Takes bytes off a stream, as many as are wanted at a time. */
class Source {
  readonly #chunks: AsyncIterator<Buffer>
  #rest: Buffer = Buffer.alloc(0)
  constructor(stream: AsyncIterable<Buffer>) {
    this.#chunks = stream[Symbol.asyncIterator]()
  }

  /** Pieces that are `length` bytes together. Throws ArchiveError when the stream ends before. */
  async *take(length: number): AsyncGenerator<Buffer> {
    for (let left = length; left > 0;) {
      if (this.#rest.length === 0) {
        const next = await this.#chunks.next()
        if (next.done) throw new ArchiveError('it is cut off')
        this.#rest = next.value
      }
      const piece = this.#rest.subarray(0, left)
      this.#rest = this.#rest.subarray(piece.length)
      left -= piece.length
      yield piece
    }
  }

  async read(length: number): Promise<Buffer> {
    const pieces: Buffer[] = []
    for await (const piece of this.take(length)) pieces.push(piece)
    return Buffer.concat(pieces)
  }

  async skip(length: number): Promise<void> {
    for await (const piece of this.take(length)) void piece
  }
}

/** What extended headers say of the next entry, or of all. */
type Extended = Readonly<Record<string, string>>

/** The members of a tar (ustar, GNU, pax), in their order. Throws ArchiveError. */
export async function readTar(stream: AsyncIterable<Buffer>): Promise<readonly Member[]> {
  const source = new Source(stream)
  const members = new Map<string, Member>()
  let global: Extended = {}
  let next: Extended = {}
  for (;;) {
    const head = await source.read(block)
    if (head.every((byte) => byte === 0)) return [...members.values()]
    if (!intact(head)) throw new ArchiveError(members.size === 0 ? 'it is no tar' : 'it is damaged')
    const type = String.fromCharCode(head[156] ?? 0)
    const stated = number(head, 124, 12)
    const size = Number(next['size'] ?? stated)
    const padding = (block - (size % block)) % block
    if ('xgLK'.includes(type)) {
      const content = await source.read(size)
      await source.skip(padding)
      if (type === 'g') global = { ...global, ...paxRecords(content) }
      if (type === 'x') next = { ...next, ...paxRecords(content) }
      if (type === 'L') next = { ...next, path: ended(content) }
      if (type === 'K') next = { ...next, linkpath: ended(content) }
      continue
    }
    const extended = { ...global, ...next }
    next = {}
    // An old sparse file's map may go on in blocks of its own.
    for (let more = type === 'S' ? (head[482] ?? 0) : 0; more !== 0;) more = (await source.read(block))[504] ?? 0
    const hash = createHash('sha256')
    for await (const piece of source.take(size)) hash.update(piece)
    await source.skip(padding)
    const member = memberOf(head, type, extended, size, hash.digest('hex'))
    // A later entry of the same name takes the earlier one's place.
    members.set(member.path, linked(member, type, extended, head, members))
  }
}

function memberOf(head: Buffer, type: string, extended: Extended, size: number, sum: string): Member {
  const prefix = /^ustar\0/.test(field(head, 257, 6, false)) ? field(head, 345, 155) : ''
  const name = field(head, 0, 100)
  const written = extended['GNU.sparse.name'] ?? extended['path'] ?? (prefix === '' ? name : `${prefix}/${name}`)
  const sparse = type === 'S' || 'GNU.sparse.major' in extended
  const kind =
    type === '5' || (type === '\0' && name.endsWith('/'))
      ? 'directory'
      : type === '2'
        ? 'link'
        : '3467'.includes(type)
          ? 'other'
          : 'file'
  return {
    path: innerPath(written),
    name: written.replace(/^\/+/, ''),
    type: kind,
    bits: number(head, 100, 8) & 0o7777,
    size: Number(
      extended['GNU.sparse.realsize'] ?? extended['GNU.sparse.size'] ?? (type === 'S' ? number(head, 483, 12) : size),
    ),
    mtime: Math.floor(Number(extended['mtime'] ?? number(head, 136, 12))),
    owner: {
      uid: Number(extended['uid'] ?? number(head, 108, 8)),
      gid: Number(extended['gid'] ?? number(head, 116, 8)),
      user: extended['uname'] ?? field(head, 265, 32),
      group: extended['gname'] ?? field(head, 297, 32),
    },
    ...(kind === 'link' ? { target: extended['linkpath'] ?? field(head, 157, 100) } : {}),
    ...(kind === 'file' && !sparse ? { sum } : {}),
  }
}

/** A hard link is the file that it names. */
function linked(
  member: Member,
  type: string,
  extended: Extended,
  head: Buffer,
  earlier: ReadonlyMap<string, Member>,
): Member {
  if (type !== '1') return member
  const named = earlier.get(innerPath(extended['linkpath'] ?? field(head, 157, 100)))
  return named ? { ...named, path: member.path, name: member.name } : { ...member, type: 'other' }
}

function intact(head: Buffer): boolean {
  let sum = 8 * 0x20
  for (let at = 0; at < block; at++) if (at < 148 || at >= 156) sum += head[at] ?? 0
  return number(head, 148, 8) === sum
}

function field(head: Buffer, at: number, length: number, cut = true): string {
  const bytes = head.subarray(at, at + length)
  const end = cut ? bytes.indexOf(0) : -1
  return (end < 0 ? bytes : bytes.subarray(0, end)).toString('utf8')
}

/** Octal digits, or GNU's binary form for what is too big for them. */
function number(head: Buffer, at: number, length: number): number {
  if ((head[at] ?? 0) & 0x80) return Number(BigInt(`0x${head.toString('hex', at + 1, at + length)}`))
  return parseInt(field(head, at, length).trim() || '0', 8)
}

const ended = (content: Buffer): string => content.toString('utf8').replace(/\0[^]*$/, '')

/** `LENGTH KEY=VALUE\n`, where the length counts the bytes of all of it. */
function paxRecords(content: Buffer): Extended {
  const records: Record<string, string> = {}
  for (let at = 0; at < content.length;) {
    const space = content.indexOf(0x20, at)
    const length = Number(content.toString('latin1', at, space))
    if (space < 0 || !(length > 0)) throw new ArchiveError('it is damaged')
    const record = content.toString('utf8', space + 1, at + length - 1)
    const equals = record.indexOf('=')
    records[record.slice(0, equals)] = record.slice(equals + 1)
    at += length
  }
  return records
}
