import * as fs from 'node:fs'
import { dirname } from 'node:path'
import { hashedName, type KnownHost, matchesHost, parseKnownHosts } from './known-hosts.ts'

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
  add(file: string, name: string, key: Buffer, keyType: string, hashed?: boolean): void
}

interface Loaded {
  readonly stamp: string
  /** Lines of plain names, and hashed ones as soon as it is known whose they are. */
  readonly byName: Map<string, KnownHost[]>
  /** Wildcards and negations: these have to be tried one by one. */
  readonly patterns: readonly KnownHost[]
  /** Hashed names that nobody has asked for yet. Trying one costs some microseconds, and there may be thousands. */
  hashed: readonly KnownHost[]
  readonly askedFor: Set<string>
}

export function openKnownHosts(): KnownHostsStore {
  const loaded = new Map<string, Loaded>()

  // Synchronous on purpose: the check and the append of a first contact must not be torn apart by another host's,
  // and the key exchange waits for the answer anyway.
  const load = (file: string): Loaded => {
    const stamp = stampOf(file)
    const before = loaded.get(file)
    if (before?.stamp === stamp) return before
    const now = index(stamp === '' ? [] : parseKnownHosts(readText(file), file), stamp)
    loaded.set(file, now)
    return now
  }
  const find = (files: readonly string[], name: string): readonly KnownHost[] =>
    files.map(load).flatMap((file) => {
      claimHashed(file, name)
      return [...(file.byName.get(name) ?? []), ...file.patterns.filter(({ hosts }) => matchesHost(hosts, name))]
    })

  return {
    find,
    isEmpty: (files) =>
      files.map(load).every(({ byName, patterns, hashed }) => byName.size + patterns.length + hashed.length === 0),
    add(file, name, key, keyType, hashed = false) {
      const text = key.toString('base64')
      if (!find([file], name).some((entry) => entry.marker === undefined && entry.key === text)) {
        append(file, `${hashed ? hashedName(name) : name} ${keyType} ${text}\n`)
      }
    },
  }
}

function index(entries: readonly KnownHost[], stamp: string): Loaded {
  const isHashed = ({ hosts }: KnownHost) => hosts.startsWith('|')
  const isPattern = ({ hosts }: KnownHost) => /[*?!]/.test(hosts)
  const byName = new Map<string, KnownHost[]>()
  for (const entry of entries) {
    if (isHashed(entry) || isPattern(entry)) continue
    for (const host of new Set(entry.hosts.toLowerCase().split(','))) put(byName, host, entry)
  }
  const hashed = entries.filter(isHashed)
  const patterns = entries.filter((entry) => !isHashed(entry) && isPattern(entry))
  return { stamp, byName, patterns, hashed, askedFor: new Set() }
}

/** A hashed line belongs to one name only: once that is known, nobody else has to try it again. */
function claimHashed(file: Loaded, name: string): void {
  if (file.askedFor.has(name)) return
  file.askedFor.add(name)
  file.hashed = file.hashed.filter((entry) => {
    const mine = matchesHost(entry.hosts, name)
    if (mine) put(file.byName, name, entry)
    return !mine
  })
}

function put(byName: Map<string, KnownHost[]>, name: string, entry: KnownHost): void {
  const entries = byName.get(name)
  if (entries) entries.push(entry)
  else byName.set(name, [entry])
}

/** Changes with the file's content; empty when there is no such file, or none that can be looked at. */
function stampOf(file: string): string {
  try {
    const stat = fs.statSync(file, { bigint: true })
    return stat.isFile() ? `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeNs}` : ''
  } catch {
    return ''
  }
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
