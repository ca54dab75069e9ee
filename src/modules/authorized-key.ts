import { z } from 'zod'
import { UserError } from '../errors.ts'
import { lines, nothing, type Script, sh } from '../shell/script.ts'
import type { Mapping } from '../source/value.ts'
import { accountName } from './accounts/names.ts'
import { entryFunctions } from './accounts/probe.ts'
import { bool, hostPath, nonEmptyText, text } from './args.ts'
import { type Apply, type Change, type Controller, defineModule, type Plan } from './define.ts'
import {
  editLimit,
  type EditState,
  editStep,
  type EditWish,
  type Editor,
  overlayEdit,
  parseEdited,
} from './edits/edited-file.ts'
import { decode, encode } from './edits/encoding.ts'
import { bytesNow } from './edits/present-bytes.ts'
import type { Effects } from './effects.ts'
import { editKeys, type KeyLine, parseKey, parseOptions } from './keys/authorized-keys.ts'
import { type Look, lookFunctions, parseLook, pathWord } from './paths/look.ts'
import { octal } from './paths/mode.ts'
import { overlayLook, packagesPending } from './paths/overlay.ts'
import { parseRecords } from './paths/record.ts'
import { nothingToDo, refuseStep, type Step } from './paths/step.ts'

const args = z.strictObject({
  user: accountName().describe('Whose file it is.'),
  key: nonEmptyText().describe(
    'Public keys, one a line, or an http(s) address that the controller downloads them from.',
  ),
  path: hostPath().optional().describe('The file; left out: .ssh/authorized_keys in the home directory.'),
  manage_dir: bool().default(true).describe('Make the directory of the file, and see to its owner and mode.'),
  state: z.enum(['present', 'absent']).default('present').describe('Whether the keys are to be there.'),
  key_options: text().optional().describe('Options in front of the keys, such as no-pty,from="192.0.2.0/24".'),
  exclusive: bool().default(false).describe('Remove every other line.'),
  comment: text()
    .refine((value) => !/[\r\n]/.test(value), 'must not hold a line end')
    .optional()
    .describe("In place of the keys' own comments."),
  validate_certs: bool().default(true).describe('no: take any TLS certificate for an address.'),
  follow: bool().default(false).describe('Write what a link leads to, rather than replace the link.'),
})

type Arguments = z.output<typeof args>

interface Wish {
  readonly given: Arguments
  readonly keys: readonly KeyLine[]
}

interface State extends EditState {
  /** Undefined: there is no such user. */
  readonly ids: { readonly uid: string; readonly gid: string } | undefined
  readonly linked: boolean
  readonly directory: Look
  /** Check runs: an earlier task, or a package, makes the user. */
  readonly announced: boolean
}

async function prepare(given: Arguments, controller: Controller): Promise<Wish> {
  const { key, key_options: options, comment, validate_certs: validateCerts } = given
  const source = /^https?:/.test(key) ? (await controller.download({ url: key, validateCerts })).toString() : key
  const rows = source.split(/\r\n|\r|\n/).filter((line) => line !== '' && !line.startsWith('#'))
  const keys = rows.map((row) => {
    const parsed = parseKey(row)
    if (!parsed) throw new UserError(`this is no public key: ${row.slice(0, 60)}`, { at: controller.at('key') })
    return {
      ...parsed,
      ...(options === undefined ? {} : { options: parseOptions(options) }),
      ...(comment === undefined ? {} : { comment }),
    }
  })
  return { given, keys }
}

function probe({ given: { user, path } }: Wish): Script {
  return lines(
    sh`# shellcheck disable=SC2034 # names of accounts, which this probe does not ask for`,
    lookFunctions,
    entryFunctions,
    sh`echo 'record user'
e=$(entry passwd ${user})
[ -z "$e" ] || printf 'ids %s %s\n' "$(id -u ${user})" "$(id -g ${user})"
d=\${e%:*} d=\${d##*:}
f=${path === undefined ? sh`$d/.ssh/authorized_keys` : pathWord(path)}
[ ! -L "$f" ] || echo linked
look directory "\${f%/*}" '' f '' h
look file "$f" '' f - h`,
    bytesNow(editLimit),
  )
}

function parse(output: string, { given }: Wish): State {
  const records = parseRecords(output)
  const [uid = '', gid = ''] = (records.get('user')?.get('ids') ?? '').split(' ')
  return {
    ...parseEdited(records.get('file'), given.path ?? ''),
    accounts: { uid: -1, gid: -1, user: '', group: '' },
    ids: uid === '' ? undefined : { uid, gid },
    linked: records.get('user')?.has('linked') === true,
    directory: parseLook(records.get('directory'), ''),
    announced: false,
  }
}

