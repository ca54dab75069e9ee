const mode = 'octal digits or symbolic letters'
const time = 'a moment in digits'
const name = 'letters, digits and few signs'
const ports = 'ports'

/** Texts of which the schema takes no canary that means something to a shell, and what they are instead. */
export const closed: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  blockinfile: { mode },
  lineinfile: { mode },
  replace: { mode, encoding: 'an encoding by its name' },
  apt: { 'name[]': 'names of packages', default_release: 'the name of a release', dpkg_options: 'options of dpkg' },
  copy: { mode, directory_mode: mode },
  file: { mode, access_time: time, modification_time: time },
  get_url: { mode, checksum: 'an algorithm and digits, or an address for the controller' },
  find: { age: 'a number with a unit', size: 'a number with a unit' },
  netfilter: {
    chain: name,
    log_chain: name,
    log_prefix: 'a prefix without quotes and spaces',
    log_limit: 'a rate',
    log_level: 'a severity',
    'allowed_tcp_ports[]': ports,
    'allowed_udp_ports[]': ports,
  },
  package: { 'name[]': 'names of packages', use: 'a manager by its name' },
  package_facts: { 'manager[]': 'names of package managers' },
  service: { name, runlevel: name },
  authorized_key: { user: name },
  cron: { user: name },
  sysctl: { name: 'the name of a setting' },
  known_hosts: { name: 'the name of a host', key: 'a line of known_hosts for the name' },
  hostname: { name: 'the name of a host' },
  iptables: {
    rule_num: 'a number',
    wait: 'seconds',
    'match[]': 'names of extensions',
    fragment: 'refused',
    set_counters: 'two numbers',
    'destination_ports[]': ports,
    'ctstate[]': 'states of a connection',
  },
  group: { name },
  user: {
    name,
    group: name,
    groups: 'names of groups',
    'groups[]': 'names of groups',
    umask: 'octal digits',
    ssh_key_type: 'a type of key by its name',
  },
  setup: { 'gather_subset[]': 'names of subsets' },
  systemd: { name },
  template: { mode, output_encoding: 'an encoding by its name' },
  wait_for: { host: 'a name or an address', 'exclude_hosts[]': 'addresses' },
}
