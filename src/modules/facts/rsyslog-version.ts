/** The first rsyslog whose omfwd action takes a CA of its own (`StreamDriver.CAFile`). */
const perActionCa = [8, 2108] as const

export interface OsRelease {
  readonly id: string
  readonly like: string
  readonly version: string
}

export function hasPerActionCa(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > perActionCa[0] || (major === perActionCa[0] && minor >= perActionCa[1])
}

/** `8.2302.0` out of a package's version such as `8.2302.0-1+deb12u2` or `1:8.2302.0-1.el9`. */
export function upstreamVersion(version: string): string | undefined {
  return /(?:^|:)(\d+(?:\.\d+)+)/.exec(version)?.[1]
}

/**
 * Whether the rsyslog a distribution brings is new enough, where nobody can be asked yet: Debian 11, Ubuntu 20.04
 * and Red Hat 8 and what came before them are not. For announcements only; an apply asks rsyslogd itself.
 */
export function predictPerActionCa({ id, like, version }: OsRelease): boolean {
  const release = Number.parseFloat(version)
  if (Number.isNaN(release)) return true
  if (id === 'debian') return release > 11
  if (id === 'ubuntu') return release > 20.04
  const redHat =
    ['rhel', 'centos', 'almalinux', 'rocky', 'ol'].includes(id) || (/\b(rhel|centos)\b/.test(like) && id !== 'fedora')
  return redHat ? release >= 9 : true
}
