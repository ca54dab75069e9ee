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
  'refresh_inventory',
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
  args: z.strictObject({ free_form: z.enum(metaActions).describe('What to do') }),
  freeForm: 'free_form',
})
