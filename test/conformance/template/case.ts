import { createHash } from 'node:crypto'
import { variables } from './variables.ts'

/** Something to render: a value of a playbook, a template file, or a condition. */
export interface Case {
  readonly mode: 'value' | 'text' | 'when'
  readonly template: string
  readonly options?: { readonly trimBlocks?: boolean; readonly lstripBlocks?: boolean }
}

export function values(...templates: readonly string[]): Case[] {
  return templates.map((template) => ({ mode: 'value', template }))
}

/** Each expression as a lone `{{ … }}`. */
export function expressions(...sources: readonly string[]): Case[] {
  return values(...sources.map((source) => `{{ ${source} }}`))
}

export function texts(...templates: readonly string[]): Case[] {
  return templates.map((template) => ({ mode: 'text', template }))
}

export function conditions(...templates: readonly string[]): Case[] {
  return templates.map((template) => ({ mode: 'when', template }))
}

const shared = JSON.stringify(variables)

/** A kept answer belongs to exactly this case with exactly these variables. */
export function keyOf(one: Case): string {
  return createHash('sha256').update(JSON.stringify(one)).update(shared).digest('hex')
}
