import type { RunEvent, TaskEvent, TaskRef } from '../../../src/report/events.ts'

export const install: TaskRef = {
  name: 'Install rsyslog',
  module: 'package',
  role: 'netfilter',
  at: 'playbooks/roles/netfilter/tasks/main.yml:3',
}
export const configure: TaskRef = {
  name: 'Write the rsyslog configuration',
  module: 'template',
  at: 'playbooks/tasks/11-netfilter.yml:12',
}
export const version: TaskRef = { name: 'Say the version', module: 'debug', at: 'playbooks/netfilter.yml:9' }
export const restart: TaskRef = { name: 'Restart rsyslog', module: 'service', at: 'playbooks/h.yml:2', handler: true }

export function outcome(host: string, task: TaskRef, rest: Partial<TaskEvent> = {}): TaskEvent {
  return { event: 'task', host, task, outcome: 'ok', check: false, changes: [], ms: 120, ...rest }
}

const before = ['module(load="imuxsock")', '*.* /var/log/messages', 'a', 'b', 'c', 'd', 'e', 'f', '& stop', ''].join(
  '\n',
)
export const configDiff = {
  name: '/etc/rsyslog.d/11-netfilter.conf',
  before,
  after: before.replace('*.* /var/log/messages', ':msg, contains, "NF" /var/log/nf').replace('& stop\n', '& stop'),
}

/** One play over four hosts with one of everything that can happen. */
export function smallRun(check: boolean): RunEvent[] {
  const play = "Log the firewall's drops"
  const hosts = ['web1', 'web2', 'db-primary', '数据库1']
  return [
    { event: 'run-start', playbooks: ['playbooks/netfilter.yml'], mode: check ? 'check' : 'apply' },
    { event: 'play-start', play, hosts, tasks: 4 },
    { event: 'warning', message: 'the group "gateways" is empty' },
    ...hosts.map((host): RunEvent => ({ event: 'host-start', host, play })),
    { event: 'notice', host: 'web2', message: 'waiting for the lock that alice@ops holds since 12:31' },
    { event: 'task-start', host: 'web1', task: install },
    outcome('web1', install, { check, item: 'rsyslog' }),
    outcome('web1', install, {
      check,
      item: 'rsyslog-gnutls',
      outcome: 'changed',
      changes: [{ what: 'install rsyslog-gnutls 8.2302.0' }],
    }),
    outcome('web1', install, {
      check,
      outcome: 'changed',
      changes: [{ what: 'install rsyslog-gnutls 8.2302.0' }],
    }),
    outcome('web1', configure, {
      check,
      outcome: 'changed',
      changes: [{ what: 'content', diff: configDiff }, { what: 'mode 0644 → 0600' }],
      result: { changed: true, dest: '/etc/rsyslog.d/11-netfilter.conf' },
    }),
    outcome('web1', version, { check, result: { msg: 'rsyslog 8.2302.0', changed: false } }),
    outcome('web1', restart, {
      check,
      outcome: check ? 'may-change' : 'changed',
      ...(check ? { message: 'it depends on the packages above' } : { changes: [{ what: 'restarted' }] }),
    }),
    { event: 'host-end', host: 'web1', play, state: 'done' },
    outcome('web2', install, { check, outcome: 'ok' }),
    outcome('web2', configure, { check, outcome: 'changed', changes: [{ what: 'content', diff: configDiff }] }),
    outcome('web2', version, { check, result: { version: { major: 8, minor: 2302 }, changed: false } }),
    outcome('web2', restart, { check, outcome: 'skipped', message: 'when: not in_container' }),
    { event: 'host-end', host: 'web2', play, state: 'done' },
    outcome('db-primary', install, {
      check,
      outcome: 'failed',
      message:
        'apt-get exited with 100\r\nE: Unable to locate package rsyslog-gnutls\r\n\tsee \u001b[31mapt(8)\u001b[0m\r\n',
      hint: 'refresh the package lists with `update_cache: true`',
    }),
    { event: 'host-end', host: 'db-primary', play, state: 'failed' },
    outcome('数据库1', install, {
      check,
      outcome: 'unreachable',
      message: 'connect to 192.0.2.7 port 22: connection timed out after 10 s',
    }),
    { event: 'host-end', host: '数据库1', play, state: 'unreachable' },
    { event: 'play-end', play },
  ]
}
