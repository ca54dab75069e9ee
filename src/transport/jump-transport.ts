import { type ConnectJump, openJumpHosts } from './jump-hosts.ts'
import type { Connection, Transport } from './transport.ts'

/** A transport that logs in with `establish`, to a host as to the jump hosts before it; these are shared by the hosts behind them. */
export function jumpTransport<C extends Connection>(establish: ConnectJump<C>): Transport {
  const shared = openJumpHosts(establish)
  return {
    async connect(target, signal = new AbortController().signal, how = {}) {
      if (target.jumps.length === 0) return establish(target, undefined, signal, () => undefined)
      const jumps = how.fresh ? openJumpHosts(establish) : shared
      const lease = await jumps.lease(target.jumps, signal)
      const release = (): void => {
        lease.release()
        if (how.fresh) jumps.close()
      }
      try {
        return await lease.inTurn(() => establish(target, lease, signal, release))
      } catch (error) {
        release()
        throw error
      }
    },
    close: () => shared.close(),
  }
}
