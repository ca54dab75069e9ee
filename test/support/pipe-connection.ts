import { spawn } from 'node:child_process'
import { PassThrough } from 'node:stream'
import type { Channel, Connection, Unreachable } from '../../src/transport/transport.ts'

/**
 * A connection to this machine whose `sh` is the shell under test, so that the protocol is exercised under dash,
 * bash and busybox without a login.
 */
export function pipeConnection(shell: readonly string[]): Connection & { readonly children: number[]; drop(): void } {
  const children: number[] = []
  const channels: { destroy(): void }[] = []
  let drop: (reason: Unreachable | undefined) => void = () => undefined
  const lost = new Promise<Unreachable | undefined>((resolve) => (drop = resolve))
  return {
    children,
    warnings: [],
    lost,
    drop: () => channels.forEach((channel) => channel.destroy()),
    exec(command): Promise<Channel> {
      const [program = 'sh', ...args] = command === 'sh' ? shell : ['sh', '-c', command]
      const child = spawn(program, args, { detached: true, cwd: '/' })
      if (child.pid !== undefined) children.push(child.pid)
      const channel: Channel = {
        stdin: child.stdin,
        stdout: child.stdout.pipe(new PassThrough()),
        stderr: child.stderr.pipe(new PassThrough()),
        ended: new Promise((resolve) => {
          child.on('error', () => resolve({ code: 127, signal: null }))
          child.on('close', (code, signal) => resolve({ code, signal }))
        }),
        destroy: () => {
          child.stdin.destroy()
          child.stdout.destroy()
          child.stderr.destroy()
          // As sshd does: the streams close, the processes are left to themselves.
          child.unref()
        },
      }
      channels.push(channel)
      return Promise.resolve(channel)
    },
    forward: () => Promise.reject(new Error('no network here')),
    close: () => drop(undefined),
  }
}
