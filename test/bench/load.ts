import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { race, table, type Contestant } from './measure.ts'

/**
 * `npm run bench:load [-- ROUNDS]`: how long it takes to read a fleet (5,000 hosts in 200 groups, each with
 * group_vars) and a playbook of 500 tasks, beside ansible-core where it is installed. No host is reached.
 */
const rounds = Number(process.argv[2] ?? 5)
const main = fileURLToPath(new URL('../../dist/main.js', import.meta.url))
const dir = await mkdtemp(join(tmpdir(), 'sallyport-load-'))
try {
  await writeFleet(join(dir, 'fleet'), 5000, 200)
  await writeFile(join(dir, 'play.yml'), playbook(500))
  await writeFile(join(dir, 'one.yml'), 'all:\n  hosts:\n    one:\n')
  const sallyport = (name: string, ...args: readonly string[]): Contestant => ({
    name: `sallyport ${name}`,
    command: process.execPath,
    args: [main, ...args],
  })
  const ansible = (command: string, ...args: readonly string[]): Contestant[] =>
    spawnSync(command, ['--version']).status === 0
      ? [{ name: command, command, args, env: { ANSIBLE_HOME: join(dir, 'ansible') } }]
      : []
  const [fleet, play, one] = ['fleet', 'play.yml', 'one.yml'].map((name) => join(dir, name)) as [string, string, string]
  const inventory = await race(
    [
      sallyport('inventory --list', 'inventory', '-i', fleet, '--list'),
      ...ansible('ansible-inventory', '-i', fleet, '--list'),
    ],
    rounds,
  )
  process.stdout.write(`${table('5,000 hosts in 200 groups', inventory, 'sallyport inventory --list')}\n`)
  const tasks = await race(
    [sallyport('lint', 'lint', play, '-i', one), ...ansible('ansible-playbook', '--syntax-check', play, '-i', one)],
    rounds,
  )
  process.stdout.write(`${table('A playbook of 500 tasks', tasks, 'sallyport lint')}\n`)
} finally {
  await rm(dir, { recursive: true, force: true })
}

/** A directory inventory: hosts in one file, the groups' variables beside it. */
async function writeFleet(folder: string, hosts: number, groups: number): Promise<void> {
  await mkdir(join(folder, 'group_vars'), { recursive: true })
  const names = Array.from({ length: groups }, (_, index) => `group${index}`)
  const perGroup = hosts / groups
  const sections = names.map((name, group) => {
    const members = Array.from({ length: perGroup }, (_, index) => `host${group * perGroup + index} rack=${index % 20}`)
    return `[${name}]\n${members.join('\n')}\n`
  })
  await writeFile(join(folder, 'hosts'), sections.join('\n'))
  for (const name of ['all', ...names]) {
    const vars = `role_of: ${name}\nports: [80, 443]\nsettings:\n  limit: 60/min\n  greeting: "{{ role_of }} greets"\n`
    await writeFile(join(folder, 'group_vars', `${name}.yml`), vars)
  }
}

function playbook(tasks: number): string {
  const list = Array.from(
    { length: tasks },
    (_, index) => `    - name: Write file ${index}
      copy:
        dest: /etc/bench/{{ part }}/${index}
        content: "number ${index} of {{ inventory_hostname }}"
        mode: "0644"
      when: enabled | default(true)
`,
  )
  return `- hosts: all\n  gather_facts: false\n  vars:\n    part: conf.d\n  tasks:\n${list.join('')}`
}
