import type { PlannedPlay } from '../../../src/engine/plan-run.ts'
import type { Unit } from '../../../src/engine/unit.ts'
import type { Directives, Task } from '../../../src/playbook/playbook.ts'
import type { Level } from './ask.ts'

/** What became of a play in which a keyword stands at one level. */
interface Read extends Omit<PlannedPlay, 'task'> {
  readonly level: Level
  readonly task: Task
  readonly unit: Unit | undefined
}

interface Arrival {
  readonly value: string
  /** The task, where another is needed; `''` where the keyword itself names it. */
  readonly instead?: string
  /** What the play has to say besides. */
  readonly also?: string
  seen(read: Read): unknown
  readonly is: unknown
}

/** Ansible has them, or had them; here each is refused by name. */
export const refused: ReadonlySet<string> = new Set(['accelerate', 'accelerate_ipv6', 'accelerate_port', 'debugger'])

const directive = (name: keyof Directives, value: string, is: unknown): Arrival => ({
  value,
  is,
  seen: ({ task }) => (task.directives[name] as { value?: unknown } | undefined)?.value,
})
const inUnit = (value: string, is: unknown, seen: (unit: Unit) => unknown, also = ''): Arrival => ({
  value,
  is,
  also,
  seen: ({ unit }) => unit && seen(unit),
})
const inTask = (value: string, is: unknown, seen: (task: Task) => unknown, more: Partial<Arrival> = {}): Arrival => ({
  value,
  is,
  seen: ({ task }) => seen(task),
  ...more,
})
const inPlay = (value: string, is: unknown, seen: (read: PlannedPlay['play']) => unknown): Arrival => ({
  value,
  is,
  seen: ({ play }) => seen(play),
})
const wish = (unit: Unit) => unit.wish as { words: readonly string[]; chdir?: string }
const values = (parts: readonly { readonly value: unknown }[]) => parts.map(({ value }) => value)
/** Whoever is root already needs no sudo. */
const someone = 'remote_user: someone'
const sudo = `${someone}\n  become: true`
const tasks = '[{command: "echo {{ v | default(\'-\') }}"}]'

