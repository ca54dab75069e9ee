import type { z } from 'zod'
import type { UserError } from '../errors.ts'
import { issuesToErrors } from '../source/issues.ts'
import { keyText, toValue, type MappingNode } from '../source/node.ts'

/**
 * The keywords of a play, a block, a role or a task that are as they should be. Of the others the mistakes are told and
 * they are left out, so that one run also shows what is wrong beside and below them.
 */
export function soundKeywords<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  node: MappingNode,
  what: string,
  errors: UserError[],
): { readonly node: MappingNode; readonly values: Partial<z.infer<z.ZodObject<Shape>>> } {
  const parsed = schema.safeParse(toValue(node))
  if (parsed.success) return { node, values: parsed.data }
  const { issues } = parsed.error
  errors.push(...issuesToErrors(issues, node, what))
  const wrong = new Set(issues.map(({ path }) => String(path[0])))
  const sound = { ...node, entries: node.entries.filter(({ key }) => !wrong.has(keyText(key))) }
  return { node: sound, values: schema.partial().parse(toValue(sound)) as Partial<z.infer<z.ZodObject<Shape>>> }
}
