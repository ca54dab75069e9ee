import { spawn } from 'node:child_process'
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { fnmatch } from '../find/match.ts'
import { ArchiveError, type Member } from './member.ts'
import { readTar } from './tar.ts'
import { readZip } from './zip.ts'

export type Kind = 'tar' | 'gz' | 'bz2' | 'xz' | 'zst' | 'zip'

/** What Ansible calls the part of it that unpacks them: its plain tar takes all that tar itself recognizes. */
export const handlerOf = (kind: Kind): string =>
  kind === 'zip' ? 'ZipArchive' : kind === 'gz' ? 'TgzArchive' : 'TarArchive'

const magic: readonly (readonly [string, Kind])[] = [
  ['1f8b', 'gz'],
  ['425a68', 'bz2'],
  ['fd377a585a00', 'xz'],
  ['28b52ffd', 'zst'],
  ['504b', 'zip'],
]

/** What an archive is, by its first bytes in hex. */
export const kindOf = (head: string): Kind => magic.find(([mark]) => head.startsWith(mark))?.[1] ?? 'tar'

const programs = { bz2: 'bzip2', xz: 'xz', zst: 'zstd' } as const

/** Everything in an archive. Throws ArchiveError. */
export async function readArchive(bytes: Buffer): Promise<readonly Member[]> {
  const kind = kindOf(bytes.toString('hex', 0, 6))
  if (kind === 'zip') return readZip(bytes)
  if (kind === 'tar') return readTar(Readable.from([bytes]))
  if (kind === 'gz') {
    return readTar(Readable.from([bytes]).pipe(createGunzip())).catch((error: unknown) => {
      throw error instanceof ArchiveError ? error : new ArchiveError('it is damaged')
    })
  }
  const child = spawn(programs[kind], ['-dc'], { stdio: ['pipe', 'pipe', 'ignore'] })
  const missing = new Promise<never>((_resolve, reject) =>
    child.on('error', () => reject(new ArchiveError(`this machine has no ${programs[kind]} to read it with`))),
  )
  child.stdin.on('error', () => undefined)
  child.stdin.end(bytes)
  return Promise.race([readTar(child.stdout as AsyncIterable<Buffer>), missing])
}

export interface Choice {
  readonly include: readonly string[]
  readonly exclude: readonly string[]
  readonly strip: number
}

/** What of it is unpacked, as tar and unzip choose, under the names it gets. */
export function chosen(members: readonly Member[], kind: Kind, { include, exclude, strip }: Choice): readonly Member[] {
  const excludes = exclude.map((pattern) => fnmatch(pattern.replace(/\/+$/, '')))
  const includes = include.map((name) => (kind === 'zip' ? fnmatch(name) : below(name)))
  return members.flatMap((member) => {
    const { path } = member
    const names = kind === 'zip' ? [path, `${path}/`] : [path]
    if (includes.length > 0 && !includes.some((fits) => names.some(fits))) return []
    const parts = kind === 'zip' ? names : spans(path)
    if (excludes.some((fits) => parts.some(fits))) return []
    if (strip === 0) return [member]
    const kept = path.split('/').slice(strip).join('/')
    return kept === '' ? [] : [{ ...member, path: kept, name: member.type === 'directory' ? `${kept}/` : kept }]
  })
}

/** tar takes a name for itself and all that is below it. */
const below = (written: string) => {
  const name = written.replace(/^\.?\/+|\/+$/g, '')
  return (path: string) => path === name || path.startsWith(`${name}/`)
}

/** Every run of parts of a path: what an unanchored pattern of tar is held against. */
function spans(path: string): readonly string[] {
  const parts = path.split('/')
  return parts.flatMap((_part, from) =>
    parts.slice(from).map((_end, count) => parts.slice(from, from + count + 1).join('/')),
  )
}
