import { answerPrompts, type Ask } from '../../src/cli/vars-prompt.ts'
import { createRedactor } from '../../src/variables/redaction.ts'
import { readPlaybook } from '../support/read-playbook.ts'

interface Asked {
  readonly questions: readonly string[]
  readonly vars: Readonly<Record<string, unknown>>
  readonly masked: (text: string) => string
}

/** Answers the prompts of a play with these, in turn. */
export async function answer(
  prompts: string,
  answers: readonly string[] | undefined,
  extra: readonly string[] = [],
): Promise<Asked> {
  const { playbook, options } = await readPlaybook(
    `- hosts: all\n  vars: { who: you }\n  vars_prompt:\n${prompts.replace(/^/gm, '    ')}\n  tasks: []\n`,
    extra,
  )
  const questions: string[] = []
  const left = [...(answers ?? [])]
  const ask: Ask =
    answers &&
    ((question, hidden) => {
      questions.push(`${hidden ? '*' : ''}${question}`)
      return Promise.resolve(left.shift() ?? '')
    })
  const redactor = createRedactor()
  const [done] = await answerPrompts([playbook], { options, redactor, ask })
  const vars = [...(done?.plays[0]?.vars ?? [])].map(([name, { value }]) => [name, value] as const)
  return { questions, vars: Object.fromEntries(vars), masked: (text) => redactor.redact(text) }
}
