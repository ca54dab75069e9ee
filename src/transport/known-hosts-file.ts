import * as fs from 'node:fs'
import { dirname } from 'node:path'
import { type KnownHost, matchesHost, parseKnownHosts } from './known-hosts.ts'

/** The known_hosts files of a run, each read once and again only when it changed on disk. */
export interface KnownHostsStore {
  /** The lines of these files that name this host. Files that do not exist or cannot be read are empty. */
  find(files: readonly string[], name: string): readonly KnownHost[]
  /** Is there any line at all in these files? */
  isEmpty(files: readonly string[]): boolean
  /**
   * Adds a line at the end of `file` unless it is there already; makes the directory (0700) and the file (0600).
   * @throws the file system's error when it cannot be written
   */
  add(file: string, name: string, key: Buffer, keyType: string): void
}

interface Loaded {
  readonly stamp: string
  readonly exact: ReadonlyMap<string, readonly KnownHost[]>
  /** Patterns, negations and hashed names: these have to be tried one by one. */
  readonly rest: readonly KnownHost[]
}

const nothing: Loaded = { stamp: '', exact: new Map(), rest: [] }

export function openKnownHosts(): KnownHostsStore {
  const loaded = new Map<string, Loaded>()

  // Synchronous on purpose: the check and the append of a first contact must not be torn apart by another host's,
  // and the key exchange waits for the answer anyway.
  const load = (file: string): Loaded => {
    const stamp = stampOf(file)
    const before = loaded.get(file)
    if (before?.stamp === stamp) return before
    const now = stamp === '' ? nothing : index(parseKnownHosts(readText(file), file), stamp)
    loaded.set(file, now)
    return now
  }
  const find = (files: readonly string[], name: string): readonly KnownHost[] =>
    files
      .map(load)
      .flatMap(({ exact, rest }) => [
        ...(exact.get(name) ?? []),
        ...rest.filter((entry) => matchesHost(entry.hosts, name)),
      ])

  return {
    find,
    isEmpty: (files) => files.map(load).every(({ exact, rest }) => exact.size === 0 && rest.length === 0),
    add(file, name, key, keyType) {
      const text = key.toString('base64')
      if (!find([file], name).some((entry) => entry.marker === undefined && entry.key === text)) {
        append(file, `${name} ${keyType} ${text}\n`)
      }
    },
  }
}

function index(entries: readonly KnownHost[], stamp: string): Loaded {
  const exact = new Map<string, KnownHost[]>()
  const rest: KnownHost[] = []
  for (const entry of entries) {
    if (/^\||[*?!]/.test(entry.hosts)) rest.push(entry)
    else for (const host of entry.hosts.toLowerCase().split(',')) exact.set(host, [...(exact.get(host) ?? []), entry])
  }
  return { stamp, exact, rest }
}

function stampOf(file: string): string {
  const stat = fs.statSync(file, { throwIfNoEntry: false, bigint: true })
  return stat?.isFile() ? `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeNs}` : ''
}

function readText(file: string): string {
  try {
    return fs.readFileSync(file, 'latin1')
  } catch {
    return ''
  }
}

/** One write with O_APPEND: lines of several processes that meet new hosts at once cannot overwrite each other. */
function append(file: string, line: string): void {
  fs.mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const fd = fs.openSync(file, 'a+', 0o600)
  try {
    const stat = fs.fstatSync(fd)
    const last = Buffer.alloc(1)
    const unfinished =
      stat.isFile() && stat.size > 0 && fs.readSync(fd, last, 0, 1, stat.size - 1) === 1 && last[0] !== 10
    fs.writeSync(fd, (unfinished ? '\n' : '') + line)
  } finally {
    fs.closeSync(fd)
  }
}
