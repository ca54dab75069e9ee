import { UserError } from '../errors.ts'
import type { Node } from '../source/node.ts'
import type { Position } from '../source/position.ts'
import type { Warn } from '../source/warning.ts'
import { plainText, type Value } from '../source/value.ts'
import { renderValue } from '../template/render.ts'
import type { Variables } from '../variables/load-variable.ts'
import { parseDecrypted, readSource } from '../variables/load.ts'
import { createScope, nothingPending } from '../variables/scope.ts'
import type { VaultSecret } from '../variables/vault.ts'
import type { Play, Role, Task } from './playbook.ts'
import type { Surroundings } from './surroundings.ts'

export interface LoadContext {
  readonly vaultSecrets: readonly VaultSecret[]
  readonly rolesPath: readonly string[]
  readonly warn: Warn
  /** What plays mean where they do not say, from the configuration. */
  readonly defaults?: PlayDefaults
  /** Names of imported files may use them. */
  readonly extraVars?: Variables
}

export interface PlayDefaults {
  readonly gather: boolean
  readonly strategy: Play['strategy']
  readonly anyErrorsFatal: boolean
  readonly noLog: boolean
}

/** The reading of one play, or of what one task includes. */
export interface Reading {
  readonly context: LoadContext
  readonly playbookDir: string
  readonly playVars: Variables
  /** Mistakes found so far: one run shows them all. */
  readonly errors: UserError[]
  /** Roles met so far whose variables the whole play sees. */
  readonly roles: Role[]
  /** Handlers of roles met so far. */
  readonly handlers: Task[]
}

/** A YAML file, decrypted. */
export async function readYaml(path: string, { vaultSecrets, warn }: LoadContext): Promise<Node | undefined> {
  const source = await readSource(path, vaultSecrets)
  return parseDecrypted(source, path, vaultSecrets, warn)
}

/** The name of something imported; a template in it sees what is known while the playbook is read. */
export function renderName(text: string, around: Surroundings, reading: Reading, at: Position): string {
  const { context, playbookDir, playVars } = reading
  const none = new Map<string, never>()
  const scope = createScope(
    {
      roleDefaults: around.role ? [around.role.defaults] : [],
      inventory: none,
      facts: none,
      play: playVars,
      varsFiles: none,
      roleVars: around.role ? [around.role.vars] : [],
      task: around.vars,
      results: none,
      roleParams: around.role?.params ?? none,
      extra: context.extraVars ?? none,
      magic: new Map<string, Value>([
        ['playbook_dir', playbookDir],
        ...(around.role ? [['role_path', around.role.dir] as const, ['role_name', around.role.name] as const] : []),
      ]),
      pending: nothingPending,
    },
    [playbookDir],
    { filters: around.filters },
  )
  try {
    return plainText(renderValue(text, { ...scope.context, at }))
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    throw new UserError(error.message, {
      at: error.at ?? at,
      hint: 'the name of something imported knows only variables of the play and of -e: use an include for others',
    })
  }
}
