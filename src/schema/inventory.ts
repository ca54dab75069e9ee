import type { Playbook } from '../playbook/playbook.ts'
import type { Schema } from './lenient.ts'
import { variablesObject } from './variables.ts'

/** The schema of a YAML inventory: groups with hosts, variables and children. */
export function inventorySchema(playbooks: readonly Playbook[] = []): Schema {
  const nothing: Schema = { type: 'null' }
  const named = (what: Schema): Schema => ({
    anyOf: [{ type: 'object', additionalProperties: what }, { type: 'string' }, nothing],
  })
  const variables: Schema = { $ref: '#/definitions/variables' }
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'A Sallyport inventory',
    type: 'object',
    not: { required: ['plugin'] },
    additionalProperties: { $ref: '#/definitions/group' },
    definitions: {
      variables: { anyOf: [variablesObject(playbooks), nothing] },
      group: {
        anyOf: [
          {
            type: 'object',
            properties: {
              hosts: named(variables),
              vars: variables,
              children: named({ $ref: '#/definitions/group' }),
            },
            additionalProperties: false,
          },
          nothing,
        ],
      },
    },
  }
}
