import { z } from 'zod'
import type { Mapping } from '../source/value.ts'
import { hostPath } from './args.ts'
import { defineModule } from './define.ts'
import type { Effects } from './effects.ts'
import { probeRsyslog } from './facts/rsyslog-probe.ts'
import { hasPerActionCa, type OsRelease, predictPerActionCa, upstreamVersion } from './facts/rsyslog-version.ts'

/** A line of a configuration file: `$NAME VALUE`, or one parameter of `global(…)`. */
interface Setting {
  readonly file: string
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
  readonly modules: readonly { readonly file: string; readonly name: string }[]
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
      global_ca_fixed: 'whether global() sets it, which no other line can change',
      modules:
        'the modules that its configuration loads, each with the file that does: {imfile: /etc/rsyslog.d/30-x.conf}',
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
  }),
  readOnly: true,
  probe: () => probeRsyslog,
  parse,
  overlay,
  plan: () => ({ changes: [] }),
  apply: () => ({ script: probeRsyslog }),
  result: ({ ignore, before }, state): Mapping => {
    const counts = ({ file }: { readonly file: string }) => !ignore.includes(file)
    const settings = state.settings.filter(counts)
    const globalCa = holding(settings, 'defaultnetstreamdrivercafile')
    const version = state.version ?? (state.candidate === undefined ? undefined : upstreamVersion(state.candidate))
    return {
      installed: state.installed,
      version: version ?? null,
      version_known: state.versionKnown,
      per_action_ca: version === undefined ? predictPerActionCa(state.os) : hasPerActionCa(version),
      global_ca: globalCa?.value ?? null,
      global_ca_fixed: globalCa?.fixed ?? false,
      modules: Object.fromEntries(
        state.modules
          .filter(counts)
          .toReversed()
          .map(({ name, file }) => [name, file]),
      ),
      stream_driver: streamDriver(settings, before),
      gtls_module: state.gtlsModule,
      config_dir: '/etc/rsyslog.d',
    }
  },
})

/** What an action of the old style would take up at the beginning of `before`; what nobody set is rsyslog's own default. */
function streamDriver(settings: readonly Setting[], before: string | undefined): Mapping {
  const set = (name: string) =>
    settings.findLast((one) => one.name === name && (before === undefined || one.file < before))?.value
  const driver = set('actionsendstreamdriver') ?? holding(settings, 'defaultnetstreamdriver')?.value
  return {
    driver: driver ?? 'ptcp',
    mode: set('actionsendstreamdrivermode') ?? '0',
    auth_mode: set('actionsendstreamdriverauthmode') ?? 'anon',
  }
}

function parse(output: string): RsyslogState {
  const rows = output.split('\n').map((line) => line.split('\t'))
  const row = (kind: string) => rows.find(([first]) => first === kind)
  const version = row('version')?.[1] ?? ''
  const candidate = row('cand')?.[2] ?? ''
  const [, id = '', like = '', release = ''] = row('os') ?? []
  return {
    installed: row('version') !== undefined,
    ...(version !== '' && { version }),
    ...(candidate !== '' && candidate !== '(none)' && { candidate }),
    versionKnown: version !== '',
    os: { id, like, version: release },
    gtlsModule: row('gtls') !== undefined,
    modules: rows.flatMap(([kind, file = '', name = '']) => (kind === 'module' ? [{ file, name }] : [])),
    settings: rows.flatMap(([kind, file = '', ...rest]) =>
      kind === 'set' ? settingsIn(rest.join('\t')).map((setting) => ({ file, ...setting })) : [],
    ),
  }
}

/** `$DefaultNetstreamDriverCAFile /x` or `global(DefaultNetstreamDriverCAFile="/x" …)`, a comment behind it cut off. */
function settingsIn(line: string): readonly Omit<Setting, 'file'>[] {
  const directive = /^\$(\w+)\s+([^\s#]+)/.exec(line)
  if (directive) return [{ name: (directive[1] ?? '').toLowerCase(), value: directive[2] ?? '', fixed: false }]
  return [...line.matchAll(/\b(DefaultNetstreamDriver\w*)\s*=\s*"([^"]*)"/gi)].map(([, name = '', value = '']) => ({
    name: name.toLowerCase(),
    value,
    fixed: true,
  }))
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