/** What has become of each keyword when its task is ready to run. */
export const arrivals: Readonly<Record<string, Arrival>> = {
  action: inTask('command echo x', 'command', ({ module }) => module, { instead: '' }),
  always: { value: tasks, is: 1, seen: ({ steps }) => blockOf(steps)?.always.length },
  any_errors_fatal: directive('anyErrorsFatal', 'true', true),
  args: inUnit('{ chdir: /opt }', '/opt', (unit) => wish(unit).chdir),
  async: inUnit('30', { limit: 30, poll: 15 }, ({ job }) => job),
  become: inUnit('true', 'root', ({ become }) => become?.user, someone),
  become_exe: inUnit('/opt/sudo', '/opt/sudo', ({ become }) => become?.exe, sudo),
  become_flags: inUnit('-H -E', ['-H', '-E'], ({ become }) => become?.flags, sudo),
  become_method: inUnit('sudo', 'sudo', ({ become }) => become?.method, sudo),
  become_user: inUnit('other', 'other', ({ become }) => become?.user, sudo),
  block: { value: tasks, is: 1, seen: ({ steps }) => blockOf(steps)?.block.length },
  changed_when: inTask('[a is defined, b is defined]', ['a is defined', 'b is defined'], (task) =>
    values(task.changedWhen),
  ),
  check_mode: inUnit('true', true, ({ check }) => check),
  collections: inTask('[ansible.builtin]', 'command', ({ module }) => module),
  connection: inUnit('local', 'local', ({ target }) => target.kind),
  delay: inTask('2', 2, ({ delay }) => delay?.value),
  delegate_facts: directive('delegateFacts', 'true', true),
  delegate_to: inUnit('h2', 'h2', ({ host }) => host.name),
  diff: directive('diff', 'true', true),
  environment: inUnit('{ A: b }', { A: 'b' }, ({ environment }) => environment),
  fact_path: inPlay('/opt/facts', { fact_path: '/opt/facts' }, ({ gatherArgs }) => gatherArgs),
  failed_when: inTask('a is defined', ['a is defined'], (task) => values(task.failedWhen)),
  force_handlers: inPlay('true', true, ({ forceHandlers }) => forceHandlers?.value),
  gather_facts: inPlay('false', false, ({ gatherFacts }) => gatherFacts?.value),
  gather_subset: inPlay('[network]', { gather_subset: ['network'] }, ({ gatherArgs }) => gatherArgs),
  gather_timeout: inPlay('5', { gather_timeout: 5 }, ({ gatherArgs }) => gatherArgs),
  handlers: inPlay('[{ name: h, ping: }]', 1, ({ handlers }) => handlers.length),
  hosts: { value: 'h2:h1', is: ['h2', 'h1'], seen: ({ hosts }) => hosts },
  ignore_errors: directive('ignoreErrors', 'true', true),
  ignore_unreachable: directive('ignoreUnreachable', 'true', true),
  loop: inTask('[a, b]', ['a', 'b'], ({ loop }) => loop?.over.value),
  loop_control: inTask('{ loop_var: it }', 'it', ({ loop }) => loop?.variable, { instead: 'ping:\n      loop: [a]' }),
  max_fail_percentage: { value: '30', is: 30, seen: ({ pace }) => pace.maxFailPercentage },
  module_defaults: inUnit('{ command: { chdir: /opt } }', '/opt', (unit) => wish(unit).chdir),
  name: { value: 'called', is: true, seen: ({ level, task, play }) => nameAt(level, task, play) },
  no_log: inUnit('true', true, ({ noLog }) => noLog),
  notify: inTask('h', ['h'], ({ notify }) => notify, { also: 'handlers: [{ name: h, ping: }]' }),
  order: inPlay('sorted', 'sorted', ({ order }) => order),
  poll: inUnit('3', undefined, ({ job }) => job),
  port: inUnit('2222', 2222, ({ target }) => (target.kind === 'local' ? undefined : target.port)),
  post_tasks: inPlay(tasks, 2, ({ parts }) => parts.flat().length),
  pre_tasks: inPlay(tasks, 2, ({ parts }) => parts.flat().length),
  register: inTask('r', 'r', ({ register }) => register),
  remote_user: inUnit('ann', 'ann', ({ target }) => target.user),
  rescue: { value: tasks, is: 1, seen: ({ steps }) => blockOf(steps)?.rescue.length },
  retries: inTask('2', 2, ({ retries }) => retries?.value),
  roles: inPlay('[r]', ['r'], ({ roles }) => roles.map(({ name }) => name)),
  run_once: directive('runOnce', 'true', true),
  serial: { value: '[1, "50%"]', is: 2, seen: ({ pace }) => pace.sizes.length },
  strategy: inPlay('free', 'free', ({ strategy }) => strategy),
  tags: inTask('[a, b]', ['a', 'b'], ({ tags }) => tags),
  tasks: inPlay(tasks, 1, ({ parts }) => parts.flat().length),
  throttle: directive('throttle', '1', 1),
  timeout: inUnit('7', 7, ({ timeout }) => timeout),
  until: inTask('r is defined', ['r is defined'], (task) => values(task.until)),
  vars: inUnit('{ v: here }', ['echo', 'here'], (unit) => wish(unit).words),
  vars_files: inUnit('[more.yml]', ['echo', 'file'], (unit) => wish(unit).words),
  vars_prompt: inPlay('[{ name: asked, default: x }]', 1, ({ prompts }) => prompts.length),
  when: inTask('[a is undefined]', ['a is undefined'], (task) => values(task.when)),
}

function blockOf(steps: PlannedPlay['steps']) {
  const step = steps.find(({ kind }) => kind === 'block')
  return step?.kind === 'block' ? step.block : undefined
}

