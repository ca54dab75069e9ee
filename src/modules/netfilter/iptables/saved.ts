import { type Script, lines, sh } from '../../../shell/script.ts'
import { type Family, families } from '../intent.ts'
import { folder, places, unitFile, unitLink, unitName } from './places.ts'
import type { Position } from './jump.ts'
import { chainNames, declaration, transaction } from './rules.ts'
import type { SavedFile, State } from './state.ts'
import { type Wish, renderedRules, wishedFamilies } from './wish.ts'

/** What is not yet as it shall be on disk. `content` undefined: the file goes. */
export interface FileDifference {
  readonly path: string
  readonly mode: string
  readonly before: SavedFile | undefined
  readonly content: string | undefined
}

export interface SavedDifference {
  readonly files: readonly FileDifference[]
  readonly enable: boolean
  readonly disable: boolean
  /** The unit has not run since boot, so nothing proves that it works and nobody's restart takes it along. */
  readonly start: boolean
}

export function savedDifference(wish: Wish, state: State): SavedDifference {
  const wished = wish.persist && state.host.systemd ? wishedFamilies(wish, state) : []
  const present = wished.length > 0
  const file = (path: string, mode: string, before: SavedFile | undefined, content: string | undefined) => {
    const equal =
      content === undefined ? !before : before?.text === content && before.mode === mode && before.owner === '0:0'
    return equal ? [] : [{ path, mode, before, content }]
  }
  return {
    files: [
      ...families.flatMap((family) =>
        file(
          places[family].file,
          '600',
          state.families[family].saved,
          wished.includes(family) ? savedRules(wish, family, state.host.sshPorts) : undefined,
        ),
      ),
      ...file(unitFile, '644', state.unit, present ? unitText(wish, wished) : undefined),
    ],
    enable: present && !state.unitEnabled,
    disable: !present && state.unitEnabled,
    start: present && state.host.running && !state.host.units[unitName]?.active,
  }
}

/** In our own words, not the host's normal form: another version of iptables may read it after an upgrade. */
export function savedRules(wish: Wish, family: Family, sshPorts: readonly number[]): string {
  const head = `# Written by Sallyport, loaded by ${unitName}. Edits are undone by its next run.\n`
  return head + transaction([...chainNames(wish.chains).map(declaration), ...renderedRules(wish, family, sshPorts)])
}

/**
 * Loads our own chains and nothing else: whatever Docker, fail2ban and people have is theirs to bring back. Those who
 * restore whole tables (netfilter-persistent, iptables-services) go first, and take ours along when they restart.
 */
export function unitText(wish: Wish, wished: readonly Family[]): string {
  const load = wished.map((family) => loadFamily(family, wish.chains.main, wish.position))
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
function loadFamily(family: Family, chain: string, position: Position): string {
  const { tool, restore, file } = places[family]
  const append = `${tool} -w 10 -A INPUT -j ${chain}`
  const at = position === 'first' ? 1 : position
  const insert =
    at === 'last'
      ? append
      : at === 1
        ? `${tool} -w 10 -I INPUT -j ${chain}`
        : `${tool} -w 10 -I INPUT ${at} -j ${chain} || ${append}`
  return `${restore} -w 10 --noflush ${file} && { ${tool} -w 10 -C INPUT -j ${chain} 2>/dev/null || ${insert}; }`
}

/**
 * Puts files, link and unit in order. A file is written beside its target with its final mode from the first byte,
 * flushed and renamed, under a name that neither systemd nor anyone's glob would read.
 */
export function saveScript(difference: SavedDifference, state: State): Script {
  const { files, enable, disable, start } = difference
  const written = files.filter((file) => file.content !== undefined)
  const removed = files.filter((file) => file.content === undefined)
  const running = state.host.running
  // A unit that is gone while it is active would stay in systemd's list until the next boot.
  const stop = running && removed.some((file) => file.path === unitFile)
  const unitChanged = files.some((file) => file.path === unitFile)
  return lines(
    ...(written.length > 0 ? [writeFunction, sh`[ -d ${folder} ] || mkdir -m 755 ${folder}`] : []),
    ...written.map((file) => sh`write ${file.path} ${file.mode} ${file.content ?? ''}`),
    ...(enable ? [sh`mkdir -p ${parent(unitLink)}; ln -sfn ${unitFile} ${unitLink}`] : []),
    ...(stop ? [sh`systemctl stop ${unitName} || true`] : []),
    ...(disable ? [sh`rm -f ${unitLink}`] : []),
    // A run that was killed while writing may have left its file beside the target.
    ...removed.map((file) => sh`rm -f ${[file.path, `${parent(file.path)}/.${nameOf(file.path)}.new`]}`),
    ...(removed.length > 0 ? [sh`rmdir ${folder} 2>/dev/null || true`] : []),
    ...(running && (unitChanged || enable || disable) ? [sh`systemctl daemon-reload`] : []),
    ...(start ? [sh`systemctl start ${unitName}`] : []),
  )
}

const parent = (path: string) => path.slice(0, path.lastIndexOf('/'))
const nameOf = (path: string) => path.slice(path.lastIndexOf('/') + 1)

const writeFunction: Script = sh`write() {
  beside="\${1%/*}/.\${1##*/}.new"
  rm -f "$beside"
  (umask 077 && : >"$beside")
  chown 0:0 "$beside"
  chmod "$2" "$beside"
  printf %s "$3" >"$beside"
  sync "$beside" 2>/dev/null || sync
  mv -f "$beside" "$1"
}`
