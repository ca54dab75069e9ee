import { splitWords } from '../playbook/words.ts'
import type { Step, Task } from '../playbook/playbook.ts'
import { allTasksIn } from '../playbook/steps.ts'
import { isMapping, plainText } from '../source/value.ts'
import { behind, type Place } from './place.ts'

/** What a step of a play will make known. */
export interface Sets {
  readonly names: readonly string[]
  readonly facts: boolean
  /** It may set anything: an include whose file is not known yet, a file of variables. */
  readonly anything: boolean
  /** Where it may write files, which later tasks may read if that is this machine. */
  readonly files?: 'here' | 'on its host'
  /** On the host that the task is delegated to. */
  readonly delegated?: boolean
}

/** Where something will come to be known, until it has. */
export interface Setter extends Sets {
  readonly place: Place
  /** True once what it sets is known in another way. */
  isDone(): boolean
  /** True once the host itself knows what it will be; for others it is there when it has happened. */
  isForeseen(): boolean
}

/** The variables a task will set, by itself or by what it includes: what depends on them has to wait for it. */
export function setBy(task: Task): Sets {
  const own = namesSetBy(task)
  const facts = task.module === 'setup'
  const delegated = task.directives.delegateFacts !== undefined
  const files = filesOfTask(task)
  if (!task.include)
    return {
      names: own,
      facts,
      anything: task.module === 'include_vars' || forgets(task),
      delegated,
      ...(files && { files }),
    }
  const { known } = task.include
  if (!known) return { names: own, facts, anything: true, files: 'here' }
  const inner = setByAll(known.steps)
  const shown = known.roles.flatMap((role) => [...role.defaults.keys(), ...role.vars.keys(), ...role.givenVars.keys()])
  return { ...inner, names: [...own, ...inner.names, ...shown] }
}

export function setByAll(steps: readonly Step[]): Sets {
  return together([...allTasksIn(steps)].map(setBy))
}

export function together(all: readonly Sets[]): Sets {
  return {
    names: all.flatMap(({ names }) => names),
    facts: all.some(({ facts }) => facts),
    anything: all.some(({ anything }) => anything),
    ...filesOf(all),
    delegated: all.some(({ delegated }) => delegated),
  }
}

function filesOf(all: readonly Sets[]): Pick<Sets, 'files'> {
  if (all.some(({ files }) => files === 'here')) return { files: 'here' }
  return all.some(({ files }) => files) ? { files: 'on its host' } : {}
}

function filesOfTask({ writes, directives: { delegateTo, connection } }: Task): Sets['files'] {
  if (writes === 'nothing') return undefined
  return delegateTo !== undefined || connection !== undefined ? 'here' : writes
}

function forgets({ module, args }: Task): boolean {
  return module === 'meta' && /clear_facts|refresh_inventory/.test(JSON.stringify(args))
}

/** The facts that modules beside `setup` bring; `ansible_facts` holds them as well. */
function gatheredNames({ module, args }: Task): readonly string[] {
  if (module === 'package_facts') return ['packages', 'ansible_facts']
  if (module === 'service_facts') return ['services', 'ansible_facts']
  if (module !== 'getent') return []
  const database = isMapping(args)
    ? args['database']
    : splitWords(plainText(args)).map(({ text }) => /^database=(.*)$/.exec(text)?.[1])[0]
  return [`getent_${plainText(database ?? '')}`, 'ansible_facts']
}

function namesSetBy(task: Task): readonly string[] {
  const registered = [...(task.register === undefined ? [] : [task.register]), ...gatheredNames(task)]
  if (task.module !== 'set_fact') return registered
  const facts = isMapping(task.args)
    ? Object.keys(task.args)
    : splitWords(plainText(task.args)).map(({ text }) => text.replace(/=[\s\S]*/, ''))
  const kept = facts.includes('cacheable') ? ['ansible_facts'] : []
  return [...registered, ...kept, ...facts.filter((name) => name !== 'cacheable')]
}

/** What is still to come on one host's way through a play. */
export class Setters {
  readonly #byName = new Map<string, Setter[]>()
  readonly #facts: Setter[] = []
  readonly #anything: Setter[] = []
  readonly #files: Setter[] = []
  readonly #all: Setter[] = []
  /** Where the host is: what lies before has happened. */
  cursor: Place = ''

  add(sets: Sets, place: Place, isDone: () => boolean = never, isForeseen: () => boolean = never): void {
    const setter: Setter = { ...sets, place, isDone, isForeseen }
    for (const name of sets.names) {
      const known = this.#byName.get(name)
      if (known) known.push(setter)
      else this.#byName.set(name, [setter])
    }
    if (sets.files) this.#files.push(setter)
    if (sets.names.length === 0 && !sets.facts && !sets.anything) return
    this.#all.push(setter)
    if (sets.facts) this.#facts.push(setter)
    if (sets.anything) this.#anything.push(setter)
  }

  name(name: string, before: Place): boolean {
    return this.#waits(unforeseen(this.#byName.get(name)), before)
  }

  /** As `name`, for other hosts and in `hostvars`. */
  nameForOthers(name: string, before: Place): boolean {
    return this.#waits(this.#byName.get(name), before) || this.#waits(this.#anything, before)
  }

  /** Files of this machine may still be written; `local`: this is the host. */
  files(before: Place, local: boolean): boolean {
    return this.#waits(this.#writers(local), before)
  }

  /** The last place before another where files of this machine may be written. */
  lastFiles(before: Place, local: boolean): Place | undefined {
    const places = this.#writers(local).flatMap(({ place }) => (place < before ? [place] : []))
    return places.sort().at(-1)
  }

  #writers(local: boolean): readonly Setter[] {
    return local ? this.#files : this.#files.filter(({ files }) => files === 'here')
  }

  facts(before: Place): boolean {
    return this.#waits(this.#facts, before)
  }

  factsForOthers(before: Place): boolean {
    return this.facts(before) || this.#waits(this.#anything, before)
  }

  /** Nothing at all can be rendered there yet. */
  anything(before: Place): boolean {
    return this.#waits(unforeseen(this.#anything), before)
  }

  /** Nothing will be set before that place any more, here or by delegation. */
  settled(before: Place): boolean {
    return !this.#waits(this.#all, before) && !delegatedBefore(this.#all, before)
  }

  /** Whether a task before that place sets it on another host: whoever does may be behind this one. */
  delegates(name: string, before: Place): boolean {
    return delegatedBefore(this.#byName.get(name), before)
  }

  delegatesFacts(before: Place): boolean {
    return delegatedBefore(this.#facts, before)
  }

  #waits(setters: readonly Setter[] | undefined, before: Place): boolean {
    return setters?.some((setter) => setter.place >= this.cursor && setter.place < before && !setter.isDone()) ?? false
  }
}

function delegatedBefore(setters: readonly Setter[] | undefined, before: Place): boolean {
  return setters?.some(({ delegated, place }) => delegated === true && place < before) ?? false
}

const never = (): boolean => false

function unforeseen(setters: readonly Setter[] | undefined): readonly Setter[] | undefined {
  return setters?.filter((setter) => !setter.isForeseen())
}

/** Where what a flush may set is settled: behind the last handler. */
export const flushed = behind
