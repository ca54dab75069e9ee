import { register } from 'node:module'
import { pathToFileURL } from 'node:url'
import { UserError } from '../errors.ts'

/** How files of one's own may end. */
export const ownEndings: readonly string[] = ['.js', '.mjs', '.ts']

/** The default export of a file of one's own (`library/`, `filter_plugins/`); a mistake in it is a UserError there. */
export async function importOwn(path: string, what: string): Promise<unknown> {
  const at = { file: path, line: 1, column: 1 }
  if (path.endsWith('.ts') && !('typescript' in process.features && process.features.typescript)) {
    throw new UserError(`Node ${process.versions.node} cannot read TypeScript`, {
      at,
      hint: `run sallyport with Node 22.18 or later, or compile the ${what} to JavaScript`,
    })
  }
  findable()
  const loaded = (await import(pathToFileURL(path).href).catch((error: unknown) => {
    throw new UserError(`the ${what} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`, {
      at: placeOf(error, path) ?? at,
    })
  })) as { readonly default?: unknown }
  return loaded.default
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
