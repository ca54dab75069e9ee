import { writeFileSync } from 'node:fs'
import { answersFile, ask, cases, keyOf, prepare } from './ask.ts'

// Asks ansible-core about all inventories and keeps its answers:
// node --import tsx test/conformance/inventory/keep.ts
const answers = await ask(cases.map(prepare))
const rows = cases.map((one, index) => `  ${JSON.stringify(keyOf(one))}: ${JSON.stringify(answers[index])}`)
writeFileSync(answersFile, `{\n${rows.join(',\n')}\n}\n`)
console.log(`${cases.length} answers kept`)
