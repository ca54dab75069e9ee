import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { attemptSync } from './command.ts'
import { LabUnavailable } from './lab-unavailable.ts'

export interface AptSource {
  readonly uris: readonly string[]
  readonly suites: readonly string[]
  readonly components: readonly string[]
}

export interface Mirror {
  readonly main: string
  readonly security?: string
  readonly components: readonly string[]
}

const words = (text: string): string[] => text.split(/\s+/).filter((word) => word !== '')

/** The one-line form, sources.list(5): `deb [ option=value … ] uri suite component…`. */
export function parseOneLine(text: string): AptSource[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[[^\]]*\]\s*)?(\S+)\s+(\S+)\s*([^#]*)/.exec(line)
    const [, uri, suite, components] = match ?? []
    return uri && suite ? [{ uris: [uri], suites: [suite], components: words(components ?? '') }] : []
  })
}

/** The deb822 form: stanzas of `Field: value` with continuation lines; comments may stand between any two lines. */
export function parseDeb822(text: string): AptSource[] {
  const lines = text.split('\n').filter((line) => !line.startsWith('#'))
  return lines
    .join('\n')
    .split(/\n[ \t]*\n/)
    .flatMap((stanza) => {
      const fields = new Map<string, string>()
      for (const field of stanza.replace(/\n[ \t]+/g, ' ').split('\n')) {
        const colon = field.indexOf(':')
        if (colon > 0) fields.set(field.slice(0, colon).trim().toLowerCase(), field.slice(colon + 1).trim())
      }
      const list = (name: string): string[] => words(fields.get(name) ?? '')
      const enabled = !/^(no|false|off|0|without|disable)$/i.test(fields.get('enabled') ?? 'yes')
      if (!enabled || !list('types').includes('deb') || list('uris').length === 0) return []
      return [{ uris: list('uris'), suites: list('suites'), components: list('components') }]
    })
}

/** Everything that apt itself would read under `root`. */
export function machineSources(root = '/'): AptSource[] {
  const main = join(root, 'etc/apt/sources.list')
  const parts = join(root, 'etc/apt/sources.list.d')
  const names = existsSync(parts) ? readdirSync(parts).sort() : []
  return [
    ...(existsSync(main) ? parseOneLine(readFileSync(main, 'utf8')) : []),
    ...names.flatMap((name) => {
      const read = name.endsWith('.list') ? parseOneLine : name.endsWith('.sources') ? parseDeb822 : undefined
      return read ? read(readFileSync(join(parts, name), 'utf8')) : []
    }),
  ]
}

const ARCHIVE = /^(bullseye|bookworm|trixie|forky|sid|stable|oldstable|oldoldstable|testing|unstable)$/
const SECURITY = /^[a-z]+(-security|\/updates)$/

/** The Debian mirror of this machine, for whatever suite it itself runs. Third-party repositories are passed over. */
export function debianMirror(sources: readonly AptSource[]): Mirror {
  const withMain = sources.filter((source) => source.components.includes('main'))
  const archive = withMain.find((source) => source.suites.some((suite) => ARCHIVE.test(suite)))
  const security = withMain.find((source) => source.suites.some((suite) => SECURITY.test(suite)))
  const main = archive?.uris[0]
  if (!archive || !main) throw new LabUnavailable("no Debian mirror among this machine's apt sources")
  const components = archive.components.filter((component) => component === 'main')
  const trim = (uri: string): string => uri.replace(/\/+$/, '')
  const securityUri = security?.uris[0]
  return { main: trim(main), components, ...(securityUri && { security: trim(securityUri) }) }
}

/** What a fresh machine of `suite` would have in its sources.list, asked from this machine's mirror. */
export function sourceLines(suite: string, mirror: Mirror): string[] {
  const components = mirror.components.join(' ')
  return [
    `deb ${mirror.main} ${suite} ${components}`,
    ...(mirror.security ? [`deb ${mirror.security} ${suite}-security ${components}`] : []),
  ]
}

/** The proxy through which this machine's own apt goes, if it has one. */
export function machineProxy(): URL | undefined {
  const { stdout } = attemptSync('apt-config', ['shell', 'PROXY', 'Acquire::http::Proxy'])
  const [, url] = /^PROXY='(http:[^']+)'/m.exec(stdout) ?? []
  return url ? new URL(url) : undefined
}
