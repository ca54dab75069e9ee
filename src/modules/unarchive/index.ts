import { UserError } from '../../errors.ts'
import { lines, nothing, type Script, sh } from '../../shell/script.ts'
import type { Mapping } from '../../source/value.ts'
import { type Apply, type Controller, defineModule } from '../define.ts'
import { digest } from '../paths/content.ts'
import { chmodWord, returnedMode } from '../paths/mode.ts'
import { chownWord } from '../paths/ownership.ts'
import { chosen, handlerOf, kindOf, readArchive } from './archive.ts'
import { args, isAddress, onHost, strip, type UnarchiveArguments } from './arguments.ts'
import { unpackedBits } from './compare.ts'
import { ArchiveError, type Member } from './member.ts'
import { attributed, overlayUnarchive, planUnarchive, type Work, workOn } from './plan.ts'
import { parseUnarchive, probeUnarchive, type UnarchiveState } from './probe.ts'
import { tarOptions, unzipChoice, type UnarchiveWish } from './wish.ts'

/** Read once, however many hosts get it. */
const read = new WeakMap<Buffer, Promise<readonly Member[]>>()

async function prepare(given: UnarchiveArguments, controller: Controller): Promise<UnarchiveWish> {
  if (onHost(given)) return { given }
  const content = isAddress(given.src)
    ? await controller.download({ url: given.src, validateCerts: given.validate_certs })
    : await controller.read(controller.find('files', given.src), { decrypt: given.decrypt })
  const kind = kindOf(content.toString('hex', 0, 6))
  const all = read.get(content) ?? readArchive(content)
  read.set(content, all)
  const choice = { include: given.include, exclude: given.exclude, strip: strip(given.extra_opts) ?? 0 }
  if (kind === 'zip' && given.extra_opts.length > 0) {
    throw new UserError('extra_opts are options of unzip for a zip: for one of the controller none are supported', {
      at: controller.at('extra_opts'),
    })
  }
  try {
    return { given, content, kind, members: chosen(await all, kind, choice) }
  } catch (error) {
    if (!(error instanceof ArchiveError)) throw error
    throw new UserError(`${given.src} cannot be unpacked: ${error.message}`, { at: controller.at('src') })
  }
}

function apply(wish: UnarchiveWish, state: UnarchiveState): Apply {
  const work = workOn(wish, state)
  const { content, given } = wish
  const script = (archive: Script) =>
    lines(
      archive,
      work.differing.length > 0 ? unpack(wish, state, work) : nothing,
      attributes(given, state, attributed(work)),
    )
  if (!content || work.differing.length === 0) return { script: script(sh`a=${state.archive?.look.path ?? ''}`) }
  const path = `/var/tmp/.${digest(content).slice(0, 16)}.sallyport-sent`
  const discard = sh`trap 'rm -f '${path} EXIT; trap 'exit 1' HUP INT TERM; a=${path}`
  return { script: script(discard), uploads: [{ path, content }], timeout: 3600 }
}

function unpack(wish: UnarchiveWish, state: UnarchiveState, work: Work): Script {
  const { given } = wish
  const { dest, root } = state
  if ((wish.kind ?? state.archive?.kind) === 'zip') {
    const { include, exclude } = unzipChoice(wish)
    const update = given.keep_newer ? ['-u'] : []
    return sh`command -v unzip >/dev/null || { echo 'this host has no unzip' >&2; exit 1; }
unzip -o -q ${update} ${given.extra_opts} "$a" ${include} ${exclude} -d ${dest.path} >&2
${directoryModes(work, state)}`
  }
  const options = [...(root ? ['-p'] : []), ...(given.keep_newer ? ['--keep-newer-files'] : [])]
  return sh`t=$(command -v gtar || command -v tar) || { echo 'this host has no tar' >&2; exit 1; }
"$t" -x ${options} ${tarOptions(wish)}`
}

/** unzip leaves directories that are there as they are. */
function directoryModes({ members = [], differing }: Work, { dest, root }: UnarchiveState): Script {
  const different = new Set(differing)
  const directories = members.filter(({ type, path }) => type === 'directory' && different.has(path))
  const bits = [...new Set(directories.map((member) => unpackedBits(member, root)))]
  return lines(
    ...bits.map((each) => {
      const paths = directories.filter((member) => unpackedBits(member, root) === each).map(({ path }) => `./${path}`)
      return sh`(cd ${dest.path}; printf '%s\\0' ${paths} | xargs -0 chmod ${chmodWord(each)})`
    }),
  )
}

function attributes(
  { mode, owner, group }: UnarchiveArguments,
  { dest }: UnarchiveState,
  paths: readonly string[],
): Script {
  const account = chownWord(owner, group)
  if (account === '' && mode === undefined) return nothing
  const list = sh`printf '%s\\0' ${paths.map((path) => `./${path}`)}`
  const chmod = `m=$1; shift; for f do [ -L "$f" ] || chmod "$m" "$f" || exit 1; done`
  return lines(
    sh`cd ${dest.path}`,
    // chown first: it clears set-id bits.
    account === '' ? nothing : sh`${list} | xargs -0 chown -h ${account}`,
    mode === undefined ? nothing : sh`${list} | xargs -0 sh -c ${chmod} - ${mode}`,
  )
}

/** Archives unpacked into a directory, as Ansible's `unarchive`. */
export default defineModule<typeof args, UnarchiveWish, UnarchiveState>({
  name: 'unarchive',
  doc: {
    summary: 'Unpack a tar (also gz, bz2, xz, zst) or a zip into a directory of the host',
    checkMode: 'Compares as in a real run; an archive that an earlier task brings "may change".',
    example: `- unarchive:
    src: forwarder-2.1.tar.gz
    dest: /opt
    owner: root
    group: root`,
    returns: {
      dest: 'the directory',
      src: 'the archive',
      handler: 'TgzArchive, TarArchive or ZipArchive',
      files: 'with list_files: the names in the archive',
      mode: 'permissions of the directory',
      owner: 'its owner',
      group: 'its group',
    },
  },
  args,
  prepare,
  probe: probeUnarchive,
  parse: parseUnarchive,
  overlay: overlayUnarchive,
  plan: planUnarchive,
  apply,
  // tar on the host does not tell which of two files is newer.
  everyTime: ({ given, members }, { archive }) => given.keep_newer && !members && archive?.kind !== 'zip',
  result(wish, state): Mapping {
    const { given } = wish
    const { dest } = state
    if (state.created) return { msg: `skipped, since ${given.creates ?? ''} exists` }
    const { path, bits, user, group, uid, gid, size } = dest
    const kind = wish.kind ?? state.archive?.kind ?? 'tar'
    if (dest.type !== 'directory') return { src: given.src, dest: path }
    return {
      src: given.src,
      dest: path,
      handler: handlerOf(kind),
      ...(given.list_files ? { files: [...workOn(wish, state).names] } : {}),
      ...{ mode: returnedMode(bits), owner: user, group, uid, gid, size, state: 'directory' },
    }
  },
})
