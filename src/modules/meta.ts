import { z } from 'zod'
import { defineStructure } from './define.ts'

export const metaActions = [
  'noop',
  'flush_handlers',
  'clear_facts',
  'clear_host_errors',
  'end_play',
  'end_batch',
  'end_host',
  'reset_connection',
] as const

/** Tells the engine something about the play itself; as Ansible's `meta`. */
export default defineStructure({
  name: 'meta',
  doc: {
    summary: 'Run the notified handlers now, end the play or the host, forget facts, connect anew, …',
    checkMode: 'does the same: it concerns the run, not the host',
    example: '- meta: flush_handlers',
  },
  args: z.strictObject({
    free_form: z
      .enum(metaActions, {
        error: ({ input }) =>
          input === 'refresh_inventory'
            ? 'refresh_inventory is not supported: inventories are read once, and checked before anything is touched'
            : undefined,
      })
      .describe('What to do'),
  }),
  freeForm: 'free_form',
})
