import { z } from 'zod'
import { bool, withAliases } from './args.ts'
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
  name: unitName().optional().describe('The unit; `.service` may be left out'),
  state: z.enum(['started', 'stopped', 'restarted', 'reloaded']).optional().describe('How it shall run'),
  enabled: bool().optional().describe('Whether it starts at boot'),
  masked: bool().optional().describe('Whether nothing at all may start it'),
  daemon_reload: bool().default(false).describe('Let systemd read its unit files anew where they changed'),
  daemon_reexec: bool().default(false).describe('Run systemd itself anew, every time'),
  scope: z.enum(['system', 'user', 'global']).default('system').describe("Whose units: the system's or the user's"),
  no_block: bool().default(false).describe('Do not wait for the result'),
  force: bool().default(false).describe('Replace links of other units when enabling'),
  restart_on: z
    .array(watchedPath())
    .default([])
    .describe('With started: restart when the content of these files is not what it was started with'),
  restart_check: restartCheck(),
})

const aliases = {
  service: 'name',
  unit: 'name',
  'daemon-reload': 'daemon_reload',
  'daemon-reexec': 'daemon_reexec',
}

const args = withAliases(fields, aliases)
  .superRefine((given, context) => {
    const acts = given.state !== undefined || given.enabled !== undefined || given.masked !== undefined
    const reloads = given.daemon_reload || given.daemon_reexec
    if (!acts && !reloads) context.addIssue('one of state, enabled, masked, daemon_reload, daemon_reexec is needed')
    if (acts && given.name === undefined) context.addIssue('name is needed with state, enabled and masked')
    if (given.masked && given.state !== undefined && given.state !== 'stopped') {
      context.addIssue({ code: 'custom', path: ['masked'], message: 'a masked unit cannot run: say `state: stopped`' })
    }
    if (given.masked && given.enabled) {
      context.addIssue({ code: 'custom', path: ['masked'], message: 'a masked unit cannot be enabled' })
    }
    if (given.scope === 'global' && given.state !== undefined) {
      context.addIssue({
        code: 'custom',
        path: ['scope'],
        message: 'global: nothing can be started for all users at once',
      })
    }
    if (given.restart_on.length > 0 && (given.state !== 'started' || given.scope !== 'system' || given.no_block)) {
      const message = 'restart_on needs `state: started`, `scope: system`, and to wait for the result'
      context.addIssue({ code: 'custom', path: ['restart_on'], message })
    }
    if (given.restart_check !== undefined && !checks(given.state))
      context.addIssue({ code: 'custom', path: ['restart_check'], message: noCheck })
  })
  .transform((given): ServiceWish => ({
    name: given.name,
    ...(given.state !== undefined && { state: given.state }),
    ...(given.enabled !== undefined && { enabled: given.enabled }),
    ...(given.masked !== undefined && { masked: given.masked }),
    daemonReload: given.daemon_reload,
    daemonReexec: given.daemon_reexec,
    scope: given.scope,
    noBlock: given.no_block,
    force: given.force,
    restartOn: given.restart_on,
    ...(given.restart_check !== undefined && { restartCheck: given.restart_check }),
    arguments: [],
    runlevel: 'default',
    only: 'systemd',
  }))

/** Units of systemd, as Ansible's `systemd`. */
export default defineModule({
  name: 'systemd',
  aliases: ['systemd_service'],
  doc: {
    summary: 'Start, stop, restart, enable and mask units of systemd',
    checkMode: 'a unit that an earlier task installs is announced as the distribution sets it up',
    example: '- systemd: { name: sallyport-restore, enabled: true, daemon_reload: true }',
    returns: { state: 'started or stopped', enabled: 'whether it starts at boot', status: 'its properties' },
  },
  args,
  probe: probeService,
  parse: parseService,
  overlay: overlayService,
  plan: planService,
  apply: applyService,
  result: serviceResult,
  everyTime: ({ state, daemonReexec }) => state === 'restarted' || state === 'reloaded' || daemonReexec,
})