function overlay(state: State, effects: Effects, { given: { user } }: Wish): State {
  const { users = {} } = effects
  const effect = Object.hasOwn(users, user) ? users[user] : undefined
  const coming = !state.ids && (effect === 'present' || packagesPending(effects))
  return {
    ...overlayEdit(state, effects, { path: state.look.path }),
    directory: overlayLook(state.directory, effects),
    announced: coming || (effect === 'present' && !state.ids),
    ids: effect === 'absent' ? undefined : state.ids,
  }
}

const editor =
  ({ given, keys }: Wish): Editor =>
  (before) => {
    const text = decode(before ?? Buffer.alloc(0), 'utf8')
    const after = editKeys({ ...given, keys }, text)
    if (after === text) return { msg: '' }
    const content = encode(after, 'utf8')
    return typeof content === 'string' ? { msg: '', refuse: `${content} cannot be written` } : { msg: '', content }
  }

/** What the directory gets when the file is written: Ansible touches it then only. */
function directoryWork({ given }: Wish, { directory, ids }: State): { changes: Change[]; script: Script } {
  const { path, type, bits, uid, gid } = directory
  if (!given.manage_dir || !ids) return { changes: [], script: nothing }
  const account = `${ids.uid}:${ids.gid}`
  if (type === 'absent')
    return {
      changes: [{ what: `create directory ${path} (0700)` }],
      script: sh`mkdir -m 0700 ${path}\nchown -h ${account} ${path}`,
    }
  const owned = String(uid) === ids.uid && String(gid) === ids.gid
  return {
    changes: [
      ...(owned ? [] : [{ what: `owner of ${path}` }]),
      ...(bits === 0o700 ? [] : [{ what: `mode of ${path} ${octal(bits)} → 0700` }]),
    ],
    script: sh`chown ${account} ${path}\nchmod 0700 ${path}`,
  }
}

function stepOf(wish: Wish, state: State): Step {
  const { user, manage_dir: managed } = wish.given
  const { ids, directory } = state
  if (state.announced)
    return { ...nothingToDo, plan: { changes: [], uncertain: [`an earlier task makes the user ${user}`] } }
  if (!ids) return refuseStep(`there is no user ${user} on this host`)
  const content = state.unknown || state.unread !== undefined ? undefined : editor(wish)(state.bytes).content
  if (!state.unknown && state.unread === undefined && content === undefined) return nothingToDo
  if (state.linked && !wish.given.follow)
    return refuseStep(`the file of ${user} is a link: follow: true writes what it leads to, ${state.look.path}`)
  const work = directoryWork(wish, state)
  const made: Effects = managed
    ? { paths: { [directory.path]: { type: 'directory', mode: '700', owner: ids.uid, group: ids.gid } } }
    : {}
  const file: EditWish = { path: state.look.path, owner: ids.uid, group: ids.gid, mode: '600', parents: !managed }
  const step = editStep(file, { ...state, look: overlayLook(state.look, made) }, editor(wish))
  if (step.plan.changes.length === 0) return step
  return {
    plan: {
      ...step.plan,
      changes: [...work.changes, ...step.plan.changes],
      effects: { paths: { ...(work.changes.length > 0 ? made.paths : {}), ...step.plan.effects?.paths } },
    },
    apply: () => {
      const { script, uploads = [] } = step.apply()
      return { script: lines(work.script, script), uploads }
    },
  }
}

function result({ given }: Wish, { look }: State): Mapping {
  const { user, key, path, manage_dir, state, key_options, exclusive, comment, validate_certs, follow } = given
  const said = { user, key, manage_dir, state, exclusive, validate_certs, follow, keyfile: look.path }
  return { ...said, path: path ?? null, key_options: key_options ?? null, comment: comment ?? null }
}

/** Keys that may log in. */
export default defineModule({
  name: 'authorized_key',
  doc: {
    summary: "Put SSH keys into a user's authorized_keys, or take them out",
    checkMode: 'Keys of a user that an earlier task makes "may change".',
    example: `- authorized_key:
    user: deploy
    key: "{{ lookup('file', 'deploy.pub') }}"
    key_options: no-pty`,
    returns: { keyfile: 'the file', key: 'the keys as given', user: 'whose file it is', exclusive: 'as asked for' },
  },
  args,
  prepare,
  probe,
  parse,
  overlay,
  plan: (wish, state): Plan => stepOf(wish, state).plan,
  apply: (wish, state): Apply => stepOf(wish, state).apply(),
  result,
})
