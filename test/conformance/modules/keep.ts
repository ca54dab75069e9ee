import { readFileSync, writeFileSync } from 'node:fs'
import { format } from 'prettier'
import { answersFile } from './answers.ts'
import { trials } from './cases/all.ts'
import { lasting } from './compare.ts'
import { ansible, play, type Answer } from './stage.ts'
import { keyOf } from './trial.ts'

// Asks ansible-core for the answers that are not kept yet (with --again: for all), and drops those nobody asks for:
// node --import tsx test/conformance/modules/keep.ts
const again = process.argv.includes('--again')
const old = JSON.parse(readFileSync(answersFile, 'utf8')) as Record<string, Answer>
const steady = trials.filter(({ live }) => !live)
const missing = steady.filter((trial) => again || old[keyOf(trial)] === undefined)
const fresh = missing.length === 0 ? [] : await play(missing, ansible)
const answers = new Map(missing.map((trial, index) => [keyOf(trial), fresh[index]]))
const kept = steady.map((trial) => {
  const key = keyOf(trial)
  return [
    key,
    { trial: `${trial.module}: ${trial.name}`, ...lasting((answers.get(key) ?? old[key]) as Answer) },
  ] as const
})
writeFileSync(answersFile, await format(JSON.stringify(Object.fromEntries(kept)), { parser: 'json', printWidth: 120 }))
console.log(`${fresh.length} answers asked for, ${kept.length} kept`)
