import { type FileDifference, type SavedDifference, editedFile, fileDifference, unitDifference } from '../files.ts'
import type { Wish } from '../wish.ts'
import { file, includeLines, includedBefore, unit } from './places.ts'
import { fullText, replacement } from './rules.ts'
import type { State } from './state.ts'

/**
 * Where nftables.service loads the rules at boot, it loads ours too, by an include: it flushes everything whenever it
 * starts or reloads. Elsewhere a unit of our own does, before the network is up.
 */
export function savedDifference(wish: Wish, state: State): SavedDifference {
  const { configuration, host } = state
  const service = host.units['nftables.service']
  const wished = wish.persist && !wish.absent && host.systemd
  const included = wished && configuration !== undefined && (service?.active === true || service?.enabled === true)
  const own = wished && !included
  const change = unitDifference(unit, own, state.unitEnabled, host)
  return {
    files: [
      ...fileDifference(file, '600', state.saved, wished ? savedText(wish, host.sshPorts) : undefined),
      ...include(state, included),
      ...fileDifference(unit.file, '644', state.unit, own ? unitText : undefined),
    ],
    ...(change === undefined ? {} : { unit: change }),
  }
}

function include({ configuration }: State, wished: boolean): FileDifference[] {
  if (!configuration) return []
  const { path, text } = configuration
  const others = text.replace(includedBefore, '')
  const content = wished ? (text.includes(includeLines) ? text : others + includeLines) : others
  return editedFile(path, configuration, content)
}

/** In our own words, not the host's normal form: another version of nft may read it after an upgrade. */
export const savedText = (wish: Wish, sshPorts: readonly number[]): string =>
  `# Written by Sallyport. Edits are undone by its next run.\n${replacement(fullText(wish, sshPorts))}`

const unitText = `# Written by Sallyport. Edits are undone by its next run.
[Unit]
Description=Packet filter rules of Sallyport
DefaultDependencies=no
Wants=network-pre.target
Before=network-pre.target
After=local-fs.target systemd-sysctl.service systemd-modules-load.service nftables.service

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sh -c 'nft -f ${file}'

[Install]
WantedBy=sysinit.target
`
