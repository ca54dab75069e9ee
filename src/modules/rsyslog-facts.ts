import { z } from 'zod'
import type { Mapping } from '../source/value.ts'
import { hostPath } from './args.ts'
import { defineModule } from './define.ts'
import type { Effects } from './effects.ts'
import { probeRsyslog } from './facts/rsyslog-probe.ts'
import { hasPerActionCa, type OsRelease, predictPerActionCa, upstreamVersion } from './facts/rsyslog-version.ts'

/** Where something stands. */
interface Place {
  readonly file: string
  /** Of a file that includes the others: whether it stands before or behind that. */
  readonly around?: 'before' | 'behind'
}

/** A line of a configuration file: `$NAME VALUE`, or one parameter of `global(…)`. */
interface Setting extends Place {
  /** In lower case: `defaultnetstreamdrivercafile`. */
  readonly name: string
  readonly value: string
  /** Set by global() rather than by a directive. */
  readonly fixed: boolean
}

interface RsyslogState {
  readonly installed: boolean
  readonly version?: string
  /** What the package manager would install. */
  readonly candidate?: string
  readonly versionKnown: boolean
  readonly os: OsRelease
  readonly gtlsModule: boolean
  /** In the order of reading. */
  readonly settings: readonly Setting[]
  readonly modules: readonly (Place & { readonly name: string })[]
  /** The patterns of what is included, and each file that is read. */
  readonly included: readonly string[]
  /** What rsyslogd has against its configuration, where it was asked; else empty. */
  readonly complaint: string
}

const gtlsPackages = ['rsyslog-gnutls', 'rsyslog-module-gtls', 'rsyslog-tls']

/** What a TLS forward must know of a host's rsyslog; changes nothing. */
export default defineModule({
  name: 'rsyslog_facts',
  doc: {
    summary: 'Tell the version and the TLS settings of rsyslog',
    checkMode: 'where an earlier task installs rsyslog, its version is predicted and version_known is false',
    example: '- rsyslog_facts:\n  register: rsyslog',
    returns: {
      installed: 'whether rsyslogd is there',
      version: 'such as 8.2302.0, or null',
      version_known: 'whether rsyslogd itself said so',
      per_action_ca: 'whether an action can have a CA of its own (8.2108 or later)',
      global_ca: 'the CA that is set for all actions, or null',
      global_ca_file: 'the file that sets it, or null',
      global_ca_fixed: 'whether global() sets it, which no other line can change',
      global_ca_after: 'whether the line that sets it is read after `ca_config`',
      modules:
        'the modules that its configuration loads, each with the file that does: {imfile: /etc/rsyslog.d/30-x.conf}',
      modules_after: 'those of them that are loaded after `before`',
      ignored_modules: 'the modules that ignored files load',
      reads: 'whether it reads `before`, or would if that were there',
      complaint: 'what it has against its configuration where `check_unless` is not there, else empty',
      work_directory: 'where queues go to disk, or null',
      ignored_ca: 'the CA for all actions that an ignored file sets, or null',
      user: 'whom it becomes when it has started, root if nobody',
      stream_driver: 'what `$ActionSendStreamDriver…` has set for every action after `before`: driver, mode, auth_mode',
      gtls_module: 'whether the GnuTLS driver is installed',
      config_dir: 'where its configuration is included from',
    },
  },
  args: z.strictObject({
    ignore: z.array(hostPath()).default([]).describe('Configuration files whose settings do not count'),
    before: hostPath()
      .optional()
      .describe('A configuration file: stream_driver is what holds where it begins. Default: where all have been read'),
    check_unless: hostPath().optional().describe('rsyslogd is asked for complaint as long as this file is not there'),
    ca_config: hostPath().optional().describe('The configuration file that is to set the CA for all actions'),
  }),
  readOnly: true,
  probe: ({ check_unless: unless }) => probeRsyslog(unless),
  parse,
  overlay,
  plan: () => ({ changes: [] }),
  apply: ({ check_unless: unless }) => ({ script: probeRsyslog(unless) }),
  result: ({ ignore, before, ca_config: caConfig }, state): Mapping => {
    const counts = ({ file }: { readonly file: string }) => !ignore.includes(file)
    const settings = state.settings.filter(counts)
    const globalCa = holding(settings, caSetting)
    const version = state.version ?? (state.candidate === undefined ? undefined : upstreamVersion(state.candidate))
    return {
      installed: state.installed,
      version: version ?? null,
      version_known: state.versionKnown,
      per_action_ca: version === undefined ? predictPerActionCa(state.os) : hasPerActionCa(version),
      global_ca: globalCa?.value ?? null,
      global_ca_file: globalCa?.file ?? null,
      global_ca_fixed: globalCa?.fixed ?? false,
      global_ca_after: globalCa !== undefined && caConfig !== undefined && !isBefore(globalCa, caConfig),
      modules: Object.fromEntries(
        state.modules
          .filter(counts)
          .toReversed()
          .map(({ name, file }) => [name, file]),
      ),
      modules_after: state.modules
        .filter((module) => counts(module) && before !== undefined && !isBefore(module, before))
        .map(({ name }) => name),
      ignored_modules: [...new Set(state.modules.filter((module) => !counts(module)).map(({ name }) => name))],
      reads: before !== undefined && state.included.some((pattern) => matches(before, pattern)),
      complaint: state.complaint,
      work_directory: state.settings.findLast(({ name }) => name === 'workdirectory')?.value ?? null,
      ignored_ca: state.settings.findLast((one) => !counts(one) && one.name === caSetting)?.value ?? null,
      user: state.settings.findLast(({ name }) => userSettings.has(name))?.value ?? 'root',
      stream_driver: streamDriver(settings, before),
      gtls_module: state.gtlsModule,
      config_dir: '/etc/rsyslog.d',
    }
  },
})

