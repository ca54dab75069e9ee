import { existsSync, writeFileSync } from 'node:fs'
import { format } from 'prettier'
import { ansiblePython } from '../template/ask.ts'
import { answersFile, keptAnswers } from './answers.ts'
import { ask } from './ask.ts'
import { keyOf } from './case.ts'
import { cases } from './cases/all.ts'

// Asks ansible-core for the answers that are missing, forgets those of cases that are gone, and keeps the rest:
// node --import tsx test/conformance/playbooks/keep.ts
const python = ansiblePython()
if (python === undefined) throw new Error('ansible-core is not installed')
const before = existsSync(answersFile) ? keptAnswers() : {}
const missing = cases.filter((one) => !(keyOf(one) in before))
const asked = new Map(ask(python, missing).map((answer, index) => [missing[index], answer]))
const kept = Object.fromEntries(cases.map((one) => [keyOf(one), asked.get(one) ?? before[keyOf(one)]]))
writeFileSync(answersFile, await format(JSON.stringify(kept), { parser: 'json', printWidth: 120 }))
console.log(`${missing.length} answers asked for, ${cases.length} kept`)
