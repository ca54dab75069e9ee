import { z } from 'zod'
import type { Mapping } from '../source/value.ts'
import { bool, number, text } from './args.ts'
import { defineController } from './define.ts'

const args = z
  .strictObject({
    minutes: number().optional().describe('How long to wait'),
    seconds: number().optional().describe('How long to wait; less than one counts as one'),
    prompt: text().optional().describe('What to say; without a time somebody is asked, and the answer is user_input'),
    echo: bool().default(true).describe('Show what is typed'),
  })
  .refine(({ minutes, seconds }) => minutes === undefined || seconds === undefined, {
    message: 'parameters are mutually exclusive: minutes|seconds',
    path: ['minutes'],
  })

/** Waits, or asks, once for all hosts, as Ansible's `pause`. */
export default defineController({
  name: 'pause',
  doc: {
    summary: 'Wait for a time, or for an answer at the terminal; once for all hosts',
    checkMode: 'Does not wait and does not ask.',
    example: '- pause: { prompt: "Take web1 out of the balancer, then press enter" }',
    returns: {
      user_input: 'what was typed',
      delta: 'whole seconds it took',
      start: 'when it began',
      stop: 'when it ended',
      stdout: 'the same in words',
    },
  },
  args,
  together: true,
  async run({ minutes, seconds, prompt, echo }, task) {
    const length = minutes === undefined ? seconds : minutes * 60
    const begin = new Date()
    let input = ''
    if (!task.check && length !== undefined) await task.sleep(Math.max(1, Math.trunc(length)))
    else if (!task.check && task.ask) {
      input = await task.ask(prompt ?? 'Press enter to continue, Ctrl+C to interrupt', { echo })
    } else if (!task.check) task.warn('Not waiting for response to prompt as stdin is not interactive')
    const end = new Date()
    const took = (end.getTime() - begin.getTime()) / 1000
    const words =
      minutes === undefined && seconds !== undefined
        ? `${took.toFixed(2)} seconds`
        : `${(took / 60).toFixed(2)} minutes`
    const result: Mapping = {
      rc: 0,
      stderr: '',
      stdout: `Paused for ${words.replace(/^(\d+\.\d)0 /, '$1 ')}`,
      start: moment(begin),
      stop: moment(end),
      delta: Math.trunc(took),
      echo,
      user_input: input,
    }
    return { changed: false, result }
  },
})

/** As Python prints a local time. */
function moment(date: Date): string {
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000)
  return local.toISOString().replace('T', ' ').replace('Z', '000')
}
