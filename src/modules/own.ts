import { existsSync, readdirSync } from 'node:fs'
import { basename, extname, join } from 'node:path'
import { z } from 'zod'
import { UserError } from '../errors.ts'
import type { Module } from './define.ts'
import { importOwn, ownEndings } from './own-file.ts'

/** Modules of one's own: a file `library/NAME.js` (or .mjs, .ts) beside the playbook or in a role. */

/** The file that holds a module of this name, from the nearest folder that has one. */
export function findOwn(name: string, folders: readonly string[]): string | undefined {
  if (!/^\w+$/.test(name)) return undefined
  return folders
    .flatMap((folder) => ownEndings.map((ending) => join(folder, name + ending)))
    .find((path) => existsSync(path))
}

/** Every file in these folders that is a module by its name. */
export function listOwn(folders: readonly string[]): readonly string[] {
  return folders.flatMap((folder) =>
    existsSync(folder)
      ? readdirSync(folder)
          .filter((file) => /^\w+\.(js|mjs|ts)$/.test(file))
          .sort()
          .map((file) => join(folder, file))
      : [],
  )
}

export const ownName = (path: string): string => basename(path, extname(path))

/** Loads and checks a module; what is wrong with it is a UserError at its place. */
export async function loadOwn(path: string): Promise<Module> {
  const exported = await importOwn(path, 'module')
  const wrong = faultOf(exported, ownName(path))
  if (wrong !== undefined) {
    throw new UserError(`this is no module: ${wrong}`, {
      at: { file: path, line: 1, column: 1 },
      hint: 'end the file with `export default defineModule({ … })`',
    })
  }
  return exported as Module
}

const functions = {
  state: ['probe', 'parse', 'plan', 'apply'],
  action: ['run', 'report'],
  session: ['run'],
  controller: ['run'],
} as const

const shape = z.object({
  kind: z.enum(['state', 'action', 'session', 'controller']),
  name: z.string(),
  doc: z.object({
    summary: z.string().min(1),
    example: z.string().min(1),
    checkMode: z.string().optional(),
    returns: z.record(z.string(), z.string()).optional(),
  }),
  args: z.unknown().refine((value) => typeof (value as { safeParse?: unknown } | undefined)?.safeParse === 'function', {
    message: 'is no zod schema: make it with z from sallyport',
  }),
})

/** What keeps a value from being a module, in words. */
function faultOf(value: unknown, name: string): string | undefined {
  if (value === undefined) return 'it has no default export'
  const parsed = shape.safeParse(value)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    return `${issue?.path.join('.') || 'its default export'}: ${issue?.message ?? ''}`
  }
  if (parsed.data.name !== name) return `its name is '${parsed.data.name}', and its file's is '${name}'`
  const missing = functions[parsed.data.kind].filter(
    (one) => typeof (value as Readonly<Record<string, unknown>>)[one] !== 'function',
  )
  return missing.length > 0 ? `it lacks ${missing.join(', ')}` : undefined
}
