import { spawn } from 'node:child_process'

export interface Timing {
  readonly name: string
  /** Wall seconds of each counted run. */
  readonly runs: readonly number[]
}

export interface Contestant {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Brings the hosts to where a run begins; not timed. */
  readonly reset?: () => Promise<void>
}

/** Whole-process wall time of each contestant in turn (A B C A B C …), after one warm-up round that is not counted. */
export async function race(contestants: readonly Contestant[], rounds: number): Promise<Timing[]> {
  const times = new Map<string, number[]>(contestants.map(({ name }) => [name, []]))
  for (let round = 0; round <= rounds; round++) {
    for (const contestant of contestants) {
      await contestant.reset?.()
      const seconds = await timeOne(contestant)
      if (round > 0) times.get(contestant.name)?.push(seconds)
    }
  }
  return [...times].map(([name, runs]) => ({ name, runs }))
}

function timeOne({ name, command, args, env }: Contestant): Promise<number> {
  const started = performance.now()
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => {
      if (code === 0) resolve((performance.now() - started) / 1000)
      else reject(new Error(`${name} ended with exit code ${code ?? 'none'}:\n${output.slice(-4000)}`))
    })
  })
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  return sorted.length % 2 === 1 ? (sorted[middle] ?? NaN) : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2
}

/** A Markdown table of medians, with the ratio to one of them. */
export function table(title: string, timings: readonly Timing[], reference: string): string {
  const base = median(timings.find(({ name }) => name === reference)?.runs ?? [])
  const rows = timings.map(({ name, runs }) => {
    const [middle, low, high] = [median(runs), Math.min(...runs), Math.max(...runs)]
    return `| ${name} | ${middle.toFixed(2)} | ${low.toFixed(2)} to ${high.toFixed(2)} | ${(middle / base).toFixed(2)} |`
  })
  return [
    `### ${title}`,
    '',
    `| | median s | range | ratio to ${reference} |`,
    '| --- | --- | --- | --- |',
    ...rows,
    '',
  ].join('\n')
}
