import { expect } from 'chai'
import { UserError } from '../../src/errors.ts'
import { runPlaybook, type PlaybookRunOptions } from './playbook-run.ts'

const tasks = (text: string) => `- hosts: all\n  gather_facts: false\n  tasks:\n${text.trim().replace(/^/gm, '    ')}\n`

/** A loop over `debug: var`, and the labels its items have. */
const loops: readonly {
  readonly name: string
  readonly loop: string
  readonly items: readonly string[]
  readonly options?: PlaybookRunOptions
}[] = [
  { name: 'with_items opens one level of lists', loop: 'with_items: [[1, [2]], 3]', items: ['1', '[2]', '3'] },
  { name: 'with_items takes bare text for text', loop: 'with_items: name', items: ['name'] },
  { name: 'with_items goes over the keys of a mapping', loop: 'with_items: { a: 1, b: 2 }', items: ['a', 'b'] },
  { name: 'with_list opens nothing', loop: 'with_list: [[1, 2], 3]', items: ['[1,2]', '3'] },
  { name: 'with_flattened opens everything', loop: 'with_flattened: [[1, [2]], 3]', items: ['1', '2', '3'] },
  {
    name: 'with_dict',
    loop: 'with_dict: { a: 1, b: [2] }',
    items: ['{"key":"a","value":1}', '{"key":"b","value":[2]}'],
  },
  {
    name: 'with_dict over a variable',
    loop: 'with_dict: "{{ {\'a\': 1} }}"',
    items: ['{"key":"a","value":1}'],
  },
  { name: 'with_sequence', loop: 'with_sequence: start=2 end=6 stride=2 format=n%02d', items: ['n02', 'n04', 'n06'] },
  { name: 'with_sequence in short', loop: 'with_sequence: 1-3', items: ['1', '2', '3'] },
  {
    name: 'with_nested',
    loop: 'with_nested: [[1, 2], [a, b]]',
    items: ['[1,"a"]', '[1,"b"]', '[2,"a"]', '[2,"b"]'],
  },
  { name: 'with_cartesian', loop: 'with_cartesian: [[1], [a, b]]', items: ['[1,"a"]', '[1,"b"]'] },
  { name: 'with_together', loop: 'with_together: [[1, 2], [a]]', items: ['[1,"a"]', '[2,null]'] },
  {
    name: 'with_subelements',
    loop: 'with_subelements: [[{ n: a, l: [1, 2] }, { n: b }], l, { skip_missing: true }]',
    items: ['[{"n":"a","l":[1,2]},1]', '[{"n":"a","l":[1,2]},2]'],
  },
  { name: 'with_indexed_items', loop: 'with_indexed_items: [a, b]', items: ['[0,"a"]', '[1,"b"]'] },
  { name: 'with_lines', loop: 'with_lines: printf "a\\nb\\n"', items: ['a', 'b'] },
  { name: 'with_random_choice', loop: 'with_random_choice: [x]', items: ['x'] },
  { name: 'with_env', loop: 'with_env: [SALLYPORT_NOWHERE]', items: [''] },
  { name: 'with_vars', loop: 'with_vars: [inventory_hostname]', items: ['h1'] },
  {
    name: 'with_file',
    loop: 'with_file: [a.txt]',
    options: { files: { 'a.txt': 'hello\n' } },
    items: ['hello'],
  },
  {
    name: 'with_inventory_hostnames',
    loop: 'with_inventory_hostnames: all:!h2',
    options: { hosts: ['h1', 'h2', 'h3'], limit: 'h1' },
    items: ['h1', 'h3'],
  },
  { name: 'the full name of a lookup', loop: 'with_ansible.builtin.items: [1]', items: ['1'] },
  { name: 'an empty list', loop: 'loop: []', items: [] },
]

