/** One entry of an archive, and what it makes on the host. */
export interface Member {
  /** Without a leading `/` or `./`, and without the slash at a directory's end; `.` is the destination itself. */
  readonly path: string
  /** As the archive has it. */
  readonly name: string
  readonly type: 'file' | 'directory' | 'link' | 'other'
  readonly bits: number
  readonly size: number
  /** Seconds since 1970, or a zip's `20261128.093000` in whatever zone the host is. */
  readonly mtime: number | string
  /** Undefined where the archive tells no owner (zip). */
  readonly owner?: { readonly uid: number; readonly gid: number; readonly user: string; readonly group: string }
  readonly target?: string
  /** Of a file's content: SHA-256, or a zip's CRC-32, in hex; undefined where it is not known. */
  readonly sum?: string
}

/** Why what is in an archive cannot be unpacked here. */
export class ArchiveError extends Error {}

/** A path inside the destination. Throws ArchiveError for one that would lead out of it, or that no list can hold. */
export function innerPath(written: string): string {
  const parts = written.split('/').filter((part) => part !== '' && part !== '.')
  if (parts.includes('..')) throw new ArchiveError(`it has '${written}', which leads out of the destination`)
  if (/[\n\0]/.test(written)) throw new ArchiveError('it has a name with a line break')
  return parts.join('/') || '.'
}
