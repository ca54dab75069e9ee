import { z } from 'zod'
import { text } from './args.ts'
import { defineModule } from './define.ts'
import { applyPackages } from './packages/apply.ts'
import { planPackages } from './packages/plan.ts'
import { probePackages } from './packages/probe.ts'
import { packageNames, packageStates, parseSpec, wanted } from './packages/spec.ts'
import { versions } from './packages/result.ts'
import { overlayPackages, parsePackages, type Manager, type PackagesState } from './packages/state.ts'

const managers: Readonly<Record<string, Manager>> = {
  apt: 'apt',
  dnf: 'dnf',
  dnf5: 'dnf',
  yum: 'yum',
  zypper: 'zypper',
  apk: 'apk',
}

const args = z
  .strictObject({
    name: packageNames().describe('Package or packages, with `=VERSION` where one is wanted'),
    state: packageStates.describe('present (installed), latest or absent (removed)'),
    use: text()
      .refine((use) => use === 'auto' || use in managers, {
        message: 'Sallyport speaks auto, apt, dnf, yum, zypper and apk',
      })
      .default('auto')
      .describe('The manager to use instead of the one found'),
  })
  .transform(({ name, state, use }) => ({ specs: name.map(parseSpec), want: wanted(state), manager: managers[use] }))

/** Packages through whatever manager the host has. */
export default defineModule({
  name: 'package',
  doc: {
    summary: 'Install, upgrade or remove packages with the manager of the host',
    example: '- package: { name: [rsyslog, rsyslog-gnutls], state: present }',
    returns: { packages: 'name → installed version, or null' },
  },
  args,
  probe: ({ specs, want, manager }) =>
    probePackages({
      specs,
      candidates: want === 'latest' ? 'always' : 'never',
      simulate: { command: want === 'absent' ? 'remove' : 'install', flags: [] },
      ...(manager && { manager }),
    }),
  parse: parsePackages,
  overlay: (state: PackagesState, effects, { specs }) => overlayPackages(state, effects, specs),
  plan: planPackages,
  apply: applyPackages,
  result: versions,
})
