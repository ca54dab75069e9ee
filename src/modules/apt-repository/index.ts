import { z } from 'zod'
import { lines, nothing, type Script, sh } from '../../shell/script.ts'
import { bool, int, mode, nonEmptyText, text, withAliases } from '../args.ts'
import { type Apply, defineModule, type Plan } from '../define.ts'
import { type Editor, type EditState, editStep } from '../edits/edited-file.ts'
import { encode } from '../edits/encoding.ts'
import { aptDefaults, aptFunctions } from '../packages/apt-get.ts'
import { packageTimeout } from '../packages/apply.ts'
import { only, refused } from '../paths/arguments.ts'
import { absentStep } from '../paths/entry.ts'
import { inSequence, type Step } from '../paths/step.ts'
import { temporaryPath } from '../paths/write.ts'
import { appended, names, readRepo, suggestedName, switchedOn, without } from './sources.ts'
import { overlaySources, parseSources, probeSources, type SourcesState, textOf } from './state.ts'

const args = withAliases(
  z.strictObject({
    repo: nonEmptyText()
      .superRefine((repo, context) => {
        const say = (message: string) => context.addIssue({ code: 'custom', message })
        if (repo.startsWith('ppa:')) {
          say('a PPA is not supported: its key would be asked from Launchpad; write its line, with signed-by')
        } else if (/[\r\n]/.test(repo)) say('must be one line')
        else if (readRepo(repo) === undefined) say('must be a line of sources.list: deb ADDRESS SUITE COMPONENT')
      })
      .describe('The source, as a line of sources.list.'),
    state: z.enum(['present', 'absent']).default('present').describe('Whether apt is to have the source.'),
    filename: text()
      .refine((name) => /^[^\s/][^/\n]*$|^\/[^\n]*[^/\n]$/.test(name), 'must be a name or an absolute path')
      .optional()
      .describe('The file in sources.list.d for a new source, without .list; left out: made of its address.'),
    mode: mode().optional().describe('Permissions of the file that a new source goes into.'),
    update_cache: bool().default(true).describe('Fetch the package lists after a change; undo it when that fails.'),
    update_cache_retries: int(1).default(5).describe('How often to try fetching the lists.'),
    update_cache_retry_max_delay: int(0).default(12).describe('Seconds between two tries, at most.'),
    codename: refused('it is the release of a PPA, and those are not supported'),
    validate_certs: only(true, 'it is about the addresses of PPAs; see Acquire::https of apt.conf'),
    install_python_apt: bool().default(true).describe('Accepted: no Python is needed on the host.'),
  }),
  { 'update-cache': 'update_cache' },
)

type Wish = z.output<typeof args>

const sourceOf = ({ repo }: Wish): string => readRepo(repo) ?? ''

const fileName = (wish: Wish): string => `${wish.filename ?? suggestedName(sourceOf(wish))}.list`

const editor =
  (change: (before: string) => string): Editor =>
  (before) => {
    const old = textOf({ bytes: before })
    const after = change(old)
    if (after === old) return { msg: '' }
    const content = encode(after, 'utf8')
    return typeof content === 'string' ? { msg: '', refuse: `${content} cannot be written` } : { msg: '', content }
  }

interface FileStep {
  readonly path: string
  readonly existed: boolean
  readonly step: Step
}

/** What is done to each file. A source that any of them names is switched on there; only a new one goes into its own. */
function filesOf(wish: Wish, { lists, target }: SourcesState): readonly FileStep[] {
  const source = sourceOf(wish)
  const edit = (state: EditState, change: (before: string) => string, fileMode?: string): FileStep => ({
    path: state.look.path,
    existed: state.look.type !== 'absent',
    step: editStep({ path: state.look.path, mode: fileMode }, state, editor(change)),
  })
  if (wish.state === 'absent') {
    return lists.map((state) => {
      const emptied = !state.unknown && textOf(state) !== '' && without(textOf(state), source) === ''
      const { path } = state.look
      return emptied
        ? { path, existed: true, step: absentStep(state.look) }
        : edit(state, (before) => without(before, source))
    })
  }
  const holders = lists.filter((state) => state.unknown || names(textOf(state), source))
  if (holders.length > 0) return holders.map((state) => edit(state, (before) => switchedOn(before, source)))
  return [edit(target, (before) => appended(before, source), wish.mode)]
}

function named({ path, step }: FileStep): Step {
  const changes = step.plan.changes.map((change) => ({ ...change, what: `${path}: ${change.what}` }))
  return { ...step, plan: { ...step.plan, changes } }
}

const changed = ({ step }: FileStep): boolean => step.plan.changes.length > 0

function plan(wish: Wish, state: SourcesState): Plan {
  if (!state.apt) return { changes: [], refuse: 'this host has no apt' }
  const { plan: files } = inSequence(filesOf(wish, state).map((file) => () => named(file)))
  if (files.changes.length === 0 || !wish.update_cache) return files
  return { ...files, changes: [...files.changes, { what: 'fetch the package lists' }] }
}

function apply(wish: Wish, state: SourcesState): Apply {
  const files = filesOf(wish, state).filter(changed)
  const { script, uploads = [] } = inSequence(
    files.map(
      ({ step }) =>
        () =>
          step,
    ),
  ).apply()
  if (!wish.update_cache) return { script, uploads }
  return { script: lines(saved(files), script, fetchOrUndo(wish, files)), uploads, timeout: packageTimeout }
}

const kept = (index: number): string => `/run/sallyport/sources/${index}`

const saved = (files: readonly FileStep[]): Script =>
  lines(
    sh`(umask 077; mkdir -p /run/sallyport; rm -rf /run/sallyport/sources; mkdir /run/sallyport/sources)`,
    ...files.map(({ path, existed }, index) => (existed ? sh`cp -p ${path} ${kept(index)}` : nothing)),
  )

/** Sources that apt cannot fetch from would break every later installation: they are taken back, as Ansible does. */
function fetchOrUndo(wish: Wish, files: readonly FileStep[]): Script {
  const options = { updateTries: wish.update_cache_retries, updateDelay: wish.update_cache_retry_max_delay }
  const undo = files.map(({ path, existed }, index) => {
    const temporary = temporaryPath(path)
    return existed ? sh`cp -p ${kept(index)} ${temporary} && mv -f ${temporary} ${path}` : sh`rm -f ${path}`
  })
  return lines(
    aptFunctions({ ...aptDefaults, ...options }),
    sh`if ! ( _update must ); then
${lines(...undo)}
  rm -rf /run/sallyport/sources
  echo 'the sources are again what they were' >&2
  exit 1
fi
rm -rf /run/sallyport/sources`,
  )
}

/** Where apt gets packages from, as Ansible's `apt_repository`, without python3-apt. */
export default defineModule({
  name: 'apt_repository',
  doc: {
    summary: 'Add sources of packages to apt, and remove them',
    checkMode: 'The package lists are not fetched: that they can be is not known.',
    example: `- apt_repository:
    repo: deb [signed-by=/etc/apt/keyrings/example.asc] https://apt.example.com/debian stable main
    filename: example`,
    returns: { repo: 'the source', state: 'present or absent' },
  },
  args,
  probe: (wish) => probeSources(fileName(wish)),
  parse: parseSources,
  overlay: overlaySources,
  plan,
  apply,
  result: ({ repo, state }) => ({ repo, state }),
})
