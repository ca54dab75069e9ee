import { spawn } from 'node:child_process'
import type { Channel, Connection } from '../../src/transport/transport.ts'
import type { LabHost } from '../lab/lab.ts'

/** How the shells of a connection are started. */
export interface Surroundings {
  /**
   * Disk and /run cannot be written to, in a mount namespace of these shells alone. /tmp can: apt needs it to read a
   * signed list at all, and what stays behind there is seen from outside.
   */
  readonly readOnly?: boolean
  /** Words in front of the whole command, on the machine: `strace …`. */
  readonly under?: readonly string[]
}

const readOnly = `set -e
for m in / /run; do mount -o remount,ro,bind $m; done
if (: >/law-can-write) 2>/dev/null; then exit 90; fi
exec sh -c "$1"`

const inChild = 'sh -c "$1"; exit $?'

/**
 * A login into a lab host that needs no network: what reaches the host's shell is what ssh would bring, whatever the
 * rules under test do to connections.
 */
export function labConnection(host: LabHost, { readOnly: locked, under = [] }: Surroundings = {}): Connection {
  const namespaces = ['--mount', '--uts', '--ipc', '--net', '--pid', '--cgroup', '--root', '--wd']
  return {
    warnings: [],
    lost: new Promise(() => undefined),
    exec(command): Promise<Channel> {
      const shell = locked
        ? ['unshare', '-m', '--propagation', 'private', 'sh', '-c', readOnly, 'sh', command]
        : ['sh', '-c', command]
      const words = [
        ...under,
        'nsenter',
        ...['--target', String(host.pid1()), ...namespaces, '--no-fork', '--'],
        ...['env', '-i', 'PATH=/usr/local/bin:/usr/bin:/bin', 'HOME=/root', 'LANG=C.UTF-8'],
        // Only a child is inside the pid namespace.
        ...['sh', '-c', inChild, 'sh', shell.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ')],
      ]
      const [program = '', ...args] = words
      const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] })
      return Promise.resolve({
        stdin: child.stdin,
        stdout: child.stdout,
        stderr: child.stderr,
        ended: new Promise((resolve) => {
          child.on('error', () => resolve({ code: 127, signal: null }))
          child.on('close', (code, signal) => resolve({ code, signal }))
        }),
        destroy: () => child.stdin.destroy(),
      })
    },
    forward: () => Promise.reject(new Error('no network here')),
    close: () => undefined,
  }
}
