import { opensshTransport } from '../../src/transport/openssh.ts'
import type { Transport } from '../../src/transport/transport.ts'
import { transportContract } from './contract.ts'
import { type Keys, makeKeys, makeOpensshTarget, needSshd, publicKey, type Sshd, startSshd, trust } from './sshd.ts'

let keys: Keys | undefined
let sshd: Sshd | undefined
let transport: Transport | undefined

transportContract(
  'openssh',
  async (context) => {
    needSshd(context)
    keys = makeKeys()
    const hostKey = keys.make('host')
    const userKey = keys.make('user')
    sshd = await startSshd({ keys, hostKeys: [hostKey], authorized: [publicKey(userKey)] })
    trust(keys, sshd.port, hostKey)
    transport = opensshTransport({ interactive: false })
    return { transport, target: makeOpensshTarget(keys, sshd.port, { privateKeyFiles: [userKey] }) }
  },
  async () => {
    transport?.close()
    await sshd?.stop()
    keys?.clean()
  },
)
