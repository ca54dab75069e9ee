import { z } from 'zod'
import { nothing } from '../shell/script.ts'
import type { Mapping } from '../source/value.ts'
import { defineModule } from './define.ts'
import { ask, first, readSections } from './facts/sections.ts'
import { openrcServices, sysvServices, systemdServices } from './facts/services.ts'

const unitFiles = 'systemctl list-unit-files --no-pager --no-legend --type service --all'

/** What the host's service managers are asked; where there is none, nothing answers. */
const questions = {
  init: 'cat /proc/1/comm',
  managers:
    'for t in service chkconfig rc-status rc-update systemctl; do if command -v $t >/dev/null; then echo $t; fi; done',
  sysv: 'if command -v service >/dev/null && ! command -v chkconfig >/dev/null && ! command -v rc-status >/dev/null; then service --status-all 2>&1; fi',
  chkconfig:
    'if command -v chkconfig >/dev/null; then LANG=C chkconfig --list | while read -r n l; do if service "$n" status >/dev/null; then s=running; else s=stopped; fi; echo "$s $n $l"; done; fi',
  openrc: `if command -v rc-status >/dev/null; then rc-status -a -s -m 2>&1 | grep '^ ' | tr -d '[]'; fi`,
  runlevels: `if command -v rc-update >/dev/null; then rc-update show -v 2>&1 | grep '|'; fi`,
  units: 'if grep -q systemd /proc/1/comm; then systemctl list-units --no-pager --no-legend --type service --all; fi',
  files: `if grep -q systemd /proc/1/comm; then ${unitFiles}; fi`,
  // A template without an instance is no unit, and one such name spoils the answer for all.
  states: `if grep -q systemd /proc/1/comm; then
  set -- $(${unitFiles} | sed -n '/^[^ ]*@\\.service /!s/ .*//p')
  for n; do echo "$n"; done
  echo ===
  [ $# = 0 ] || systemctl show --property=ActiveState -- "$@"
fi`,
}

/** The services of a host under Ansible's names. */
export default defineModule({
  name: 'service_facts',
  doc: {
    summary: "List the host's services and their states (systemd, SysV, OpenRC)",
    checkMode: 'Looks as in a real run.',
    example: `- service_facts:
- debug: { msg: rsyslog runs }
  when: services['rsyslog.service'].state == 'running'`,
    returns: { ansible_facts: 'services: name → name, state, source, and (systemd) status or (OpenRC) runlevels' },
  },
  args: z.strictObject({}),
  readOnly: true,
  probe: () => ask(questions),
  parse: readSections,
  plan: () => ({ changes: [] }),
  apply: () => ({ script: nothing }),
  result(_wish, sections): Mapping {
    const rows = (name: string) => sections.get(name) ?? []
    const services: Mapping = {
      ...sysvServices(rows('sysv'), rows('chkconfig')),
      ...openrcServices(rows('openrc'), rows('runlevels')),
      ...(first(sections, 'init').includes('systemd')
        ? systemdServices(rows('units'), rows('files'), rows('states'))
        : {}),
    }
    if (Object.keys(services).length > 0) return { ansible_facts: { services } }
    const msg = 'Failed to find any services. This can be due to privileges or some other configuration issue.'
    return { skipped: true, msg }
  },
})