describe('loops', () => {
  for (const { name, loop, items, options } of loops) {
    it(name, async () => {
      const run = await runPlaybook(
        tasks(`- { name: l, debug: { var: item } }`).replace(' }\n', ` , ${loop} }\n`),
        options,
      )
      const labels = run.tasks.flatMap(({ item, host }) => (item === undefined || host !== 'h1' ? [] : [item]))
      expect(labels, JSON.stringify(run.tasks)).to.deep.equal(items)
      expect(run.code).to.equal(0)
    })
  }

  it('finds files beside the playbook: with_fileglob, with_first_found', async () => {
    const {
      code,
      tasks: ran,
      dir,
    } = await runPlaybook(
      tasks(`
- { name: glob, debug: { var: item }, with_fileglob: 'f/*.txt' }
- { name: first, debug: { var: item }, with_first_found: ['{{ nowhere }}', none.txt, f/b.txt, f/a.txt] }
- { name: skip, debug: { var: item }, with_first_found: [{ files: [none.txt], skip: true }] }`),
      { files: { 'f/a.txt': '', 'f/b.txt': '', 'f/c.md': '' } },
    )
    expect(code, JSON.stringify(ran)).to.equal(0)
    const found = (task: string) =>
      ran.flatMap((event) => (event.task.name === task && event.item !== undefined ? [event.item] : []))
    expect(found('glob').sort()).to.deep.equal([`${dir}/f/a.txt`, `${dir}/f/b.txt`])
    expect(found('first')).to.deep.equal([`${dir}/f/b.txt`])
    expect(found('skip')).to.deep.equal([])
  })

  it('tells items their place with `extended`, and results what they were', async () => {
    const run = await runPlaybook(
      tasks(`
- debug: { msg: '{{ ansible_loop.index }}/{{ ansible_loop.length }} {{ ansible_loop.previtem | default("-") }}{{ n }}' }
  loop: [a, b]
  loop_control: { extended: true, extended_allitems: false, loop_var: n, index_var: i }
  register: r
- assert:
    that:
      - r.results | map(attribute='msg') | list == ['1/2 -a', '2/2 ab']
      - r.results[1].n == 'b' and r.results[1].i == 1 and r.results[1].ansible_loop_var == 'n'
      - r.results[1].ansible_index_var == 'i' and r.results[1].ansible_loop.revindex0 == 0
      - "'allitems' not in r.results[1].ansible_loop"
      - ansible_loop is not defined`),
    )
    expect(run.code, JSON.stringify(run.tasks)).to.equal(0)
  })

  it('lets an item see the fact that the one before it set', async () => {
    const run = await runPlaybook(
      tasks(`
- { set_fact: { all: '{{ all | default([]) + [item] }}' }, loop: [1, 2, 3], when: 'item != 2 or all == [1]' }
- assert: { that: 'all == [1, 2, 3]' }`),
    )
    expect(run.code, JSON.stringify(run.tasks)).to.equal(0)
  })

  it('pauses between items, not before the first', async () => {
    const run = await runPlaybook(
      tasks(`
- { command: date +%s%3N, loop: [1, 2, 3], loop_control: { pause: 0.2 }, register: r, changed_when: false }
- assert:
    that:
      - (r.results[1].stdout | int) - (r.results[0].stdout | int) >= 199
      - (r.results[2].stdout | int) - (r.results[1].stdout | int) >= 199`),
    )
    expect(run.code, JSON.stringify(run.tasks)).to.equal(0)
  })

  it('retries each item on its own, until its condition holds', async () => {
    const run = await runPlaybook(
      tasks(`
- shell: echo x >>{{ playbook_dir }}/{{ item }}; wc -l <{{ playbook_dir }}/{{ item }}
  loop: [a, b]
  register: r
  until: r.stdout | int >= (2 if item == 'a' else 3)
  retries: 5
  delay: 0
- assert: { that: "r.results | map(attribute='attempts') | list == [2, 3]" }
- { command: 'false', register: r, until: r.rc == 0, retries: 2, delay: 0, ignore_errors: true }
- assert: { that: [r.attempts == 2, r is failed] }`),
    )
    expect(run.code, JSON.stringify(run.tasks)).to.equal(0)
  })

  it('leaves ansible_loop undefined unless asked for', async () => {
    const run = await runPlaybook(
      tasks(`- { debug: { msg: '{{ ansible_loop is defined }}' }, loop: [1], register: r }
- assert: { that: 'not r.results[0].msg' }`),
    )
    expect(run.code, JSON.stringify(run.tasks)).to.equal(0)
  })

  it('skips a loop over nothing known when the condition does not hold', async () => {
    const run = await runPlaybook(
      tasks(`
- { name: a, debug: {}, loop: '{{ nowhere }}', when: false }
- { name: b, debug: {}, loop: [], register: r }
- { name: c, assert: { that: [r.skipped, 'r.results == []', r.skipped_reason == 'No items in the list'] } }`),
    )
    expect(run.lines).to.deep.equal(['h1 a skipped', 'h1 b skipped', 'h1 c ok'])
  })

  const mistakes: readonly (readonly [name: string, task: string, says: RegExp, line: number])[] = [
    ['two loops', '- debug:\n  loop: [1]\n  with_items: [2]', /one loop, not both `loop` and `with_items`/, 6],
    ['a lookup nobody has', '- debug:\n  with_itmes: [2]', /unknown lookup 'itmes'/, 5],
    ['a lookup that is refused', '- debug:\n  with_url: [x]', /'url' is not supported: templates do not reach/, 5],
    ['a loop over text', '- debug:\n  loop: abc', /a loop goes over a list, this is text/, 5],
    [
      'a key of loop_control that is none',
      '- debug:\n  loop: [1]\n  loop_control: { lable: x }',
      /unknown key 'lable'/,
      6,
    ],
  ]
  for (const [name, task, says, line] of mistakes) {
    it(`names ${name} where it stands`, async () => {
      const error: unknown = await runPlaybook(tasks(task)).catch((error: unknown) => error)
      expect(error).to.be.instanceOf(UserError)
      expect((error as UserError).message).to.match(says)
      expect((error as UserError).at?.line).to.equal(line)
    })
  }
})
