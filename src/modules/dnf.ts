import { defineModule } from './define.ts'
import { dnfArgs } from './packages/dnf-args.ts'
import { rpmModule } from './packages/rpm-module.ts'

/** Packages of the rpm family, as Ansible's `dnf`, without Python. */
export default defineModule({
  name: 'dnf',
  doc: {
    summary: 'Install, upgrade and remove packages with dnf',
    checkMode: 'Newer versions are told from the metadata the host has: a check fetches none.',
    example: '- dnf: { name: [rsyslog, rsyslog-gnutls], state: latest, enablerepo: [epel] }',
    returns: { packages: 'name → installed version, or null', manager: 'dnf or yum', results: 'empty' },
  },
  args: dnfArgs,
  ...rpmModule,
})
