import type { Value } from '../../source/value.ts'
import { first, type Sections } from './sections.ts'

/** Processors, memory, file systems, what the firmware says: Ansible's subset `hardware`. */
const firmware = {
  bios_date: 'bios_date',
  bios_vendor: 'bios_vendor',
  bios_version: 'bios_version',
  board_asset_tag: 'board_asset_tag',
  board_name: 'board_name',
  board_serial: 'board_serial',
  board_vendor: 'board_vendor',
  board_version: 'board_version',
  chassis_asset_tag: 'chassis_asset_tag',
  chassis_serial: 'chassis_serial',
  chassis_vendor: 'chassis_vendor',
  chassis_version: 'chassis_version',
  form_factor: 'chassis_type',
  product_name: 'product_name',
  product_serial: 'product_serial',
  product_uuid: 'product_uuid',
  product_version: 'product_version',
  system_vendor: 'sys_vendor',
} as const

export const hardwareQuestions: Readonly<Record<string, string>> = {
  cpuinfo: 'cat /proc/cpuinfo',
  nproc: 'nproc || getconf _NPROCESSORS_ONLN',
  meminfo: 'cat /proc/meminfo',
  dmi: `for _f in ${[...new Set(Object.values(firmware))].join(' ')}; do
printf '%s %s\\n' "$_f" "$(cat /sys/class/dmi/id/$_f 2>/dev/null)"; done`,
  // A server that is gone would hang a file system's numbers for ever.
  mounts: `_t=; ! command -v timeout >/dev/null || _t='timeout 5'
while read -r _d _m _f _o _x; do case $_d in /*|*:/*)
  printf '%s %s %s %s ' "$_d" "$_m" "$_f" "$_o"; $_t stat -f -c '%S %b %a %c %d' "$(printf '%b' "$_m")" || echo
esac; done </proc/mounts`,
  uuids: 'for _f in /dev/disk/by-uuid/*; do [ -L "$_f" ] && printf "%s %s\\n" "${_f##*/}" "$(readlink -f "$_f")"; done',
}

export function hardwareFacts(sections: Sections): Record<string, Value> {
  return { ...processors(sections), ...memory(sections), ...dmi(sections), mounts: mounts(sections) }
}

function processors(sections: Sections): Record<string, Value> {
  const cpus: Record<string, string>[] = []
  for (const row of sections.get('cpuinfo') ?? []) {
    const [key = '', ...value] = row.split(':')
    if (key.trim() === 'processor') cpus.push({})
    const cpu = cpus.at(-1)
    if (cpu && key.trim() !== '') cpu[key.trim()] = value.join(':').trim()
  }
  const sockets = new Set(cpus.map((cpu) => cpu['physical id'] ?? '0')).size
  const cores = Number(cpus[0]?.['cpu cores'] ?? 1)
  const listed = cpus.length || 1
  // ARM lists processors only: each is taken for a socket of its own, as Ansible does.
  const bare = cpus[0]?.['physical id'] === undefined
  const count = bare ? listed : sockets
  const threads = bare ? 1 : Math.max(1, Math.floor(Number(cpus[0]?.['siblings'] ?? cores) / cores))
  return {
    processor: cpus.flatMap((cpu, index) =>
      [String(index), cpu['vendor_id'], cpu['model name']].filter((text) => text !== undefined),
    ),
    processor_count: count,
    processor_cores: bare ? 1 : cores,
    processor_threads_per_core: threads,
    processor_vcpus: count * threads * (bare ? 1 : cores),
    processor_nproc: Number(first(sections, 'nproc')) || listed,
  }
}

function memory(sections: Sections): Record<string, Value> {
  const kilobytes = new Map(
    (sections.get('meminfo') ?? []).map((row) => {
      const [name = '', value = '0'] = row.split(/:\s+| /)
      return [name, Number(value)] as const
    }),
  )
  const mb = (name: string) => Math.floor((kilobytes.get(name) ?? 0) / 1024)
  const total = mb('MemTotal')
  const free = mb('MemFree')
  const loose = Math.floor(
    ((kilobytes.get('MemFree') ?? 0) + (kilobytes.get('Cached') ?? 0) + (kilobytes.get('Buffers') ?? 0)) / 1024,
  )
  const swap = { total: mb('SwapTotal'), free: mb('SwapFree') }
  return {
    memtotal_mb: total,
    memfree_mb: free,
    swaptotal_mb: swap.total,
    swapfree_mb: swap.free,
    memory_mb: {
      real: { total, used: total - free, free },
      nocache: { free: loose, used: total - loose },
      swap: { ...swap, used: swap.total - swap.free, cached: mb('SwapCached') },
    },
  }
}

/** Chassis types of the SMBIOS specification, as Ansible words them. */
const formFactors = [
  'Unknown',
  'Other',
  'Unknown',
  'Desktop',
  'Low Profile Desktop',
  'Pizza Box',
  'Mini Tower',
  'Tower',
  'Portable',
  'Laptop',
  'Notebook',
  'Hand Held',
  'Docking Station',
  'All In One',
  'Sub Notebook',
  'Space-saving',
  'Lunch Box',
  'Main Server Chassis',
  'Expansion Chassis',
  'Sub Chassis',
  'Bus Expansion Chassis',
  'Peripheral Chassis',
  'RAID Chassis',
  'Rack Mount Chassis',
  'Sealed-case PC',
  'Multi-system',
  'CompactPCI',
  'AdvancedTCA',
  'Blade',
]

function dmi(sections: Sections): Record<string, Value> {
  const rows = new Map(
    (sections.get('dmi') ?? []).map((row) => {
      const at = row.indexOf(' ')
      return [row.slice(0, at), row.slice(at + 1).trim()] as const
    }),
  )
  return Object.fromEntries(
    Object.entries(firmware).map(([fact, file]) => {
      const value = rows.get(file) ?? ''
      if (value === '') return [fact, 'NA'] as const
      return [fact, file === 'chassis_type' ? (formFactors[Number(value)] ?? value) : value] as const
    }),
  )
}

function mounts(sections: Sections): Value[] {
  const uuids = new Map((sections.get('uuids') ?? []).map((row) => row.split(' ').reverse() as [string, string]))
  return (sections.get('mounts') ?? []).flatMap((row) => {
    const [device = '', mount = '', fstype = '', options = '', ...numbers] = row.trim().split(' ')
    const [size = 0, blocks = 0, available = 0, inodes = 0, inodesFree = 0] = numbers.map(Number)
    if (fstype === 'none' || fstype === '') return []
    return [
      {
        mount: unescaped(mount),
        device: unescaped(device),
        fstype,
        options,
        uuid: uuids.get(device) ?? 'N/A',
        ...(numbers.length === 5 && {
          block_size: size,
          block_total: blocks,
          block_available: available,
          block_used: blocks - available,
          size_total: size * blocks,
          size_available: size * available,
          inode_total: inodes,
          inode_available: inodesFree,
          inode_used: inodes - inodesFree,
        }),
      },
    ]
  })
}

/** The kernel writes a blank in a path as \\040. */
function unescaped(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_all, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)))
}
