import { writeFileSync } from 'node:fs'
import { format } from 'prettier'
import { answersFile } from './answers.ts'
import { ansiblePython, ask } from './ask.ts'
import { keyOf } from './case.ts'
import { cases } from './cases/all.ts'

// Asks ansible-core for all answers and keeps them:
// node --import tsx test/conformance/template/keep.ts
const python = ansiblePython()
if (python === undefined) throw new Error('ansible-core is not installed')
const answers = ask(python, cases)
const kept = Object.fromEntries(cases.map((one, index) => [keyOf(one), { template: one.template, ...answers[index] }]))
writeFileSync(answersFile, await format(JSON.stringify(kept), { parser: 'json', printWidth: 120 }))
console.log(`${cases.length} answers kept`)
