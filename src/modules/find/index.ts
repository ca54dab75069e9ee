import { normalize } from 'node:path/posix'
import { nothing } from '../../shell/script.ts'
import type { Mapping } from '../../source/value.ts'
import { defineModule } from '../define.ts'
import type { Effects } from '../effects.ts'
import { kinds, modeFields } from '../paths/stat-fields.ts'
import { args, type Wish } from './arguments.ts'
import { atLeast, nameFilter, readAge, readSize } from './match.ts'
import { probe } from './probe.ts'

interface Found extends Mapping {
  readonly path: string
}

interface State {
  readonly files: readonly Found[]
  readonly examined: number
  /** A directory that was not searched, or not all of it → why. */
  readonly skipped: Readonly<Record<string, string>>
  /** Check runs: earlier tasks change something there. */
  readonly later?: boolean
}

const stamps = { atime: 7, mtime: 8, ctime: 9 } as const

function parse(output: string, wish: Wish): State {
  const fits = nameFilter(wish.patterns, wish.excludes, wish.use_regex)
  const size = wish.size === undefined ? undefined : readSize(wish.size)
  const age = wish.age === undefined ? undefined : readAge(wish.age)
  const files: Found[] = []
  const skipped: Record<string, string> = {}
  let [now, examined, root] = [0, 0, '']
  let kept = false
  for (const record of output.slice(2).replace(/\n$/, '').split('\n//')) {
    const [word = ''] = record.split(' ', 1)
    const rest = record.slice(word.length + 1)
    if (word === 'now') now = Number(rest)
    else if (word === 'root') root = rest
    else if (word === 'examined') examined += Number(rest)
    else if (word === 'missing') skipped[root] = `'${root}' is not a directory`
    else if (word === 'errors') Object.assign(skipped, unsearched(root, rest))
    else if (word === 'sum') {
      const last = kept ? files.pop() : undefined
      if (last) files.push({ ...last, checksum: rest.split(' ')[0] ?? '' })
    } else {
      const fields = record.split(':')
      const path = normalize(fields.slice(12).join(':'))
      const kind = parseInt(fields[0] ?? '', 16) >> 12
      const regular = kind === kinds.isreg
      kept =
        wanted(kind, wish.file_type) &&
        fits(path.slice(path.lastIndexOf('/') + 1)) &&
        atLeast(now - Number(fields[stamps[wish.age_stamp]]), age) &&
        (!regular || atLeast(Number(fields[3]), size))
      if (kept) files.push(found(path, fields))
    }
  }
  return { files: files.sort((one, other) => (one.path < other.path ? -1 : 1)), examined, skipped }
}

function wanted(kind: number, type: Wish['file_type']): boolean {
  if (type === 'any') return true
  return kind === { file: kinds.isreg, directory: kinds.isdir, link: kinds.islnk }[type]
}

function found(
  path: string,
  [raw = '', uid, gid, size, nlink, inode, dev, atime, mtime, ctime, user, group]: string[],
): Found {
  const named = (name: string | undefined) => (name === undefined || name === 'UNKNOWN' ? '' : name)
  return {
    path,
    ...modeFields(parseInt(raw, 16)),
    uid: Number(uid),
    gid: Number(gid),
    size: Number(size),
    inode: Number(inode),
    dev: Number(dev),
    nlink: Number(nlink),
    atime: Number(atime),
    mtime: Number(mtime),
    ctime: Number(ctime),
    pw_name: named(user),
    gr_name: named(group),
  }
}

/** What find could not look into. What vanished under it is no error. */
function unsearched(root: string, errors: string): Record<string, string> {
  const path = /^find: '?(.*?)'?: Permission denied$/m.exec(errors)?.[1]
  return path === undefined ? {} : { [root]: `[Errno 13] Permission denied: '${path}'` }
}

function overlay(state: State, { paths = {} }: Effects, wish: Wish): State {
  const below = (path: string) => wish.paths.some((root) => path.startsWith(root.replace(/\/*$/, '/')))
  const changed = Object.entries(paths).filter(([path]) => below(path))
  const gone = new Set(changed.flatMap(([path, { type }]) => (type === 'absent' ? [path] : [])))
  const files = state.files.filter(({ path }) => !gone.has(path))
  return { ...state, files, ...(changed.length > gone.size && { later: true }) }
}

function warningsOf({ skipped, later }: State): string[] {
  return [
    ...Object.entries(skipped).map(([path, why]) => `Skipped '${path}' path due to this access issue: ${why}`),
    ...(later ? ['earlier tasks change files there: the list is that of before'] : []),
  ]
}

/** Lists files by their properties, as Ansible's `find`. */
export default defineModule({
  name: 'find',
  doc: {
    summary: 'List files, directories or links by name, age, size or content',
    checkMode: 'Looks as in a real run, and warns where earlier tasks would change files there.',
    example: `- find:
    paths: /var/log
    patterns: ["*.log"]
    age: 30d
    recurse: true
  register: old
- file: { path: "{{ item.path }}", state: absent }
  loop: "{{ old.files }}"`,
    returns: {
      files: 'path, mode, size, uid, gid, mtime, isdir and the rest of each, in the order of their paths',
      matched: 'how many',
      examined: 'how many were looked at',
      skipped_paths: 'what could not be searched, and why',
    },
  },
  args,
  readOnly: true,
  probe,
  parse,
  overlay,
  plan: (_wish, state) => ({ changes: [], ...(warningsOf(state).length > 0 ? { warnings: warningsOf(state) } : {}) }),
  apply: () => ({ script: nothing }),
  result: (_wish, { files, examined, skipped }): Mapping => ({
    files,
    matched: files.length,
    examined,
    skipped_paths: skipped,
    msg: Object.keys(skipped).length > 0 ? 'Not all paths examined, check warnings for details' : 'All paths examined',
  }),
})
