import { z } from 'zod'
import { confirmTimeMessage, parseConfirmTime } from './confirm-time.ts'

/** A value or a template that will give one: checked again when it is rendered. */
const orTemplate = <Schema extends z.ZodType>(schema: Schema) =>
  z.union([schema, z.string().regex(/\{\{/, 'expected a template or a plain value')])
const bool = orTemplate(z.boolean())
const int = orTemplate(z.int())
const confirmTime = z
  .union([z.boolean(), z.number(), z.string()], confirmTimeMessage)
  .refine((value) => /\{\{/.test(String(value)) || parseConfirmTime(value) !== undefined, confirmTimeMessage)
const name = z
  .string()
  .regex(/^[A-Za-z_]\w*$/, 'a variable name has letters, digits and _ and does not begin with a digit')
const words = z.union([z.string(), z.array(z.string())])
const condition = z.union([
  z.string(),
  z.boolean(),
  z.number(),
  z.array(z.union([z.string(), z.boolean(), z.number()])),
])
const mapping = z.record(z.string(), z.unknown())

const varsPrompt = z.strictObject({
  name,
  prompt: z.string().optional(),
  default: z.unknown().optional(),
  private: bool.optional(),
  confirm: bool.optional(),
  encrypt: z.string().optional(),
  salt: z.string().optional(),
  salt_size: int.optional(),
  unsafe: bool.optional(),
})

const inherited = {
  name: z.union([z.string(), z.number(), z.null()]),
  become: bool,
  become_user: z.string(),
  become_method: z.string(),
  become_exe: z.string(),
  become_flags: z.string(),
  ignore_errors: bool,
  ignore_unreachable: bool,
  no_log: bool,
  check_mode: bool,
  diff: bool,
  any_errors_fatal: bool,
  timeout: int,
  run_once: bool,
  throttle: int,
  module_defaults: z.union([mapping, z.array(mapping)]),
  remote_user: z.string(),
  connection: z.string(),
  port: int,
  collections: z.union([words, z.null()]),
  debugger: z.unknown().refine(() => false, 'refused, because a run never stops to ask: it has to run unattended'),
  environment: z.union([mapping, z.string(), z.array(z.union([mapping, z.string()]))]),
  vars: z.union([mapping, z.null()]),
  tags: words,
}

export const playKeywords = z.strictObject({
  ...partial(inherited),
  hosts: z.union([z.string(), z.array(z.string())]),
  vars_files: z.union([z.string(), z.array(words), z.null()]).optional(),
  gather_facts: bool.optional(),
  gather_subset: z.unknown().optional(),
  gather_timeout: int.optional(),
  fact_path: z.string().optional(),
  order: z.enum(['inventory', 'sorted', 'reverse_sorted', 'reverse_inventory', 'shuffle']).optional(),
  vars_prompt: z.array(varsPrompt).optional(),
  serial: z.union([z.int(), z.string(), z.array(z.union([z.int(), z.string()]))]).optional(),
  strategy: z.enum(['linear', 'free', 'ansible.builtin.linear', 'ansible.builtin.free']).optional(),
  max_fail_percentage: z.union([z.number(), z.string()]).optional(),
  force_handlers: bool.optional(),
  roles: z.union([z.array(z.unknown()), z.null()]).optional(),
  pre_tasks: z.union([z.array(z.unknown()), z.null()]).optional(),
  tasks: z.union([z.array(z.unknown()), z.null()]).optional(),
  post_tasks: z.union([z.array(z.unknown()), z.null()]).optional(),
  handlers: z.union([z.array(z.unknown()), z.null()]).optional(),
})

export const taskKeywords = z.strictObject({
  ...partial(inherited),
  when: condition.optional(),
  loop: z.union([z.string(), z.array(z.unknown())]).optional(),
  loop_control: z
    .strictObject({
      loop_var: name.optional(),
      index_var: name.optional(),
      label: z.unknown().optional(),
      pause: orTemplate(z.number()).optional(),
      extended: bool.optional(),
      extended_allitems: bool.optional(),
    })
    .optional(),
  until: condition.optional(),
  retries: int.optional(),
  delay: orTemplate(z.number()).optional(),
  async: int.optional(),
  poll: int.optional(),
  register: name.optional(),
  changed_when: condition.optional(),
  failed_when: condition.optional(),
  notify: words.optional(),
  listen: words.optional(),
  args: z.union([mapping, z.string()]).optional(),
  action: z.unknown().optional(),
  local_action: z.unknown().optional(),
  delegate_to: z.string().optional(),
  delegate_facts: bool.optional(),
  confirm: confirmTime.optional(),
})

/** What a block may say, besides the lists of its steps: everything is for all tasks in it. */
export const blockKeywords = z.strictObject({
  ...partial(inherited),
  when: condition.optional(),
  notify: words.optional(),
  delegate_to: z.string().optional(),
  delegate_facts: bool.optional(),
  block: z.array(z.unknown()),
  rescue: z.union([z.array(z.unknown()), z.null()]).optional(),
  always: z.union([z.array(z.unknown()), z.null()]).optional(),
})

/** What an entry of `roles` may say; all other keys are parameters of the role. */
export const roleKeywords = z.strictObject({
  ...partial(inherited),
  when: condition.optional(),
  delegate_to: z.string().optional(),
  delegate_facts: bool.optional(),
  role: z.string().optional(),
})

/** What `import_playbook` may say besides the file. */
export const importPlaybookKeywords = z.strictObject({
  name: inherited.name.optional(),
  vars: inherited.vars.optional(),
  tags: words.optional(),
  when: condition.optional(),
  import_playbook: z.string(),
})

/** Keywords of a dynamic include itself; those for the included tasks go below `apply`. */
export const includeKeywords: readonly string[] = [
  'action',
  'args',
  'collections',
  'debugger',
  'ignore_errors',
  'loop',
  'loop_control',
  'name',
  'no_log',
  'register',
  'run_once',
  'tags',
  'timeout',
  'vars',
  'when',
]

/** What a keyword belongs to that stands where it cannot: `'serial' is a keyword of a play, a task does not have it`. */
export function misplaced(key: string, here: 'play' | 'block' | 'task'): string | undefined {
  const levels = { play: playKeywords, task: taskKeywords, block: blockKeywords } as const
  const owner = (['play', 'block', 'task'] as const).find((level) => level !== here && key in levels[level].shape)
  return owner && `'${key}' is a keyword of a ${owner}, a ${here} does not have it`
}

function partial<Shape extends Record<string, z.ZodType>>(
  shape: Shape,
): { [K in keyof Shape]: z.ZodOptional<Shape[K]> } {
  return Object.fromEntries(Object.entries(shape).map(([key, schema]) => [key, schema.optional()])) as {
    [K in keyof Shape]: z.ZodOptional<Shape[K]>
  }
}
