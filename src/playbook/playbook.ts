import type { Node } from '../source/node.ts'
import type { Position } from '../source/position.ts'
import type { Mapping, Value } from '../source/value.ts'
import type { OwnFilters } from '../template/filters/own.ts'
import type { Variables } from '../variables/load-variable.ts'
import type { ArgumentSpec } from './argument-spec.ts'
import type { ModuleDefaults } from './module-defaults.ts'

/** A playbook as it was written and checked: nothing is rendered yet, everything knows its place. */
export interface Playbook {
  readonly file: string
  readonly plays: readonly Play[]
}

/** A keyword's value, possibly a template, to be rendered per host. */
export interface Templated {
  readonly value: Value
  readonly at: Position
}

export interface Play {
  readonly name: string | undefined
  readonly at: Position
  readonly file: string
  readonly hosts: Templated
  readonly vars: Variables
  readonly varsFiles: readonly Templated[]
  /** Those of `roles` and `import_role`, dependencies left out: what they define all tasks of the play see. */
  readonly roles: readonly Role[]
  /** Everything but handlers, in the order it runs; after each part the handlers notified so far run. */
  readonly parts: readonly (readonly Step[])[]
  /** Of `import_playbook`: its tasks have it as well, gathering facts does not. */
  readonly when: readonly Templated[]
  readonly handlers: readonly Task[]
  readonly tags: readonly string[]
  readonly gatherFacts: Templated | undefined
  /** Arguments of the gathering: `gather_subset`, `gather_timeout`, `fact_path`. */
  readonly gatherArgs: Mapping
  readonly order: HostOrder
  readonly prompts: readonly Templated[]
  readonly serial: Templated | undefined
  readonly strategy: 'linear' | 'free'
  readonly maxFailPercentage: Templated | undefined
  readonly forceHandlers: Templated | undefined
  /** Those in `filter_plugins/` beside the playbook. */
  readonly filters: OwnFilters
  readonly directives: Directives
}

/** In which order a play goes through its hosts. */
export type HostOrder = 'inventory' | 'sorted' | 'reverse_sorted' | 'reverse_inventory' | 'shuffle'

/** What a play consists of. */
export type Step =
  | { readonly kind: 'task'; readonly task: Task }
  | { readonly kind: 'block'; readonly block: Block }
  /** The handlers notified so far run. */
  | { readonly kind: 'flush' }
  /** A role's tasks are through: the same one does not run again. */
  | { readonly kind: 'role-end'; readonly role: Role }

/** Tasks that stand and fall together. What they inherit from the block is in them already. */
export interface Block {
  readonly at: Position
  readonly block: readonly Step[]
  readonly rescue: readonly Step[]
  readonly always: readonly Step[]
}

/** Keywords that a task inherits from its play unless it sets them itself. */
export interface Directives {
  readonly become?: Templated
  readonly becomeUser?: Templated
  readonly becomeMethod?: Templated
  readonly becomeExe?: Templated
  readonly becomeFlags?: Templated
  readonly remoteUser?: Templated
  readonly connection?: Templated
  readonly port?: Templated
  readonly ignoreErrors?: Templated
  readonly ignoreUnreachable?: Templated
  readonly noLog?: Templated
  readonly checkMode?: Templated
  readonly diff?: Templated
  readonly anyErrorsFatal?: Templated
  readonly timeout?: Templated
  readonly runOnce?: Templated
  readonly throttle?: Templated
  readonly delegateTo?: Templated
  readonly delegateFacts?: Templated
  /** Outermost first; later ones win name by name. */
  readonly environment: readonly Templated[]
  readonly moduleDefaults: ModuleDefaults
}

export type Writes = 'nothing' | 'on its host' | 'here'

export interface Task {
  readonly name: Templated | undefined
  readonly at: Position
  readonly file: string
  /** The registry's name. */
  readonly module: string
  /** Where its module may write files. */
  readonly writes: Writes
  /** As written: a mapping, or free-form text. */
  readonly args: Value
  readonly argsNode: Node
  /** `args: "{{ mapping }}"`: further arguments, below those that were written. */
  readonly moreArgs: Templated | undefined
  readonly when: readonly Templated[]
  readonly loop: Loop | undefined
  readonly until: readonly Templated[]
  readonly retries: Templated | undefined
  readonly delay: Templated | undefined
  readonly async: Templated | undefined
  readonly poll: Templated | undefined
  /** A time, or false; see `Confirmable`. */
  readonly confirm: Templated | undefined
  readonly register: string | undefined
  readonly changedWhen: readonly Templated[]
  readonly failedWhen: readonly Templated[]
  readonly notify: readonly string[]
  /** Handlers only: further names that notify it. */
  readonly listen: readonly string[]
  readonly tags: readonly string[]
  readonly vars: Variables
  /** `vars` of the dynamic includes around it, which win over what the host has learnt. */
  readonly params: Variables
  readonly role: Role | undefined
  /** Filters of one's own, beside the playbook and in its role. */
  readonly filters: OwnFilters
  readonly directives: Directives
  /** `include_tasks` and `include_role` only. */
  readonly include?: Include
}

/** What a task includes while the play runs. */
export interface Include {
  /** What it will include, where its name is no template; read and checked with the playbook. */
  readonly known: Included | undefined
  /** Reads what the rendered arguments name. Throws UserError(s) like `loadPlaybook`. */
  load(args: unknown): Promise<Included>
}

export interface Included {
  /** What was included, for people: a path, or a role's name. */
  readonly name: string
  readonly steps: readonly Step[]
  readonly handlers: readonly Task[]
  /** Whose variables the play's later tasks see too. */
  readonly roles: readonly Role[]
  /** The role itself, where one was included. */
  readonly role?: Role
}

export interface Loop {
  /** The lookup that makes the items of `with_LOOKUP` from its terms; undefined for `loop`. */
  readonly lookup: string | undefined
  readonly over: Templated
  readonly variable: string
  readonly indexVariable: string | undefined
  readonly label: Templated | undefined
  /** Seconds between two items. */
  readonly pause: Templated | undefined
  /** Whether items see `ansible_loop`. */
  readonly extended: Templated | undefined
  /** Whether `ansible_loop` holds all items; left out, it does. */
  readonly extendedAllItems: Templated | undefined
}

export interface Role {
  readonly name: string
  /** The same for the same role with the same parameters: such a one runs once. */
  readonly key: string
  readonly at: Position
  readonly dir: string
  readonly defaults: Variables
  readonly vars: Variables
  /** `vars` where the role is named: below what its own vars/ says, as in Ansible. */
  readonly givenVars: Variables
  /** Given as further keys where the play names the role. */
  readonly params: Variables
  readonly argumentSpec: ArgumentSpec | undefined
  readonly allowDuplicates: boolean
  /** Run before it, in this order. */
  readonly dependencies: readonly Role[]
  /** A task brought it in: `import_role`, `include_role`. */
  readonly byTask: boolean
  /** The roles that brought it in, outermost first. */
  readonly parents: readonly Role[]
}
