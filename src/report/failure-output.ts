import { printableLines } from './printable.ts'
import type { TaskEvent } from './events.ts'

/**
 * What a failed command left behind: "non-zero return code" alone sends people to the host to run it again. What the
 * message says already is not said twice.
 */
export function failureOutput(event: TaskEvent): string[] {
  const { result, message = '' } = event
  const code = result?.['rc']
  const lines = typeof code === 'number' && code !== 0 && !message.includes(String(code)) ? [`exit code ${code}`] : []
  for (const stream of ['stderr', 'stdout'] as const) {
    const text = result?.[stream]
    if (typeof text !== 'string' || text.trim() === '' || message.includes(text.trim())) continue
    const [first = '', ...more] = printableLines(text)
    if (more.length === 0) lines.push(`${stream}: ${first}`)
    else lines.push(`${stream}:`, `  ${first}`, ...more.map((line) => `  ${line}`))
  }
  return lines
}
