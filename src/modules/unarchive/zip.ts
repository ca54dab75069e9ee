import { ArchiveError, innerPath, type Member } from './member.ts'

const endMark = 0x06054b50
const entryMark = 0x02014b50

/** The members of a zip, from its central directory; of `bytes`, its end, the first is at `start`. Throws ArchiveError. */
export function readZip(bytes: Buffer, start = 0): readonly Member[] {
  let end = bytes.length - 22
  while (end >= 0 && bytes.readUInt32LE(end) !== endMark) end--
  if (end < 0) throw new ArchiveError('it is cut off')
  const count = bytes.readUInt16LE(end + 10)
  const directory = bytes.readUInt32LE(end + 16)
  if (count === 0xffff || directory === 0xffffffff) throw new ArchiveError('it is a zip64, which is not supported')
  let at = directory - start
  if (at < 0) throw new ArchiveError('it has too many entries to be compared')
  const members: Member[] = []
  for (let index = 0; index < count; index++) {
    if (at + 46 > bytes.length || bytes.readUInt32LE(at) !== entryMark) throw new ArchiveError('it is damaged')
    const lengths = [28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset))
    const [nameLength = 0, extraLength = 0, commentLength = 0] = lengths
    members.push(memberOf(bytes, at, nameLength, extraLength))
    at += 46 + nameLength + extraLength + commentLength
  }
  return members
}

function memberOf(bytes: Buffer, at: number, nameLength: number, extraLength: number): Member {
  const written = bytes.toString('utf8', at + 46, at + 46 + nameLength)
  const unix = bytes[at + 5] === 3
  const mode = bytes.readUInt16LE(at + 40)
  const directory = written.endsWith('/')
  const type = directory ? 'directory' : unix && (mode & 0o170000) === 0o120000 ? 'link' : 'file'
  return {
    path: innerPath(written),
    name: written,
    type,
    bits: unix ? mode & 0o777 : (directory ? 0o777 : 0o666) & ~0o022,
    size: bytes.readUInt32LE(at + 24),
    mtime: unixTime(bytes.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength)) ?? dosTime(bytes, at),
    ...(type !== 'directory'
      ? {
          sum: bytes
            .readUInt32LE(at + 16)
            .toString(16)
            .padStart(8, '0'),
        }
      : {}),
  }
}

/** The field `UT`: seconds since 1970, of the last change. */
function unixTime(extra: Buffer): number | undefined {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    const told = extra.readUInt16LE(at) === 0x5455 && at + 9 <= extra.length && ((extra[at + 4] ?? 0) & 1) !== 0
    if (told) return extra.readInt32LE(at + 5)
  }
  return undefined
}

function dosTime(bytes: Buffer, at: number): string {
  const time = bytes.readUInt16LE(at + 12)
  const date = bytes.readUInt16LE(at + 14)
  const two = (value: number) => String(value).padStart(2, '0')
  const day = `${1980 + (date >> 9)}${two((date >> 5) & 15)}${two(date & 31)}`
  return `${day}.${two(time >> 11)}${two((time >> 5) & 63)}${two((time & 31) * 2)}`
}

/** The sum of a short text, in hex; `zlib.crc32` is not in every Node 20. */
export function crc32(bytes: Buffer): string {
  let sum = ~0
  for (const byte of bytes) {
    sum ^= byte
    for (let bit = 0; bit < 8; bit++) sum = (sum >>> 1) ^ (sum & 1 ? 0xedb88320 : 0)
  }
  return (~sum >>> 0).toString(16).padStart(8, '0')
}
