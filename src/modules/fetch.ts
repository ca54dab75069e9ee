import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { z } from 'zod'
import { UserError } from '../errors.ts'
import { type Script, sh } from '../shell/script.ts'
import type { Mapping } from '../source/value.ts'
import { bool, hostPath, nonEmptyText } from './args.ts'
import { defineSession, type HostSession, type Report } from './define.ts'
import { pathWord } from './paths/look.ts'

const args = z.strictObject({
  src: hostPath().describe('The file on the host; a link is followed'),
  dest: nonEmptyText().describe('The folder on the controller, seen from the playbook: the file goes to DEST/HOST/SRC'),
  flat: bool().default(false).describe('dest is the file itself, or with a trailing slash the folder it goes into'),
  fail_on_missing: bool().default(true).describe('Fail when there is no such file'),
  validate_checksum: bool().default(true).describe('Compare the SHA-1 of what arrived with that of the host'),
})

type Wish = z.output<typeof args>

/** Brings a file of the host to the controller, as Ansible's `fetch`. */
export default defineSession({
  name: 'fetch',
  doc: {
    summary: 'Bring a file of the host to the controller',
    checkMode: 'Says whether the file would be fetched; nothing is written.',
    example: '- fetch: { src: /var/log/syslog, dest: logs/ }   # logs/HOST/var/log/syslog',
    returns: {
      dest: 'the path on the controller',
      checksum: 'SHA-1 of the file there',
      md5sum: 'MD5 of it',
      remote_checksum: 'SHA-1 of the file on the host, where it was fetched',
    },
  },
  args,
  readOnly: true,
  writesHere: true,
  inCheck: true,
  async run(wish, host) {
    const found = await lookAt(wish, host)
    if ('fault' in found) return missing(wish, found.fault)
    const dest = await destination(wish, host, found.path)
    const local = await digests(dest)
    const sums = { md5sum: local?.md5 ?? null, checksum: local?.sha1 ?? null }
    if (local?.sha1 === found.sha1) return { changed: false, result: { ...sums, file: found.path, dest } }
    const changes = [{ what: `fetch ${found.path} to ${dest}` }]
    if (host.check) return { changed: true, changes, result: { dest } }
    const arrived = await bring(found.path, dest, wish.validate_checksum ? found.sha1 : undefined, host)
    const result: Mapping = {
      md5sum: arrived.md5,
      dest,
      remote_md5sum: null,
      checksum: arrived.sha1,
      remote_checksum: found.sha1,
    }
    if (!arrived.kept) return { changed: false, failed: 'checksum mismatch', result: { ...result, file: found.path } }
    return { changed: true, changes, result }
  },
})

interface Found {
  readonly path: string
  readonly sha1: string
}

async function lookAt({ src }: Wish, host: HostSession): Promise<Found | { readonly fault: string }> {
  const { code, stdout, stderr } = await host.look(sh`p=${pathWord(src)}
if [ -d "$p" ]; then echo 'directory'; exit; fi
if [ ! -e "$p" ]; then echo 'absent'; exit; fi
if [ ! -r "$p" ]; then echo 'denied'; exit; fi
s=$(sha1sum <"$p") || exit 1
printf 'found %s\\n%s' "\${s%% *}" "$p"`)
  if (code !== 0) return { fault: stderr.toString().trim() || `${src} cannot be read` }
  const [, sha1, path] = /^found ([0-9a-f]+)\n([^]*)$/.exec(stdout.toString()) ?? []
  if (sha1 !== undefined && path !== undefined) return { sha1, path }
  const faults: Readonly<Record<string, string>> = {
    directory: 'remote file is a directory, fetch cannot work on directories',
    absent: 'the remote file does not exist, not transferring, ignored',
    denied: `file is not readable: ${src}`,
  }
  return { fault: faults[stdout.toString().trim()] ?? 'the host did not answer' }
}

function missing({ src, fail_on_missing: fails }: Wish, fault: string): Report {
  if (fails) return { changed: false, failed: fault.replace(', not transferring, ignored', '') + `: ${src}` }
  return { changed: false, result: { msg: fault, file: src } }
}

/** Where the file goes. Throws UserError where Ansible refuses. */
async function destination({ dest, flat }: Wish, host: HostSession, source: string): Promise<string> {
  if (!flat) {
    const folder = host.localPath(dest)
    const path = join(folder, host.name, source)
    if (!path.startsWith(join(folder, '/'))) throw new UserError(`'${source}' would leave ${folder}`)
    return path
  }
  const path = host.localPath(dest)
  if (dest.endsWith('/')) return join(path, basename(source))
  if ((await stat(path).catch(() => undefined))?.isDirectory()) {
    throw new UserError(
      'dest is an existing directory, use a trailing slash if you want to fetch src into that directory',
    )
  }
  return path
}

async function digests(path: string): Promise<{ sha1: string; md5: string } | undefined> {
  if (!(await stat(path).catch(() => undefined))?.isFile()) return undefined
  const [sha1, md5] = [createHash('sha1'), createHash('md5')]
  for await (const chunk of createReadStream(path)) {
    sha1.update(chunk as Buffer)
    md5.update(chunk as Buffer)
  }
  return { sha1: sha1.digest('hex'), md5: md5.digest('hex') }
}

/** Bytes of one exchange: a file of any size passes, and none fills the memory. */
const piece = 16 * 1024 * 1024

const nextPiece = (path: string, offset: number): Script =>
  sh`tail -c +${offset + 1} -- ${path} | head -c ${piece} | { base64 2>/dev/null || openssl base64 -e; }`

/** Old or new, never half: it takes its place by a rename, after the digest was compared. */
async function bring(
  source: string,
  dest: string,
  expected: string | undefined,
  host: HostSession,
): Promise<{ sha1: string; md5: string; kept: boolean }> {
  const [sha1, md5] = [createHash('sha1'), createHash('md5')]
  await mkdir(dirname(dest), { recursive: true })
  const temporary = join(dirname(dest), `.${basename(dest).slice(0, 100)}.${randomUUID()}`)
  const file = await open(temporary, 'wx')
  try {
    for (let offset = 0; ; offset += piece) {
      const { code, stdout, stderr } = await host.look(nextPiece(source, offset))
      if (code !== 0) throw new UserError(`cannot read ${source}: ${stderr.toString().trim()}`)
      const bytes = Buffer.from(stdout.toString('latin1'), 'base64')
      await file.write(bytes)
      sha1.update(bytes)
      md5.update(bytes)
      if (bytes.length < piece) break
    }
    await file.sync()
    const sums = { sha1: sha1.digest('hex'), md5: md5.digest('hex') }
    const kept = expected === undefined || sums.sha1 === expected
    if (kept) await rename(temporary, dest)
    return { ...sums, kept }
  } finally {
    await file.close()
    await rm(temporary, { force: true })
  }
}
