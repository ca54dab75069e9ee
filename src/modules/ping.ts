import { z } from 'zod'
import { defineModule } from './define.ts'
import { text } from './args.ts'
import { sh } from '../shell/script.ts'

/** Proves that a session works: login, become, a shell that answers. */
export default defineModule({
  name: 'ping',
  doc: {
    summary: 'Prove that a host can be worked on',
    example: '- ping:',
    returns: { ping: 'pong, or the data given' },
  },
  args: z.strictObject({
    data: text().default('pong').describe('What to answer; `crash` fails, to see what a failure looks like'),
  }),
  readOnly: true,
  probe: ({ data }) => sh`printf %s ${data}`,
  parse: (output: string) => output,
  plan: ({ data }) => ({ changes: [], ...(data === 'crash' && { refuse: 'boom' }) }),
  apply: ({ data }) => ({ script: sh`printf %s ${data}` }),
  result: (_wish, answer) => ({ ping: answer }),
})
