import { randomInt } from 'node:crypto'
import { UserError } from '../errors.ts'
import type { RunOptions } from '../engine/options.ts'
import { playScope } from '../engine/play.ts'
import type { Play, Playbook, Templated } from '../playbook/playbook.ts'
import { isMapping, plainText, type Mapping, type Value } from '../source/value.ts'
import { evaluate, renderValue } from '../template/render.ts'
import type { Variable } from '../variables/load-variable.ts'
import type { Redactor } from '../variables/redaction.ts'

/** Who answers: undefined where nobody can. */
export type Ask = ((question: string, hidden: boolean) => Promise<string>) | undefined

/**
 * The playbooks with the answers to their `vars_prompt` among the plays' variables. Every play's questions come before
 * anything is touched; what `-e` gives is not asked. Throws UserError for a question without an answer.
 */
export async function answerPrompts(
  playbooks: readonly Playbook[],
  { options, redactor, ask }: { options: RunOptions; redactor: Redactor; ask: Ask },
): Promise<readonly Playbook[]> {
  const answered: Playbook[] = []
  for (const playbook of playbooks) {
    const plays: Play[] = []
    for (const play of playbook.plays) plays.push(await answerPlay(play, { options, redactor, ask }))
    answered.push({ ...playbook, plays })
  }
  return answered
}

interface Answering {
  readonly options: RunOptions
  readonly redactor: Redactor
  readonly ask: Ask
}

async function answerPlay(play: Play, { options, redactor, ask }: Answering): Promise<Play> {
  const vars = new Map<string, Variable>(play.vars)
  for (const prompt of play.prompts) {
    const { context } = playScope({ ...play, vars }, options)
    const question = renderValue(prompt.value, { ...context, at: prompt.at })
    if (!isMapping(question)) throw new UserError('vars_prompt: expected a mapping with `name`', { at: prompt.at })
    const name = plainText(question['name'])
    if (options.extraVars.has(name)) continue
    const hidden = truth(question['private'], true)
    const value = encrypted(await answerOf(name, question, { ask, hidden, at: prompt.at }), question, prompt)
    if (hidden) redactor.add(value)
    vars.set(name, {
      value,
      at: prompt.at,
      ...(truth(question['unsafe'], false) && { unsafe: true as const }),
      ...(hidden && { secret: true as const }),
    })
  }
  return { ...play, vars, prompts: [] }
}

async function answerOf(
  name: string,
  { prompt, default: usual, confirm }: Mapping,
  { ask, hidden, at }: { ask: Ask; hidden: boolean; at: Templated['at'] },
): Promise<Value> {
  const hasDefault = usual !== undefined && usual !== null
  if (!ask) {
    if (hasDefault) return usual
    throw new UserError(`the play asks for '${name}', and there is no terminal to ask at`, {
      at,
      hint: `give it with -e ${name}=…, or in a file with -e @FILE`,
    })
  }
  const text = plainText(prompt ?? `input for ${name}`)
  const question = hasDefault && prompt !== undefined ? `${text} [${plainText(usual)}]` : text
  for (;;) {
    const answer = await ask(question, hidden)
    if (truth(confirm, false) && (await ask(`confirm ${question}`, hidden)) !== answer) {
      process.stderr.write('the two answers differ: once more\n')
      continue
    }
    return answer === '' && hasDefault ? usual : answer
  }
}

/** `encrypt`: the answer's hash, as the filter `password_hash` makes it. */
function encrypted(answer: Value, { encrypt, salt, salt_size: size }: Mapping, { at }: Templated): Value {
  if (encrypt === undefined || encrypt === null) return answer
  const random = size === undefined || size === null ? undefined : randomSalt(Number(size))
  const vars: Mapping = {
    answer: plainText(answer),
    scheme: plainText(encrypt).replace(/_crypt$/, ''),
    salt: salt ?? random ?? null,
  }
  const scope = { get: (name: string) => vars[name], names: () => Object.keys(vars) }
  return evaluate('answer | password_hash(scheme, salt)', { scope, at })
}

function randomSalt(size: number): string {
  const letters = './0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
  return Array.from({ length: size }, () => letters[randomInt(letters.length)]).join('')
}

function truth(value: Value | undefined, usual: boolean): boolean {
  if (value === undefined || value === null) return usual
  return typeof value === 'string' ? /^(true|yes|on|y|t|1)$/i.test(value.trim()) : Boolean(value)
}
