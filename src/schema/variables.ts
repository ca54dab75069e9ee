import { z } from 'zod'
import type { ArgumentOption } from '../playbook/argument-spec.ts'
import type { Playbook } from '../playbook/playbook.ts'
import { lenient, lenientObject, type Schema } from './lenient.ts'
import { draft7 } from './module-arguments.ts'

/** The variables that say how a host is reached; every other name is free. */
export const connectionVariables = z.looseObject({
  ansible_host: z.string().optional().describe('the address to log in to, where it is not the name'),
  ansible_port: z.int().min(1).max(65535).optional().describe('the SSH port'),
  ansible_user: z.string().optional().describe('log in as this user'),
  ansible_password: z.string().optional().describe('the login password; keep it in a vault'),
  ansible_connection: z
    .enum(['ssh', 'openssh', 'smart', 'local', 'paramiko'])
    .optional()
    .describe('ssh, openssh or local'),
  ansible_ssh_private_key_file: z.string().optional().describe('log in with this key'),
  ansible_ssh_common_args: z.string().optional().describe('such as "-o ProxyJump=bastion"'),
  ansible_ssh_extra_args: z.string().optional().describe('more ssh options'),
  ansible_timeout: z.int().min(1).optional().describe('seconds for a login to stand'),
  ansible_host_key_checking: z.boolean().optional().describe('false: accept any host key'),
  ansible_become: z.boolean().optional().describe('run as another user through sudo'),
  ansible_become_user: z.string().optional().describe('whom to become (root)'),
  ansible_become_method: z.enum(['sudo']).optional().describe('sudo'),
  ansible_become_password: z.string().optional().describe('the sudo password; keep it in a vault'),
  ansible_group_priority: z.int().optional().describe('decides between groups of one depth; the higher wins'),
})

/** Variables of a host or group: those of connections, and the arguments of the playbooks' roles. */
export function variablesObject(playbooks: readonly Playbook[] = []): Schema {
  const base = draft7(connectionVariables)
  const own = lenientObject(base)
  const roles = playbooks.flatMap(({ plays }) => plays.flatMap((play) => play.roles))
  const specs = roles.flatMap(({ argumentSpec }) => [...(argumentSpec?.options ?? [])])
  const declared = specs.map(([name, option]) => [name, optionSchema(option)] as const)
  return { ...own, properties: { ...(own['properties'] as object), ...Object.fromEntries(declared) } }
}

export function variablesSchema(playbooks: readonly Playbook[] = []): Schema {
  const title = 'Variables of a Sallyport inventory or play'
  const object = variablesObject(playbooks)
  return { $schema: 'http://json-schema.org/draft-07/schema#', title, anyOf: [object, { type: 'null' }] }
}

const TYPES: Readonly<Record<string, string>> = {
  str: 'string',
  path: 'string',
  int: 'integer',
  float: 'number',
  bool: 'boolean',
  list: 'array',
  dict: 'object',
}

function optionSchema({ type, elements, description, default: fallback, choices, pattern }: ArgumentOption): Schema {
  const named = TYPES[type]
  const item = elements === undefined ? undefined : TYPES[elements]
  return lenient({
    ...(description !== undefined && { description: [description].flat().join(' ') }),
    ...(fallback !== undefined && { default: fallback }),
    ...(choices ? { enum: choices } : named !== undefined && { type: named }),
    ...(pattern !== undefined && type === 'str' && { pattern: `^(?:${pattern})$` }),
    ...(item !== undefined && { items: { type: item } }),
  })
}
