import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { format } from 'prettier'
import { ask } from './ask.ts'

// Asks ansible-core for its keywords and keeps the answer:
// node --import tsx test/conformance/keywords/keep.ts
const keywords = ask()
if (keywords === undefined) throw new Error('ansible-core is not installed')
const file = fileURLToPath(new URL('answer.json', import.meta.url))
writeFileSync(file, await format(JSON.stringify(keywords), { parser: 'json', printWidth: 120 }))
