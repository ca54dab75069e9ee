import { existsSync, readdirSync } from 'node:fs'
import { register } from 'node:module'
import { basename, extname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { z } from 'zod'
import { UserError } from '../errors.ts'
import type { Module } from './define.ts'

/** Modules of one's own: a file `library/NAME.js` (or .mjs, .ts) beside the playbook or in a role. */

const endings = ['.js', '.mjs', '.ts'] as const

/** The file that holds a module of this name, from the nearest folder that has one. */
export function findOwn(name: string, folders: readonly string[]): string | undefined {
  if (!/^\w+$/.test(name)) return undefined
  return folders
    .flatMap((folder) => endings.map((ending) => join(folder, name + ending)))
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
  const at = { file: path, line: 1, column: 1 }
  if (path.endsWith('.ts') && !('typescript' in process.features && process.features.typescript)) {
    throw new UserError(`Node ${process.versions.node} cannot read TypeScript`, {
      at,
      hint: 'run sallyport with Node 22.18 or later, or compile the module to JavaScript',
    })
  }
  findable()
  const loaded = (await import(pathToFileURL(path).href).catch((error: unknown) => {
    throw new UserError(`the module cannot be loaded: ${error instanceof Error ? error.message : String(error)}`, {
      at: placeOf(error, path) ?? at,
    })
  })) as { readonly default?: unknown }
  const wrong = faultOf(loaded.default, ownName(path))
  if (wrong !== undefined) {
    throw new UserError(`this is no module: ${wrong}`, {
      at,
      hint: 'end the file with `export default defineModule({ … })`',
    })
  }
  return loaded.default as Module
}

/** Where Node says that the mistake is: in the first frame that is the file itself. */
function placeOf(error: unknown, path: string): UserError['at'] {
  const stack = error instanceof Error ? (error.stack ?? '') : ''
  const here = [path, pathToFileURL(path).href].flatMap((name) => {
    const found = stack.indexOf(`${name}:`)
    return found < 0 ? [] : [stack.slice(found + name.length)]
  })[0]
  const [, line, column] = /^:(\d+)(?::(\d+))?/.exec(here ?? '') ?? []
  return line === undefined ? undefined : { file: path, line: Number(line), column: Number(column ?? 1) }
}

/** Node's hooks are the process's own: once is enough. */
let hooked = false

/** `import … from 'sallyport'` finds this very program, wherever the playbook stands and however it was installed. */
function findable(): void {
  if (hooked) return
  hooked = true
  const api = new URL(import.meta.url.endsWith('.ts') ? '../api.ts' : '../api.js', import.meta.url).href
  const hook = `export const resolve = (name, context, next) =>
    next(name === 'sallyport' ? ${JSON.stringify(api)} : name, context)`
  register(`data:text/javascript,${encodeURIComponent(hook)}`)
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
