import { type SavedDifference, fileDifference, unitDifference } from '../files.ts'
import { type Family, type Route, families } from '../intent.ts'
import { positionOn, seats } from './seats.ts'
import { type Position, type Wish, onRoutes, wishedChains } from '../wish.ts'
import { renderedRules, wishFor, wishedFamilies } from './families.ts'
import { fermFile, fermText } from './ferm.ts'
import { places, unit } from './places.ts'
import { declaration, transaction } from './rules.ts'
import type { State } from './state.ts'
import { ufwDifference } from './ufw.ts'

/** What the seat reads at boot; whatever an earlier seat left goes. */
export function savedDifference(wish: Wish, state: State): SavedDifference {
  const { name } = state.seat
  const wished = wish.persist && state.host.systemd ? wishedFamilies(wish, state) : []
  const ours = onRoutes(wish, (route) => name === 'iptables' || (name === 'ufw' && route === 'docker-user'))
  const own = wished.filter((family) => wishFor(ours, state, family).intent.routes.length > 0)
  const change = unitDifference(unit, own.length > 0, state.unitEnabled, state.host)
  return {
    files: [
      ...families.flatMap((family) =>
        fileDifference(
          places[family].file,
          '600',
          state.families[family].saved,
          own.includes(family) ? savedRules(wishFor(ours, state, family), family, state.host.sshPorts) : undefined,
        ),
      ),
      ...fileDifference(
        unit.file,
        '644',
        state.unit,
        own.length > 0 ? unitText(own.map((family) => [family, wishFor(ours, state, family)])) : undefined,
      ),
      ...families.flatMap((family) => ufwDifference(wish, state, family, name === 'ufw' && wished.includes(family))),
      ...fileDifference(fermFile, '644', state.ferm, name === 'ferm' ? fermText(wish, state, wished) : undefined),
    ],
    ...(change === undefined ? {} : { unit: change }),
  }
}

/** In our own words, not the host's normal form: another version of iptables may read it after an upgrade. */
export function savedRules(wish: Wish, family: Family, sshPorts: readonly number[]): string {
  const head = `# Written by Sallyport, loaded by ${unit.name}. Edits are undone by its next run.\n`
  return head + transaction([...wishedChains(wish).map(declaration), ...renderedRules(wish, family, sshPorts)])
}

/**
 * Loads our own chains and nothing else: whatever Docker, fail2ban and people have is theirs to bring back. Those who
 * restore whole tables (netfilter-persistent, iptables-services) go first, and take ours along when they restart.
 */
export function unitText(wishes: readonly (readonly [Family, Wish])[]): string {
  const load = wishes.map(([family, wish]) => loadFamily(family, wish))
  return `# Written by Sallyport. Edits are undone by its next run.
[Unit]
Description=Packet filter rules of Sallyport
DefaultDependencies=no
Wants=network-pre.target
Before=network-pre.target
After=local-fs.target systemd-sysctl.service systemd-modules-load.service
After=netfilter-persistent.service iptables.service ip6tables.service nftables.service
PartOf=netfilter-persistent.service iptables.service ip6tables.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c '${load.map((command) => `{ ${command}; } || bad=1`).join('; ')}; test -z "$$bad"'

[Install]
WantedBy=sysinit.target
`
}

/** One family's failure must not keep the other out. */
function loadFamily(family: Family, { intent, chains, position }: Wish): string {
  const { restore, file } = places[family]
  const jumps = intent.routes.map((route) =>
    loadJump(family, route, seats.iptables.parents[route][family], chains[route], position),
  )
  return `${restore} -w 10 --noflush ${file} && ${jumps.join(' && ')}`
}

function loadJump(family: Family, route: Route, parent: string, chain: string, wished: Position): string {
  const { tool } = places[family]
  const position = positionOn(route, seats.iptables, wished)
  const append = `${tool} -w 10 -A ${parent} -j ${chain}`
  const at = position === 'first' ? 1 : position
  const insert =
    at === 'last'
      ? append
      : at === 1
        ? `${tool} -w 10 -I ${parent} -j ${chain}`
        : `${tool} -w 10 -I ${parent} ${at} -j ${chain} || ${append}`
  // Docker comes later, and takes its user's chain as it finds it.
  const make = route === 'docker-user' ? `${tool} -w 10 -N ${parent} 2>/dev/null; ` : ''
  return `{ ${make}${tool} -w 10 -C ${parent} -j ${chain} 2>/dev/null || ${insert}; }`
}
