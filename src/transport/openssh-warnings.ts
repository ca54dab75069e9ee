import { nothingVerified } from './host-keys.ts'
import type { KnownHostsStore } from './known-hosts-file.ts'
import type { SshLog } from './openssh-log.ts'
import { firstLine } from './ssh-errors.ts'
import type { Target } from './transport.ts'

export interface SshWarnings {
  /** What is to be said of a login before it is made. */
  before(target: Target): readonly string[]
  /** What ssh has said of the host's key although the login stands. */
  after(log: SshLog): readonly string[]
}

export function openSshWarnings(knownHosts: KnownHostsStore, interactive: boolean): SshWarnings {
  return {
    before({ hostKeys: { checking, knownHostsFiles } }) {
      return checking === 'accept-new' && !interactive && knownHosts.isEmpty(knownHostsFiles) ? [nothingVerified] : []
    },
    after({ said, debug }) {
      const [, type, print] = debug.map((line) => /^Server host key: (\S+) (SHA256:\S+)/.exec(line)).find(Boolean) ?? []
      return said.flatMap((line) => {
        const [, name] = /^Warning: Permanently added '(.+)' \(.*\) to the list of known hosts/.exec(line) ?? []
        if (name !== undefined) return [`the new host key of ${name} (${type} ${print}) was added to known_hosts`]
        if (/HOST IDENTIFICATION HAS CHANGED/.test(line)) return [`the host key has CHANGED: it shows ${type} ${print}`]
        if (/REVOKED HOST KEY/.test(line)) return [`the host key ${type} ${print} is revoked, and checks are off`]
        return /^(Failed to add the host|Could not|Warning: remote port forwarding)/.test(line) ? [firstLine(line)] : []
      })
    },
  }
}
