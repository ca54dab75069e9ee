/** A module of one's own that runs a text on the host without the run lock: others may be at work on this machine. */
export const workModule = `import { defineAction, sh, text, z } from 'sallyport'

export default defineAction({
  name: 'work',
  doc: { summary: 'Run a text that changes nothing', example: '- work: uptime' },
  args: z.strictObject({ text: text() }),
  freeForm: 'text',
  readOnly: true,
  run: ({ text }) => ({ script: sh\`eval \${text}\` }),
  report: () => ({ changed: false }),
})
`
