import { writeFileSync } from 'node:fs'
import { answersFile, ask, cases, keyOf } from './ask.ts'

// Asks ansible-core which level wins and keeps its answers:
// node --import tsx test/conformance/precedence/keep.ts
const answers = ask(cases)
const kept = Object.fromEntries(cases.map((one, index) => [keyOf(one), answers[index]]))
writeFileSync(answersFile, `${JSON.stringify(kept, undefined, 2)}\n`)
console.log(`${cases.length} answers kept`)
