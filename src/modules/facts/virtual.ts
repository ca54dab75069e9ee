import type { Value } from '../../source/value.ts'
import { first, type Sections } from './sections.ts'

/** What the host runs on or in: Ansible's subset `virtual`, best effort. */
export const virtualQuestions: Readonly<Record<string, string>> = {
  cgroup: 'cat /proc/1/cgroup',
  init_env: "tr '\\n\\000' '\\001\\n' </proc/1/environ | grep '^container='",
  container: 'cat /run/systemd/container',
  docker: 'ls /.dockerenv /.dockerinit',
  xen: 'ls -d /proc/xen; cat /proc/xen/capabilities',
  vz: 'ls -d /proc/vz /proc/bc',
  product: 'cat /sys/class/dmi/id/product_name',
  vendor: 'cat /sys/class/dmi/id/sys_vendor',
  bios: 'cat /sys/class/dmi/id/bios_vendor',
  cpu: "grep -m 1 -i '^model name' /proc/cpuinfo",
  modules: 'ls -d /sys/module/kvm /sys/module/vboxdrv',
}

interface Found {
  readonly type: string
  readonly role: 'guest' | 'host'
}

export function virtualFacts(sections: Sections): Record<string, Value> {
  const found = [...containers(sections), ...machines(sections), ...hosts(sections)]
  const chosen = found[0]
  const all = (role: Found['role']) =>
    [...new Set(found.filter((each) => each.role === role).map(({ type }) => type))].sort()
  return {
    virtualization_type: chosen?.type ?? 'NA',
    virtualization_role: chosen?.role ?? 'NA',
    virtualization_tech_guest: all('guest'),
    virtualization_tech_host: all('host'),
  }
}

function guests(...types: readonly (string | false | undefined)[]): Found[] {
  return types.flatMap((type) => (type ? [{ type, role: 'guest' } as const] : []))
}

function containers(sections: Sections): Found[] {
  const cgroup = (sections.get('cgroup') ?? []).join('\n')
  const told = first(sections, 'init_env').replace(/^container=/, '')
  const systemd = first(sections, 'container')
  const found = guests(
    /\/docker(\/|-[0-9a-f]+\.scope)/.test(cgroup) && 'docker',
    /\/lxc\/|\/machine\.slice\/machine-lxc/.test(cgroup) && 'lxc',
    /\/system\.slice\/containerd\.service/.test(cgroup) && 'containerd',
    told.startsWith('lxc') && 'lxc',
    told === 'podman' && 'podman',
    told !== '' && 'container',
    (sections.get('vz') ?? []).length === 1 && 'openvz',
    systemd,
    first(sections, 'docker') !== '' && 'docker',
  )
  return found.length > 0 ? [...found, { type: 'container', role: 'guest' }] : []
}

const vendors: Readonly<Record<string, string>> = {
  QEMU: 'kvm',
  'Amazon EC2': 'kvm',
  DigitalOcean: 'kvm',
  Hetzner: 'kvm',
  Google: 'kvm',
  Scaleway: 'kvm',
  Nutanix: 'kvm',
  KubeVirt: 'KubeVirt',
  oVirt: 'oVirt',
  'Microsoft Corporation': 'VirtualPC',
  'Parallels Software International Inc.': 'parallels',
  'OpenStack Foundation': 'openstack',
  'innotek GmbH': 'virtualbox',
  Xen: 'xen',
}

const products: Readonly<Record<string, string>> = {
  KVM: 'kvm',
  'KVM Server': 'kvm',
  Bochs: 'kvm',
  AHV: 'kvm',
  'VMware Virtual Platform': 'VMware',
  'VMware7,1': 'VMware',
  'VMware20,1': 'VMware',
  'OpenStack Compute': 'openstack',
  'OpenStack Nova': 'openstack',
}

function machines(sections: Sections): Found[] {
  const xen = sections.get('xen') ?? []
  const control = xen.some((row) => row.includes('control_d'))
  const emulated = /QEMU Virtual CPU/.test(first(sections, 'cpu'))
  return [
    ...(xen.length > 0 ? [{ type: 'xen', role: control ? 'host' : 'guest' } as const] : []),
    ...guests(
      products[first(sections, 'product')],
      vendors[first(sections, 'bios')],
      vendors[first(sections, 'vendor')],
      emulated && 'kvm',
    ),
  ]
}

function hosts(sections: Sections): Found[] {
  const modules = sections.get('modules') ?? []
  return [
    ...(modules.includes('/sys/module/kvm') ? [{ type: 'kvm', role: 'host' } as const] : []),
    ...(modules.includes('/sys/module/vboxdrv') ? [{ type: 'virtualbox', role: 'host' } as const] : []),
  ]
}
