import type { Case } from '../case.ts'

const path = '{{dir}}/keys'
const ed25519 = 'AAAAC3NzaC1lZDI1NTE5AAAAIBNvMM/jdmwiJ7RieAbSYvu0n4Y4zH4BBsdzF6B6Rcx/'
const one = `ssh-ed25519 ${ed25519} one@host`
const two = 'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQC7 two words@host'
const both = `# head\n${one}\n\nno key here\nno-pty,from="a,b" ${two}\n`

const key = (args: Readonly<Record<string, unknown>>, keys?: string, more: Partial<Case> = {}): Case => ({
  module: 'ansible.posix.authorized_key',
  args: { user: 'root', path, manage_dir: false, ...args },
  ...(keys === undefined ? {} : { start: { keys } }),
  ...more,
})

export const authorizedKeyCases: readonly Case[] = [
  key({ key: one }),
  key({ key: `${one}\n` }, both),
  key({ key: `${one}\n${two}` }, '# head\n'),
  key({ key: one }, one),
  key({ key: two }, both),
  key({ key: two, key_options: 'no-pty,from="a,b"' }, both),
  key({ key: two, key_options: 'from="a,b",no-pty' }, both),
  key({ key: two, key_options: 'command="echo \\"it\'s\\"",no-pty' }, both, {
    differs: 'Ansible takes options apart at an apostrophe, and puts a comma there',
  }),
  key({ key: one, comment: 'another comment' }, both),
  key({ key: `ssh-ed25519 ${ed25519}` }, both),
  key({ key: `ssh-ed25519 ${ed25519}` }),
  key({ key: `no-pty ssh-ed25519 ${ed25519} x` }, both),
  key({ key: `environment="A=1",environment="B=2" ssh-ed25519 ${ed25519} x` }, both),
  key({ key: one, exclusive: true }, both),
  key({ key: `${two}\n${one}`, exclusive: true }, both),
  key({ key: one, exclusive: true }, `${one}\n`),
  key({ key: one, state: 'absent' }, both),
  key({ key: one, state: 'absent' }, '# head\n'),
  key({ key: one, state: 'absent' }),
  key({ key: `ssh-ed25519 ${ed25519} other comment`, state: 'absent' }, both),
  key({ key: `# comment\n\n${one}` }, both),
  key({ key: 'nonsense' }, both),
  key({ key: one }, `${one}\n${one}\n`),
  key({ key: two }, `${one}\t\n  ${two}  \n`),
  key({ key: two }, `ssh-ed25519    ${ed25519}   a  b\n`),
  key({ key: one }, both, { arrange: 'chmod 0644 keys' }),
  key({ key: one, user: 'nobody-here' }, both),
  key({ key: one, path: '{{dir}}/ssh/keys', manage_dir: true }),
  key({ key: one, path: '{{dir}}/ssh/keys', manage_dir: true }, undefined, {
    arrange: 'mkdir -m 0755 ssh; chown daemon ssh',
  }),
  key({ key: one, user: 'daemon', path: '{{dir}}/ssh/keys', manage_dir: true }),
  key({ key: one, follow: true }, undefined, { arrange: 'echo "# x" >real; ln -s real keys' }),
  key({ key: one }, undefined, {
    arrange: 'echo "# x" >real; ln -s real keys',
    differs: 'Ansible puts a file in place of the link; here that needs a word (follow: true) or other hands',
  }),
]
