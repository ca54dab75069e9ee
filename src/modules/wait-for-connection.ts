import { z } from 'zod'
import { int } from './args.ts'
import { defineSession } from './define.ts'
import { answers, until } from './sessions/wait.ts'

/** Waits until the host can be logged in to, as Ansible's `wait_for_connection`. */
export default defineSession({
  name: 'wait_for_connection',
  doc: {
    summary: 'Wait until the host can be reached and runs commands',
    checkMode: 'Not run.',
    example: '- wait_for_connection: { delay: 10, timeout: 300 }   # with gather_facts: false',
    returns: { elapsed: 'seconds it took' },
  },
  args: z.strictObject({
    connect_timeout: int(1).default(5).describe('Seconds for one login'),
    delay: int(0).default(0).describe('Seconds to wait before the first try'),
    sleep: int(0).default(1).describe('Seconds between two tries'),
    timeout: int(0).default(600).describe('Seconds to wait at most'),
  }),
  readOnly: true,
  async run({ connect_timeout: connect, delay, sleep, timeout }, host) {
    const started = performance.now()
    await host.sleep(delay)
    const met = await until(host, timeout, sleep, connect, () => answers(host, 'true'))
    const elapsed = Math.floor((performance.now() - started) / 1000)
    if (met !== undefined)
      return { changed: false, failed: `timed out waiting for the connection: ${met}`, result: { elapsed } }
    host.disconnect()
    return { changed: false, result: { elapsed } }
  },
})
