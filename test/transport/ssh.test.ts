import { sshTransport } from '../../src/transport/ssh.ts'
import { transportContract } from './contract.ts'
import { type Keys, makeKeys, makeTarget, needSshd, publicKey, type Sshd, startSshd, trust } from './sshd.ts'

let keys: Keys | undefined
let sshd: Sshd | undefined

transportContract(
  'ssh',
  async (context) => {
    needSshd(context)
    keys = makeKeys()
    const hostKey = keys.make('host')
    const userKey = keys.make('user')
    sshd = await startSshd({ keys, hostKeys: [hostKey], authorized: [publicKey(userKey)] })
    trust(keys, sshd.port, hostKey)
    const target = makeTarget(keys, sshd.port, { privateKeyFiles: [userKey] })
    return { transport: sshTransport({ interactive: false }), target }
  },
  async () => {
    await sshd?.stop()
    keys?.clean()
  },
)
