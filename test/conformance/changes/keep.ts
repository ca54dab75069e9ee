import { writeFileSync } from 'node:fs'
import { format } from 'prettier'
import { answersFile, keptAnswers } from './answers.ts'
import { keyOf } from './case.ts'
import { cases } from './cases/all.ts'
import { ask } from './oracle.ts'

// Asks ansible-core for the answers that are missing (with `all`: for every one) and keeps them:
// node --import tsx test/conformance/changes/keep.ts [all]
const kept = process.argv[2] === 'all' ? {} : keptAnswers()
const missing = cases.filter((one) => kept[keyOf(one)] === undefined)
const answers = ask(missing)
if (!answers) throw new Error('ansible-core is not installed')
const added = missing.map((one, index) => [keyOf(one), answers[index]] as const)
const all = { ...kept, ...Object.fromEntries(added) }
const wanted = Object.fromEntries(cases.map((one) => [keyOf(one), all[keyOf(one)]]))
writeFileSync(answersFile, await format(JSON.stringify(wanted), { parser: 'json', printWidth: 120 }))
console.log(`${missing.length} asked, ${cases.length} kept`)