/** Of a block and of a role the name is for readers alone. */
function nameAt(level: Level, task: Task, play: PlannedPlay['play']): boolean {
  if (level === 'Task') return task.name?.value === 'called'
  return level === 'Play' ? play.name === 'called' : task.module === 'command'
}

/** The title of the case in `playbooks/cases/` that shows what a keyword means; or another test's file, and its words. */
export const shownBy: Readonly<Record<string, string | readonly [file: string, words: string]>> = {
  action: 'action in its forms, and local_action',
  always: 'always runs after a failure that nobody rescues, and the host is out',
  any_errors_fatal: 'any_errors_fatal of the play',
  args: 'args beside free-form text',
  async: 'async and poll: 0, async_status until finished, cleanup',
  become: ['hosts/main-job.full.test.ts', 'every third one reached through the sudo user'],
  become_exe: ['engine/become.test.ts', 'as whom a task runs'],
  become_flags: ['engine/become.test.ts', 'as whom a task runs'],
  become_method: ['cli/bad-input.test.ts', 'become_method: doas'],
  become_user: ['engine/become.test.ts', 'as whom a task runs'],
  block: 'a failure goes to rescue, then always, then on',
  changed_when: 'changed_when as a list: all must hold',
  check_mode: 'check_mode: true of a task changes nothing and says what it would do',
  collections: 'collections name where to look, and are passed over',
  connection: 'connection: local of a play',
  delay: 'until, retries and delay: attempts are counted',
  delegate_facts: 'delegate_facts gives them to the other host',
  delegate_to: 'delegate_to runs a task elsewhere, with the variables of here',
  diff: ['engine/playing.test.ts', 'shows no diff of a task that says diff: false'],
  environment: 'environment of play, block and task; later ones win',
  fact_path: 'gather_facts with fact_path',
  failed_when: 'failed_when as a list: all must hold',
  force_handlers: 'force_handlers of the play',
  gather_facts: 'gather_facts with gather_subset',
  gather_subset: 'gather_facts with gather_subset',
  gather_timeout: 'gather_facts with gather_subset',
  handlers: 'a handler that notifies another',
  hosts: 'hosts as a list of patterns',
  ignore_errors: 'ignore_errors of a task, a block and a play',
  ignore_unreachable: 'ignore_unreachable lets a host go on',
  loop: 'register with a loop: results know their items',
  loop_control: 'loop_control: label, index_var, loop_var',
  max_fail_percentage: 'max_fail_percentage: more fail than it allows',
  module_defaults: 'module_defaults of play, block and task',
  name: 'a block without failures leaves its rescue out',
  no_log: 'no_log hides what is shown, not what is registered',
  notify: 'handlers run once, in the order they are defined in, whatever notified them',
  order: 'order: reverse_inventory',
  poll: 'async with poll waits and has the result of the module',
  port: ['engine/elsewhere.test.ts', 'reaches the host as it says'],
  post_tasks: 'pre_tasks, roles, tasks and post_tasks, with a flush after each',
  pre_tasks: 'pre_tasks, roles, tasks and post_tasks, with a flush after each',
  register: 'register with a loop: results know their items',
  remote_user: ['engine/elsewhere.test.ts', 'reaches the host as it says'],
  rescue: 'a failure goes to rescue, then always, then on',
  retries: 'until, retries and delay: attempts are counted',
  roles: 'pre_tasks, roles, tasks and post_tasks, with a flush after each',
  run_once: 'run_once with a loop, for everybody',
  serial: 'serial: a list',
  strategy: 'strategy: free comes to the same results',
  tags: 'tags of play, block and task add up',
  tasks: 'pre_tasks, roles, tasks and post_tasks, with a flush after each',
  throttle: 'throttle lets every host have its turn',
  timeout: 'timeout ends a task that takes too long',
  until: 'until as a list of conditions',
  vars: 'vars of play, block and task; a task’s win',
  vars_files: 'vars_files: a list within the list takes the first that is there',
  vars_prompt: 'vars_prompt: what -e gives is not asked for',
  when: 'when as a list, with a result that is not there',
}
