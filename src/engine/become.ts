import { UserError } from '../errors.ts'
import type { Directives } from '../playbook/playbook.ts'
import { splitWords } from '../playbook/words.ts'
import { type Become, type BecomeMethod, becomeMethods } from '../shell/become.ts'
import { plainText, type Value } from '../source/value.ts'
import type { TaskScope } from '../variables/scope.ts'
import { renderValue } from '../template/render.ts'
import { unquote } from '../variables/load-key-values.ts'

export interface BecomeDefaults {
  readonly become: boolean | undefined
  readonly method: BecomeMethod | undefined
  readonly user: string | undefined
  readonly password: string | undefined
}

/**
 * As whom a task runs: `ansible_become…` variables before keywords before the command line, as in Ansible. Becoming
 * the user one already is needs no sudo, which a host where one logs in as root may not even have.
 */
export function becomeOf(
  directives: Directives,
  scope: TaskScope,
  defaults: BecomeDefaults,
  loginUser: string,
): Become | undefined {
  const variable = (...names: readonly string[]): Value | undefined =>
    names.map((name) => scope.get(name)).find((value) => value !== undefined && value !== null)
  const keyword = (part: { value: Value } | undefined): Value | undefined =>
    part && renderValue(part.value, scope.context)
  const wanted = variable('ansible_become') ?? keyword(directives.become) ?? defaults.become ?? false
  if (!truth(wanted)) return undefined
  const named = variable('ansible_become_method') ?? keyword(directives.becomeMethod) ?? defaults.method ?? 'sudo'
  const method = becomeMethods.find((one) => one === plainText(named).replace(/^ansible\.builtin\./, ''))
  if (method === undefined) {
    throw new UserError(`become_method '${plainText(named)}' is not supported`, {
      at: directives.becomeMethod?.at ?? scope.variable('ansible_become_method')?.at,
      hint: becomeMethods.join(' or '),
    })
  }
  const user = plainText(variable('ansible_become_user') ?? keyword(directives.becomeUser) ?? defaults.user ?? 'root')
  if (user === loginUser) return undefined
  const password =
    variable('ansible_become_password', 'ansible_become_pass', `ansible_${method}_pass`) ?? defaults.password
  const exe = variable('ansible_become_exe', `ansible_${method}_exe`) ?? keyword(directives.becomeExe)
  const flags = variable('ansible_become_flags', `ansible_${method}_flags`) ?? keyword(directives.becomeFlags)
  return {
    method,
    user,
    ...(password !== undefined && { password: plainText(password) }),
    ...(exe !== undefined && exe !== null && { exe: plainText(exe) }),
    ...(flags !== undefined && flags !== null && { flags: flagsOf[method](words(plainText(flags))) }),
  }
}

const words = (text: string): readonly string[] => splitWords(text).map(({ text: word }) => unquote(word))

const flagsOf: Readonly<Record<BecomeMethod, (words: readonly string[]) => readonly string[]>> = {
  /** `-S` and `-n` say how sudo gets its password: that depends on whether there is one. */
  sudo: (words) =>
    words.flatMap((word) => {
      const kept = /^-[A-Za-z]+$/.test(word) ? word.replace(/[Sn]/g, '') : word
      return kept === '-' || kept === '--stdin' || kept === '--non-interactive' ? [] : [kept]
    }),
  /** Behind a lone `-` su takes no options any more. */
  su: (words) => words.map((word) => (word === '-' ? '-l' : word)),
}

function truth(value: Value): boolean {
  return typeof value === 'string' ? /^(true|yes|on|y|t|1)$/i.test(value.trim()) : Boolean(value)
}
