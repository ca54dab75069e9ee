import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { type FakeServer, sshServer, tcpServer } from '../transport/fake-servers.ts'
import { freePort, type Keys, publicKey, startSshd } from '../transport/sshd.ts'

/** One way in which hosts are in trouble: how they are reached, and what is to become of them. */
export interface Trouble {
  readonly vars: Readonly<Record<string, string | number | boolean>>
  readonly outcome: 'ok' | 'unreachable' | 'failed' | 'timed-out'
  readonly says: RegExp
}

/** Seconds for a login of hosts that hang; those that first answer get so many that a busy machine does not matter. */
const short = 3
const long = 240

export interface Troubles {
  readonly good: Trouble
  readonly bad: Readonly<Record<string, Trouble>>
  stop(): Promise<void>
}

/** Starts everything that hosts in trouble need; all of `127.0.0.0/8` is the good host. */
export async function startTroubles(keys: Keys): Promise<Troubles> {
  const hostKey = keys.make('host')
  const userKey = keys.make('user')
  const authorized = [publicKey(userKey)]
  // Without a home there are no start-up files: those of this machine's root are none of the test's business.
  const config = ['MaxStartups 1000', 'LoginGraceTime 600', `SetEnv HOME=${keys.dir}`]
  const sshd = await startSshd({ keys, hostKeys: [hostKey], authorized, config, listen: '0.0.0.0' })
  // Its shell never comes: it ends with the connection.
  const mute = await startSshd({ keys, hostKeys: [hostKey], authorized, config: [...config, 'ForceCommand cat >&2'] })
  const banner = await tcpServer((socket) => void socket.resume())
  const kex = await tcpServer((socket) => socket.resume().write('SSH-2.0-OpenSSH_9.2\r\n'))
  const auth = await sshServer(hostKey, () => undefined)
  const deaf = await deafServer()
  const sudo = join(keys.dir, 'sudo')
  await writeFile(sudo, '#!/bin/sh\nexec cat >/dev/null\n')
  await chmod(sudo, 0o755)
  const good = { ansible_port: sshd.port, ansible_ssh_private_key_file: userKey, ansible_timeout: long }
  const at = (port: number, seconds: number) => ({ ...good, ansible_port: port, ansible_timeout: seconds })
  return {
    good: { vars: good, outcome: 'ok', says: /^$/ },
    bad: {
      refuse: { vars: at(await freePort(), short), outcome: 'unreachable', says: /refused the connection/ },
      tcp: { vars: at(deaf.port, short), outcome: 'unreachable', says: /does not answer within 3 s/ },
      banner: { vars: at(banner.port, short), outcome: 'unreachable', says: /sends no SSH banner within 3 s/ },
      kex: { vars: at(kex.port, 30), outcome: 'unreachable', says: /did not finish the key exchange within 30 s/ },
      auth: { vars: at(auth.port, 30), outcome: 'unreachable', says: /did not finish the login within 30 s/ },
      shell: { vars: at(mute.port, long), outcome: 'unreachable', says: /no shell answered within 60 s/ },
      sudo: {
        vars: {
          ...good,
          ansible_become: true,
          ansible_become_user: 'nobody',
          ansible_become_exe: sudo,
          ansible_become_password: 'secret',
        },
        outcome: 'failed',
        says: /sudo did not answer within 60 s/,
      },
      command: { vars: { ...good, work: 'exec sleep 600' }, outcome: 'timed-out', says: /took too long/ },
      drop: {
        vars: { ...good, work: 'kill -KILL $PPID; exec sleep 5' },
        outcome: 'unreachable',
        says: /was lost|ended/,
      },
    },
    stop: async () => {
      await Promise.all([sshd, mute, banner, kex, auth, deaf].map((server) => server.stop()))
    },
  }
}

/** A port whose queue of connections is full and stays so: the kernel lets further ones wait for an answer. */
async function deafServer(): Promise<Pick<FakeServer, 'port' | 'stop'>> {
  const script = `require('net').createServer().listen({ host: '127.0.0.1', port: 0, backlog: 1 }, function () { console.log(this.address().port) })`
  const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const port = Number(line.toString())
  child.kill('SIGSTOP')
  const sockets = Array.from({ length: 4 }, () => connect(port, '127.0.0.1').on('error', () => undefined))
  return {
    port,
    async stop() {
      for (const socket of sockets) socket.destroy()
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
  }
}
