import { CommandError, run } from './command.ts'
import { LabUnavailable } from './lab-unavailable.ts'
import {
  address4,
  address6,
  bridgeName,
  innerInterface,
  linkGroup,
  macAddress,
  netnsName,
  outerInterface,
} from './names.ts'

/** The machine's end: a bridge with one address per family, over which alone the hosts reach anything. */
export async function makeBridge(index: number): Promise<void> {
  const bridge = bridgeName(index)
  try {
    // With an address of its own: otherwise the bridge takes the lowest one of its ports, and changes it as they come and go.
    await run('ip', ['link', 'add', bridge, 'address', macAddress(index, 1), 'type', 'bridge'])
  } catch (error) {
    if (!(error instanceof CommandError) || !/not permitted|not supported|Unknown device/.test(error.message))
      throw error
    throw new LabUnavailable(`no bridge can be made: ${error.result.stderr.trim()}`)
  }
  await run('ip', ['-batch', '-'], {
    input: [
      `addr add ${address4(index, 1)}/24 dev ${bridge}`,
      // nodad: an address that is still being tried out cannot be listened on.
      `addr add ${address6(index, 1)}/64 dev ${bridge} nodad`,
      `link set ${bridge} group ${linkGroup(index)}`,
      `link set ${bridge} up`,
    ].join('\n'),
  })
}

const INSIDE = `
set -e
for scope in all default "$1"; do
  echo 0 >/proc/sys/net/ipv6/conf/$scope/accept_dad
  echo 0 >/proc/sys/net/ipv6/conf/$scope/accept_ra
  echo 0 >/proc/sys/net/ipv6/conf/$scope/dad_transmits
done
exec ip -batch -
`

/** A network stack of its own, with empty rulesets, tied to the bridge. What was there under the name before is removed. */
export async function makeNamespace(index: number, position: number, host: string): Promise<string> {
  const [netns, inner, outer] = [netnsName(index, host), innerInterface(host), outerInterface(index, position)]
  await run('ip', ['netns', 'add', netns])
  await run('ip', ['-batch', '-'], {
    input: [
      `link add ${outer} type veth peer name ${inner} address ${macAddress(index, position)} netns ${netns}`,
      `link set ${outer} addrgenmode none`,
      `link set ${outer} group ${linkGroup(index)}`,
      `link set ${outer} master ${bridgeName(index)} up`,
    ].join('\n'),
  })
  await run('ip', ['netns', 'exec', netns, 'sh', '-c', INSIDE, 'sh', inner], {
    input: [
      'link set lo up',
      `addr add ${address4(index, position)}/24 dev ${inner}`,
      `addr add ${address6(index, position)}/64 dev ${inner} nodad`,
      `link set ${inner} up`,
      `route add default via ${address4(index, 1)}`,
      `route add ::/0 via ${address6(index, 1)}`,
    ].join('\n'),
  })
  return netns
}

export async function removeNamespace(index: number, position: number, host: string): Promise<void> {
  // The link first: with the namespace it would go too, but later, and its name would still be taken.
  await run('ip', ['link', 'delete', outerInterface(index, position)]).catch(() => undefined)
  await run('ip', ['netns', 'delete', netnsName(index, host)]).catch(() => undefined)
}
