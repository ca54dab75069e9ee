import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { mochaGlobalSetup as compile } from './support/program.ts'

/**
 * `npm test`: two mochas beside each other, each with its files one after the other. Tests on real hosts wait a lot,
 * the others compute; and whatever plays on this machine itself is in one of the two, as its run lock is one. With
 * arguments (`npm test -- -g vault`) they are all in one.
 */
const onHosts = ['contract', 'hosts', 'lab', 'transport'].map((folder) => `test/${folder}/**/*.test.ts`)
const all = 'test/**/*.test.ts'
const full = 'test/**/*.full.test.ts'

const mocha = fileURLToPath(import.meta.resolve('mocha/bin/mocha.js'))
const color = process.stdout.isTTY ? ['--color'] : []

interface Ended {
  readonly code: number
  readonly output: string
}

/** Held back, the output comes in one piece at the end. */
function run(args: readonly string[], how: 'shown' | 'held back'): Promise<Ended> {
  const child = spawn(process.execPath, [mocha, ...color, ...args], {
    stdio: ['inherit', how === 'shown' ? 'inherit' : 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (output += text))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code: code ?? 1, output }))
  })
}

const ignore = (globs: readonly string[]): string[] => globs.flatMap((glob) => ['--ignore', glob])

// The terminal sends Ctrl-C to both of them, and they clear up.
process.on('SIGINT', () => undefined)
await compile()
const args = process.argv.slice(2)
const runs =
  args.length > 0
    ? [run([...ignore([full]), ...args, all], 'shown')]
    : [run([...ignore([full, ...onHosts]), all], 'shown'), run([...ignore([full]), ...onHosts], 'held back')]
const ended = await Promise.all(runs)
for (const { output } of ended) process.stdout.write(output)
process.exitCode = Math.max(...ended.map(({ code }) => code))
