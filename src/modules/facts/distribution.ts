import type { Value } from '../../source/value.ts'

export interface DistributionFiles {
  readonly release: Readonly<Record<string, string>>
  readonly debianVersion: string
  readonly redhatRelease: string
  readonly alpineRelease: string
  readonly kernel: string
}

/** os-release's ID → the name and the family that Ansible's playbooks compare with. */
const known: Readonly<Record<string, readonly [string, string]>> = {
  debian: ['Debian', 'Debian'],
  ubuntu: ['Ubuntu', 'Debian'],
  raspbian: ['Debian', 'Debian'],
  linuxmint: ['Linux Mint', 'Debian'],
  kali: ['Kali', 'Debian'],
  devuan: ['Devuan', 'Debian'],
  pop: ['Pop!_OS', 'Debian'],
  rhel: ['RedHat', 'RedHat'],
  centos: ['CentOS', 'RedHat'],
  fedora: ['Fedora', 'RedHat'],
  rocky: ['Rocky', 'RedHat'],
  almalinux: ['AlmaLinux', 'RedHat'],
  ol: ['OracleLinux', 'RedHat'],
  amzn: ['Amazon', 'RedHat'],
  sles: ['SLES', 'Suse'],
  sles_sap: ['SLES_SAP', 'Suse'],
  'opensuse-leap': ['openSUSE Leap', 'Suse'],
  'opensuse-tumbleweed': ['openSUSE Tumbleweed', 'Suse'],
  alpine: ['Alpine', 'Alpine'],
  arch: ['Archlinux', 'Archlinux'],
  gentoo: ['Gentoo', 'Gentoo'],
  void: ['Void', 'Void'],
}

const families: readonly (readonly [RegExp, string])[] = [
  [/\b(debian|ubuntu)\b/, 'Debian'],
  [/\b(rhel|centos|fedora)\b/, 'RedHat'],
  [/\bsuse\b/, 'Suse'],
]

export function distributionFacts(files: DistributionFiles): Record<string, Value> {
  const { release } = files
  const id = release['ID'] ?? ''
  const like = release['ID_LIKE'] ?? ''
  const [name, family] = known[id] ?? [release['NAME'] ?? 'Linux', undefined]
  const version = versionOf(id, files)
  const description = release['PRETTY_NAME'] ?? ''
  const codename = release['VERSION_CODENAME'] ?? /\(([^)]+)\)/.exec(release['VERSION'] ?? '')?.[1] ?? 'NA'
  const [major = 'NA', minor] = version.split('.')
  return {
    distribution: name,
    os_family: family ?? families.find(([pattern]) => pattern.test(like))?.[1] ?? name,
    distribution_version: version,
    distribution_major_version: major,
    ...(minor !== undefined && id === 'debian' && { distribution_minor_version: minor }),
    distribution_release: codename,
    lsb: { id: name, release: release['VERSION_ID'] ?? version, major_release: major, codename, description },
  }
}

/** Point releases stand in files of their own: os-release says only `12`, or `9` on CentOS Stream. */
function versionOf(
  id: string,
  { release, debianVersion, redhatRelease, alpineRelease, kernel }: DistributionFiles,
): string {
  const own = release['VERSION_ID'] ?? ''
  if (id === 'debian') return /^\d/.test(debianVersion) ? debianVersion : own || debianVersion
  if (id === 'alpine') return alpineRelease || own
  const redhat = /release (\d+(?:\.\d+)*)/.exec(redhatRelease)?.[1]
  if (redhat !== undefined && own.split('.')[0] === redhat.split('.')[0]) return redhat
  return own || kernel
}
