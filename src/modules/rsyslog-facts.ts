import { z } from 'zod'
import type { Mapping } from '../source/value.ts'
import { hostPath } from './args.ts'
import { defineModule } from './define.ts'
import type { Effects } from './effects.ts'
import { probeRsyslog } from './facts/rsyslog-probe.ts'
import { hasPerActionCa, type OsRelease, predictPerActionCa, upstreamVersion } from './facts/rsyslog-version.ts'

interface GlobalCa {
  readonly file: string
  readonly ca: string
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
  /** Global CAs in the order of reading. */
  readonly globalCas: readonly GlobalCa[]
  /** The files that load imfile. */
  readonly followers: readonly string[]
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
      follows_files: 'whether imfile is loaded',
      gtls_module: 'whether the GnuTLS driver is installed',
      config_dir: 'where its configuration is included from',
    },
  },
  args: z.strictObject({
    ignore: z.array(hostPath()).default([]).describe('Configuration files whose settings do not count'),
  }),
  readOnly: true,
  probe: () => probeRsyslog,
  parse,
  overlay,
  plan: () => ({ changes: [] }),
  apply: () => ({ script: probeRsyslog }),
  result: ({ ignore }, state): Mapping => {
    const globalCa = holding(state.globalCas.filter(({ file }) => !ignore.includes(file)))
    const version = state.version ?? (state.candidate === undefined ? undefined : upstreamVersion(state.candidate))
    return {
      installed: state.installed,
      version: version ?? null,
      version_known: state.versionKnown,
      per_action_ca: version === undefined ? predictPerActionCa(state.os) : hasPerActionCa(version),
      global_ca: globalCa?.ca ?? null,
      global_ca_fixed: globalCa?.fixed ?? false,
      follows_files: state.followers.some((file) => !ignore.includes(file)),
      gtls_module: state.gtlsModule,
      config_dir: '/etc/rsyslog.d',
    }
  },
})

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
    followers: rows.flatMap(([kind, file = '']) => (kind === 'files' ? [file] : [])),
    globalCas: rows.flatMap(([kind, file = '', ...rest]) => {
      const found = kind === 'ca' ? caOf(rest.join('\t')) : undefined
      return found ? [{ file, ...found }] : []
    }),
  }
}

/** `$DefaultNetstreamDriverCAFile /x` or `global(DefaultNetstreamDriverCAFile="/x")`, a comment behind it cut off. */
function caOf(line: string): Omit<GlobalCa, 'file'> | undefined {
  const quoted = /DefaultNetstreamDriverCAFile\s*=\s*"([^"]*)"/i.exec(line)
  const ca = (quoted ?? /^\$DefaultNetstreamDriverCAFile\s+([^\s#]+)/i.exec(line))?.[1]
  return ca === undefined ? undefined : { ca, fixed: quoted !== null }
}

/** The first global() holds, wherever directives stand (rsyslog takes it in at the end); else the last directive. */
function holding(cas: readonly GlobalCa[]): GlobalCa | undefined {
  return cas.find(({ fixed }) => fixed) ?? cas.at(-1)
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
