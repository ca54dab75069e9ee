import { BlockList, isIP } from 'node:net'

/**
 * Whether `list`, the value of no_proxy, leaves an address to be asked directly. As curl reads it: names with all that is
 * below them, addresses, networks of IPv4 (`10.0.0.0/8`), and `*` alone. Beyond curl 7.88, as other programs do: `*.name`, `*`
 * among others, networks of IPv6, any address (`0.0.0.0/0`), brackets and other spellings of IPv6, and ports (`name:8080`).
 */
export function isDirect(url: URL, list: string): boolean {
  const host = bare(url.hostname)
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  return list
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      const [, before = entry, only = port] = /^(\[.*\]|[^:]*):(\d+)$/.exec(entry) ?? []
      return only === port && covers(bare(before), host)
    })
}

const bare = (name: string): string => name.toLowerCase().replace(/^\[|\]$|\.$/g, '')

function covers(entry: string, host: string): boolean {
  if (entry === '*') return true
  const version = isIP(host)
  if (version === 0) {
    const name = entry.replace(/^\*?\./, '')
    return host === name || host.endsWith(`.${name}`)
  }
  const [address = '', prefix = version === 4 ? '32' : '128'] = entry.split('/')
  if (isIP(address) !== version || !/^\d+$/.test(prefix) || Number(prefix) > (version === 4 ? 32 : 128)) return false
  const family = version === 4 ? 'ipv4' : 'ipv6'
  const network = new BlockList()
  network.addSubnet(address, Number(prefix), family)
  return network.check(host, family)
}