const complains = 'complaint '
const caSetting = 'defaultnetstreamdrivercafile'
const userSettings = new Set(['privdroptouser', 'privdroptouserid', 'privdrop.user.name', 'privdrop.user.id'])

/** `*` and `?` as a shell has them in a path, the rest as it is written. */
const matches = (path: string, pattern: string): boolean =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|\\]/g, '\\$&')
      .replaceAll('*', '[^/]*')
      .replaceAll('?', '[^/]')}$`,
  ).test(path)

/** Files are read in the order of their names, the main one around them. */
const isBefore = ({ file, around }: Place, path: string): boolean => around === 'before' || (!around && file < path)

/** What an action of the old style would take up at the beginning of `before`; what nobody set is rsyslog's own default. */
function streamDriver(settings: readonly Setting[], before: string | undefined): Mapping {
  const set = (name: string) =>
    settings.findLast((one) => one.name === name && (before === undefined || isBefore(one, before)))?.value
  const driver = set('actionsendstreamdriver') ?? holding(settings, 'defaultnetstreamdriver')?.value
  return {
    driver: driver ?? 'ptcp',
    mode: set('actionsendstreamdrivermode') ?? '0',
    auth_mode: set('actionsendstreamdriverauthmode') ?? 'anon',
  }
}

function parse(output: string): RsyslogState {
  const rows = output.split('\n').map((line) => line.split('\t'))
  const including = new Set(rows.flatMap(([kind, file = '']) => (kind === 'include' ? [file] : [])))
  const passed = new Set<string>()
  const placed = rows.map(([kind = '', file = '', ...rest]) => {
    if (kind === 'include') passed.add(file)
    const around = passed.has(file) ? ('behind' as const) : ('before' as const)
    return { kind, file, ...(including.has(file) && { around }), text: rest.join('\t') }
  })
  const row = (kind: string) => rows.find(([first]) => first === kind)
  const version = row('version')?.[1] ?? ''
  const candidate = row('cand')?.[2] ?? ''
  const [, id = '', like = '', release = ''] = row('os') ?? []
  const complaints = rows.flatMap(([line = '']) => (line.startsWith(complains) ? [line.slice(complains.length)] : []))
  return {
    installed: row('version') !== undefined,
    ...(version !== '' && { version }),
    ...(candidate !== '' && candidate !== '(none)' && { candidate }),
    versionKnown: version !== '',
    os: { id, like, version: release },
    gtlsModule: row('gtls') !== undefined,
    included: rows.flatMap(([kind, file = '', pattern]) =>
      kind === 'include' && pattern ? [pattern] : kind === 'read' ? [file] : [],
    ),
    complaint: row('asked') && !row('valid') ? complaints.join('; ') || 'it does not say why' : '',
    modules: placed.flatMap(({ kind, text, ...place }) => (kind === 'module' ? [{ ...place, name: text }] : [])),
    settings: placed.flatMap(({ kind, text, ...place }) =>
      kind === 'set' ? settingsIn(text).map((setting) => ({ ...place, ...setting })) : [],
    ),
  }
}

/** `$DefaultNetstreamDriverCAFile /x` or `global(DefaultNetstreamDriverCAFile="/x" …)`, a comment behind it cut off. */
function settingsIn(line: string): readonly Omit<Setting, keyof Place>[] {
  const directive = /^\$(\w+)\s+([^\s#]+)/.exec(line)
  if (directive) return [{ name: (directive[1] ?? '').toLowerCase(), value: directive[2] ?? '', fixed: false }]
  return [...line.matchAll(/\b(DefaultNetstreamDriver\w*|privdrop\.user\.\w+|workDirectory)\s*=\s*"([^"]*)"/gi)].map(
    ([, name = '', value = '']) => ({
      name: name.toLowerCase(),
      value,
      fixed: true,
    }),
  )
}

/** The first global() holds, wherever directives stand (rsyslog takes it in at the end); else the last directive. */
function holding(settings: readonly Setting[], name: string): Setting | undefined {
  const all = settings.filter((setting) => setting.name === name)
  return all.find(({ fixed }) => fixed) ?? all.at(-1)
}

function overlay(state: RsyslogState, { packages = {} }: Effects): RsyslogState {
  const own = packages['rsyslog']?.state
  const brings = gtlsPackages.some((name) => packages[name] !== undefined && packages[name].state !== 'removed')
  return {
    ...state,
    gtlsModule: state.gtlsModule || brings,
    ...(own === 'removed' && { installed: false }),
    ...(own !== undefined && own !== 'removed' && { installed: true, versionKnown: false }),
  }
}
