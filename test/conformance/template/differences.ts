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
    '{% set a = dict | to_json %}{{ a }}',
    'that text is final (must not be read as data again) is known of an expression or variable, not of a name set inside',
  ],
  ['{% include "part.j2" %}', 'a value finds includes in the search paths too, not only beside the playbook'],
])
