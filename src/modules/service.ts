import { z } from 'zod'
import { bool, int, text, withAliases } from './args.ts'
import { defineModule } from './define.ts'
import { applyService } from './services/apply.ts'
import { overlayService } from './services/overlay.ts'
import { planService } from './services/plan.ts'
import { probeService } from './services/probe.ts'
import { serviceResult } from './services/result.ts'
import { parseService } from './services/state.ts'
import { checks, noCheck, restartCheck } from './services/restart-check.ts'
import { unitName, watchedPath } from './services/unit-name.ts'
import type { ServiceWish } from './services/wish.ts'

const fields = z.strictObject({
  name: unitName().describe('The service, as systemd or /etc/init.d knows it'),
  state: z.enum(['started', 'stopped', 'restarted', 'reloaded']).optional().describe('How it shall run'),
  enabled: bool().optional().describe('Whether it starts at boot'),
  restart_on: z
    .array(watchedPath())
    .default([])
    .describe('With started: restart when the content of these files is not what it was started with'),
  restart_check: restartCheck(),
  pattern: text().optional().describe('For init scripts without `status`: text in the command line of its process'),
  sleep: int(0).optional().describe('For init scripts: seconds between stop and start of a restart'),
  arguments: text().optional().describe('For init scripts: further words'),
  runlevel: z
    .string()
    .regex(/^[a-z0-9_-]+$/)
    .default('default')
    .describe('For OpenRC: the runlevel it starts in'),
  use: z
    .literal('auto', 'other values are not supported: the service manager is the one that runs on the host')
    .default('auto')
    .describe('Accepted: auto'),
})

const aliases = { args: 'arguments' }

const args = withAliases(fields, aliases)
  .refine(({ state, enabled }) => state !== undefined || enabled !== undefined, 'state or enabled is needed')
  .refine(({ state, restart_on }) => restart_on.length === 0 || state === 'started', {
    message: 'restart_on needs `state: started`',
    path: ['restart_on'],
  })
  .refine(({ state, restart_check }) => restart_check === undefined || checks(state), {
    message: noCheck,
    path: ['restart_check'],
  })
  .transform((given): ServiceWish => ({
    name: given.name,
    ...(given.state !== undefined && { state: given.state }),
    ...(given.enabled !== undefined && { enabled: given.enabled }),
    ...(given.pattern !== undefined && { pattern: given.pattern }),
    ...(given.sleep !== undefined && { sleep: given.sleep }),
    arguments: (given.arguments ?? '').split(/\s+/).filter((word) => word !== ''),
    restartOn: given.restart_on,
    ...(given.restart_check !== undefined && { restartCheck: given.restart_check }),
    runlevel: given.runlevel,
    scope: 'system',
    daemonReload: false,
    daemonReexec: false,
    noBlock: false,
    force: false,
  }))

/** Services under systemd, OpenRC or init scripts. */
export default defineModule({
  name: 'service',
  doc: {
    summary: 'Start, stop, restart, enable services',
    checkMode: 'a service that an earlier task installs is announced as the distribution sets it up',
    example: '- service: { name: rsyslog, state: started, enabled: true, restart_on: [/etc/rsyslog.d/60-intake.conf] }',
    returns: {
      state: 'started or stopped',
      enabled: 'whether it starts at boot',
      status: "systemd's properties of the unit",
      restart_owed_for: 'files of restart_on that the service has not been started with',
    },
  },
  args,
  probe: probeService,
  parse: parseService,
  overlay: overlayService,
  plan: planService,
  apply: applyService,
  result: serviceResult,
  everyTime: ({ state }) => state === 'restarted' || state === 'reloaded',
})
