import type { InventoryBuilder, Origin } from './builder.ts'
import { parseAddress } from './address.ts'

/** Adds `web1,db1:2222,`: names and ports separated by commas, no ranges. */
export function addHostList(list: string, builder: InventoryBuilder, origin: Origin): void {
  const names = list.split(',').map((name) => name.trim())
  for (const name of names.filter((name) => name !== '')) {
    const address = name.includes('[') && !name.startsWith('[') ? undefined : parseAddress(name)
    const { host, port } = address ?? { host: name, port: undefined }
    if (!builder.hasHost(host)) builder.addHost(host, 'ungrouped', origin, undefined, port)
  }
}
