import { defineModule } from './define.ts'
import { yumArgs } from './packages/dnf-args.ts'
import { rpmModule } from './packages/rpm-module.ts'

/** Packages of the rpm family, as Ansible's `yum`, without Python. */
export default defineModule({
  name: 'yum',
  doc: {
    summary: 'Install, upgrade and remove packages with yum, or dnf where the host has that',
    checkMode: 'Newer versions are told from the metadata the host has: a check fetches none.',
    example: '- yum: { name: [rsyslog, rsyslog-gnutls], state: latest, enablerepo: [epel] }',
    returns: { packages: 'name → installed version, or null', manager: 'dnf or yum', results: 'empty' },
  },
  args: yumArgs,
  ...rpmModule,
})
