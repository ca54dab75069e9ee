import { z } from 'zod'
import { sh } from '../shell/script.ts'
import { int, nonEmptyText, text, textList, withAliases } from './args.ts'
import { defineSession, type HostSession, type Report } from './define.ts'
import { answers, isAway, until } from './sessions/wait.ts'

const args = withAliases(
  z.strictObject({
    pre_reboot_delay: int(0).default(0).describe('Seconds until the reboot, in whole minutes as shutdown counts them'),
    post_reboot_delay: int(0).default(0).describe('Seconds to wait after the reboot before looking'),
    reboot_timeout: int(1).default(600).describe('Seconds for the host to come back, and again for test_command'),
    connect_timeout: int(1).optional().describe('Seconds for one login'),
    test_command: nonEmptyText().default('whoami').describe('A command that succeeds when the host is ready'),
    boot_time_command: nonEmptyText()
      .default('cat /proc/sys/kernel/random/boot_id')
      .describe('A command that prints something else after every boot'),
    reboot_command: text().optional().describe('What to run in place of shutdown'),
    msg: text().default('Reboot initiated by Ansible').describe('What the users of the host are told'),
    search_paths: textList()
      .default(['/sbin', '/bin', '/usr/sbin', '/usr/bin', '/usr/local/sbin'])
      .describe('Where shutdown is looked for'),
  }),
  {
    pre_reboot_delay_sec: 'pre_reboot_delay',
    post_reboot_delay_sec: 'post_reboot_delay',
    reboot_timeout_sec: 'reboot_timeout',
    connect_timeout_sec: 'connect_timeout',
  },
)

type Wish = z.output<typeof args>

/** Restarts the host and goes on with it when it is back, as Ansible's `reboot`. */
export default defineSession({
  name: 'reboot',
  doc: {
    summary: 'Restart the host, wait until it is back, and go on',
    checkMode: 'Announces the restart.',
    example: '- reboot: { reboot_timeout: 300, msg: "Kernel update" }',
    returns: { rebooted: 'whether the host was restarted', elapsed: 'seconds it took' },
  },
  args,
  inCheck: true,
  async run(wish, host) {
    const changes = [{ what: 'reboot' }]
    if (host.local) {
      const failed = 'Running reboot with local connection would reboot the control node.'
      return { changed: false, failed, result: { elapsed: 0, rebooted: false } }
    }
    if (host.check) return { changed: true, changes, result: { elapsed: 0, rebooted: true } }
    const started = performance.now()
    const elapsed = () => Math.floor((performance.now() - started) / 1000)
    const fail = (failed: string, rebooted: boolean): Report => ({
      changed: rebooted,
      failed,
      result: { elapsed: elapsed(), rebooted },
    })
    const before = await bootTime(wish, host)
    if (before === undefined) return fail(`${wish.boot_time_command} did not tell when the host was started`, false)
    const refusal = await restart(wish, host)
    if (refusal !== undefined) return fail(`Reboot command failed: ${refusal}`, false)
    await host.sleep(wish.post_reboot_delay)
    const back = await until(host, wish.reboot_timeout, 1, wish.connect_timeout, async () => {
      const now = await bootTime(wish, host)
      return now !== undefined && now !== before
    })
    if (back !== undefined)
      return fail(`Timed out waiting for last boot time check (timeout=${wish.reboot_timeout}): ${back}`, true)
    const ready = await until(host, wish.reboot_timeout, 1, wish.connect_timeout, () =>
      answers(host, wish.test_command),
    )
    if (ready !== undefined) {
      return fail(`Timed out waiting for post-reboot test command (timeout=${wish.reboot_timeout}): ${ready}`, true)
    }
    // Later logins take as long as they always may.
    host.disconnect()
    return { changed: true, changes, result: { elapsed: elapsed(), rebooted: true } }
  },
})

async function bootTime({ boot_time_command: command }: Wish, host: HostSession): Promise<string | undefined> {
  const { code, stdout } = await host.look(sh`eval ${command}`, 20)
  const said = stdout.toString().trim()
  return code === 0 && said !== '' ? said : undefined
}

/** Why the host did not take the order; undefined when it did, or when the connection went with it. */
async function restart(wish: Wish, host: HostSession): Promise<string | undefined> {
  const { reboot_command: own, search_paths: places, msg, pre_reboot_delay: delay } = wish
  const minutes = Math.floor(delay / 60)
  const script =
    own === undefined
      ? sh`for d in ${places}; do
  if [ -x "$d/shutdown" ]; then exec "$d/shutdown" -r +${minutes} ${msg}; fi
done
for d in ${places}; do
  if [ -x "$d/reboot" ]; then sleep ${delay}; exec "$d/reboot"; fi
done
echo 'there is neither shutdown nor reboot in search_paths' >&2
exit 127`
      : sh`eval ${own}`
  try {
    const { code, stderr, stdout } = await host.change(script, delay + 60)
    // A signal: the shutdown was quicker than its own report.
    if (code === 0 || code > 128) return undefined
    return stderr.toString().trim() || stdout.toString().trim() || `it ended with ${code}`
  } catch (error) {
    if (isAway(error)) return undefined
    throw error
  }
}
