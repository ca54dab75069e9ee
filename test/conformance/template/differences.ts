const text = 'only what is written in a literal is rendered again, never text put together or received'

/** Templates whose answer differs from ansible-core's on purpose, and why. */
export const differences: ReadonlyMap<string, string> = new Map([
  [
    '{{ five | ansible.builtin.string }}',
    "Ansible knows only its own filters under the collection's name, not Jinja's; here both have it",
  ],
  ["{{ 'abc'.encode('utf-8') | type_debug == 'bytes' }}", 'there are no bytes here, only text'],
  ['{{ odd_keys.__class__ }}', "Python's inner attributes do not exist here: a key of that name is only a key"],
  ['{{ namespace }}{{ range }}', 'how a function prints'],
  [
    '{{ [nothing_here] | string }}',
    'an undefined value hidden in a list fails instead of showing as AnsibleUndefined(…)',
  ],
  ['{{ 2 ** 53 }}', 'whole numbers from 2^53 on are an error: they would lose digits'],
  ['{{ (-8) ** 0.5 }}', 'there are no complex numbers here'],
  ["{{ query('items', '{' ~ '{ name }' ~ '}') }}", text],
  ["{% set t = '{' ~ '{ name }' ~ '}' %}{{ query('items', t) }}", text],
  ['{{ 2 ** 64 }}', 'whole numbers beyond 2^53 are an error: they would lose digits'],
  ['{{ 9007199254740993 }}', 'whole numbers beyond 2^53 are an error: they would lose digits'],
  ["{{ '99999999999999999999' | int }}", 'whole numbers beyond 2^53 are an error: they would lose digits'],
  ['{% include "part.j2" %}', 'a value finds includes in the search paths too, not only beside the playbook'],
])
