import type { Mapping } from '../../source/value.ts'
import { aptReadOnly } from './probe.ts'

/** How one package database is asked for everything in it, and what its answer means. */
export interface Lister {
  /** A shell condition: the database is there and in use. */
  readonly installed: string
  readonly script: string
  read(rows: readonly string[]): Mapping[]
}

const rpmFormat = String.raw`%{NAME}\t%{VERSION}\t%{RELEASE}\t%{EPOCH}\t%{ARCH}\n`
const dpkgFormat = String.raw`dpkg\t${'${db:Status-Status}'}\t${'${Package}'}\t${'${Version}'}\t${'${Architecture}'}\t${'${Section}'}\n`

/** By Ansible's names, in its order. An empty rpm database on a Debian is no package manager. */
export const listers: Readonly<Record<string, Lister>> = {
  rpm: {
    installed: '[ -n "$(rpm -qa --last 2>/dev/null | head -n 1)" ]',
    script: `rpm -qa --qf '${rpmFormat}'`,
    read: (rows) =>
      rows.map((row) => {
        const [name = '', version = '', release = '', epoch = '', arch = ''] = row.split('\t')
        const known = (value: string) => (value === '(none)' ? null : value)
        const number = known(epoch) === null ? null : Number(epoch)
        return { name, version, release, epoch: number, arch: known(arch), source: 'rpm' }
      }),
  },
  apt: {
    installed: 'command -v dpkg-query >/dev/null && command -v apt-cache >/dev/null',
    script: `printf 'native\\t%s\\n' "$(dpkg --print-architecture)"
dpkg-query -W -f '${dpkgFormat}'
apt-cache ${aptReadOnly.join(' ')} policy | sed 's/^/release\\t/'
dpkg-query -W -f '\${Package}:\${Architecture}\\n' | sed 's/:all$//' | xargs apt-cache ${aptReadOnly.join(' ')} policy | sed 's/^/policy\\t/'`,
    read: readApt,
  },
  apk: {
    installed: 'command -v apk >/dev/null',
    script: 'apk info -v',
    read: (rows) =>
      rows.flatMap((row) => {
        const [, name, version, release] = /^(.+)-([^-]+)-([^-]+)$/.exec(row) ?? []
        return name === undefined ? [] : [{ name, version: version ?? '', release: release ?? '', source: 'apk' }]
      }),
  },
}

function readApt(rows: readonly string[]): Mapping[] {
  const fields = rows.map((row) => row.split('\t'))
  const of = (kind: string) => fields.flatMap(([first, ...rest]) => (first === kind ? [rest] : []))
  const [[native] = ['']] = of('native')
  const lineOf = ([line = '']: readonly string[]) => line
  const origins = installedOrigins(of('policy').map(lineOf), releaseOrigins(of('release').map(lineOf)))
  return of('dpkg').flatMap(([status, name = '', version = '', arch = '', category = '']) => {
    if (status === 'not-installed' || status === 'config-files') return []
    const own = arch === 'all' || arch === native
    const full = own ? name : `${name}:${arch}`
    return [{ name: full, version, arch, category, origin: origins.get(full) ?? '', source: 'apt' }]
  })
}

/** `apt-cache policy`: an index (`http://… trixie/main amd64 Packages`) → the origin that its release names. */
function releaseOrigins(lines: readonly string[]): ReadonlyMap<string, string> {
  const origins = new Map<string, string>()
  let index = ''
  for (const line of lines) {
    const named = /^ *-?\d+ (\S.*)$/.exec(line)
    if (named) index = named[1] ?? ''
    const origin = /^\s+release .*\bo=([^,]*)/.exec(line)?.[1]
    if (origin !== undefined) origins.set(index, origin)
  }
  return origins
}

/** `apt-cache policy NAME…`: of each package the origin of the first place that has the installed version. */
function installedOrigins(lines: readonly string[], origins: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  let name = ''
  let installed = false
  for (const line of lines) {
    if (/^\S.*:$/.test(line)) [name, installed] = [line.slice(0, -1), false]
    else if (line.startsWith(' *** ')) installed = true
    else if (installed) {
      installed = false
      found.set(name, origins.get(line.trim().replace(/^-?\d+ /, '')) ?? '')
    }
  }
  return found
}
