export type Subset = 'min' | 'hardware' | 'network' | 'virtual'

const every: readonly Subset[] = ['min', 'hardware', 'network', 'virtual']

/** Ansible's names of subsets → the parts they mean here; a name of a single fact gathers its whole part. */
export const subsets: Readonly<Record<string, readonly Subset[]>> = {
  all: every,
  ...part('min', [
    'min',
    'apparmor',
    'architecture',
    'chroot',
    'cmdline',
    'date_time',
    'distribution',
    'distribution_major_version',
    'distribution_release',
    'distribution_version',
    'dns',
    'effective_group_ids',
    'effective_user_id',
    'env',
    'fips',
    'is_chroot',
    'kernel',
    'kernel_version',
    'loadavg',
    'local',
    'lsb',
    'machine',
    'machine_id',
    'nodename',
    'os_family',
    'pkg_mgr',
    'platform',
    'processor_nproc',
    'real_user_id',
    'selinux',
    'service_mgr',
    'ssh_host_pub_keys',
    'ssh_pub_keys',
    'system',
    'user',
    'user_dir',
    'user_gecos',
    'user_gid',
    'user_id',
    'user_shell',
    'user_uid',
  ]),
  ...part('hardware', [
    'hardware',
    'bios_date',
    'devices',
    'memory_mb',
    'memtotal_mb',
    'mounts',
    'processor',
    'processor_cores',
    'processor_count',
    'product_name',
    'product_uuid',
  ]),
  ...part('network', [
    'network',
    'all_ipv4_addresses',
    'all_ipv6_addresses',
    'default_ipv4',
    'default_ipv6',
    'interfaces',
  ]),
  ...part('virtual', [
    'virtual',
    'virtualization_role',
    'virtualization_type',
    'virtualization_tech_guest',
    'virtualization_tech_host',
  ]),
}

function part(subset: Subset, names: readonly string[]): Record<string, readonly Subset[]> {
  return Object.fromEntries(names.map((name) => [name, [subset]]))
}

/** As Ansible: `min` unless `!min`; only exclusions mean all but these; `!all` means only `min`. */
export function wantedSubsets(names: readonly string[]): ReadonlySet<Subset> {
  const given = names.map((name) => name.trim())
  const added = given.filter((name) => !name.startsWith('!'))
  const left = given.filter((name) => name.startsWith('!')).map((name) => name.slice(1))
  const start = added.length === 0 && !left.includes('all') ? every : added.flatMap((name) => subsets[name] ?? [])
  const out = new Set(
    left.flatMap((name) => (name === 'all' ? every.filter((each) => each !== 'min') : (subsets[name] ?? []))),
  )
  const named = new Set(added.filter((name) => name !== 'all').flatMap((name) => subsets[name] ?? []))
  return new Set((['min', ...start] as const).filter((subset) => !out.has(subset) || named.has(subset)))
}
