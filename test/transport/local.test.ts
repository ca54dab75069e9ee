import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { localTransport } from '../../src/transport/local.ts'
import type { Target } from '../../src/transport/transport.ts'
import { firstText, transportContract } from './contract.ts'

const target: Target = {
  name: 'localhost',
  host: 'localhost',
  port: 22,
  user: 'nobody',
  kind: 'local',
  privateKeyFiles: [],
  hostKeys: { checking: 'yes', knownHostsFiles: [] },
  jumps: [],
  connectTimeout: 10,
  keepalive: 0,
}

transportContract(
  'local',
  () => Promise.resolve({ transport: localTransport(), target }),
  () => Promise.resolve(),
)

/** A zombie that its new parent has not collected yet is dead. */
function lives(pid: number): boolean {
  try {
    return !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'))
  } catch {
    return false
  }
}

describe('the local transport', () => {
  it('ends a destroyed command together with what it has started', async () => {
    const connection = await localTransport().connect(target)
    const channel = await connection.exec('sleep 300 & echo $!; wait')
    const child = Number(await firstText(channel.stdout))
    channel.destroy()
    expect((await channel.ended).code).to.equal(null)
    for (let tries = 0; tries < 100 && lives(child); tries++) await new Promise((resolve) => setTimeout(resolve, 10))
    expect(lives(child)).to.equal(false)
    connection.close()
  })

  it('kills a command that does not heed SIGTERM', async () => {
    const connection = await localTransport().connect(target)
    const channel = await connection.exec('trap "" TERM; echo ready; while :; do sleep 1; done')
    await firstText(channel.stdout)
    channel.destroy()
    expect(await channel.ended).to.deep.equal({ code: null, signal: 'SIGKILL' })
    connection.close()
  })
})
