import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { HostSession, Module } from '../../src/modules/define.ts'
import type { Script } from '../../src/shell/script.ts'
import { inDir } from '../support/law-fixture.ts'
import { runScript, testController, wishOf } from '../support/modules.ts'
import { sent } from './atomic.ts'

export const secret = 'hunter2-canary'

/** Arguments that hold the secret, by what holds it. Contents are treated as secrets too: files hold keys. */
export const keepers: readonly {
  readonly module: string
  readonly what: string
  readonly args: Readonly<Record<string, unknown>>
}[] = [
  { module: 'copy', what: 'content', args: { dest: '{{dir}}/a', content: secret, validate: 'test -s %s' } },
  { module: 'copy', what: 'bytes', args: { dest: '{{dir}}/a', content: `${secret}\0` } },
  { module: 'template', what: 'the rendered text', args: { dest: '{{dir}}/a', src: 'a.j2' } },
  {
    module: 'get_url',
    what: 'url_password',
    args: {
      url: 'http://127.0.0.1:9/a',
      dest: '{{dir}}/a',
      via: 'host',
      url_username: 'me',
      url_password: secret,
    },
  },
  {
    module: 'get_url',
    what: 'headers',
    args: { url: 'http://127.0.0.1:9/a', dest: '{{dir}}/a', via: 'host', headers: { Authorization: secret } },
  },
  // A number that is taken: no account is made, but everything is tried.
  { module: 'user', what: 'password', args: { name: 'law-nobody', uid: 0, create_home: false, password: secret } },
  {
    module: 'user',
    what: 'ssh_key_passphrase',
    args: {
      name: 'law-nobody',
      uid: 0,
      create_home: false,
      generate_ssh_key: true,
      ssh_key_file: '{{dir}}/key',
      ssh_key_passphrase: secret,
    },
  },
  { module: 'lineinfile', what: 'line', args: { path: '{{dir}}/a', create: true, line: secret } },
  { module: 'shell', what: 'cmd', args: { cmd: `cat /dev/null; : ${secret}` } },
  {
    module: 'shell',
    what: 'cmd for another shell',
    args: { cmd: `cat /dev/null; : ${secret}`, executable: '/bin/bash' },
  },
  { module: 'shell', what: 'stdin', args: { cmd: 'cat', stdin: secret } },
  {
    module: 'uri',
    what: 'url_password',
    args: { url: 'http://127.0.0.1:9/a', url_username: 'me', url_password: secret },
  },
  { module: 'uri', what: 'the address', args: { url: `http://127.0.0.1:9/?token=${secret}` } },
  { module: 'uri', what: 'headers', args: { url: 'http://127.0.0.1:9/', headers: { Authorization: secret } } },
  { module: 'uri', what: 'body', args: { url: 'http://127.0.0.1:9/', method: 'POST', body: secret } },
  { module: 'command', what: 'stdin', args: { argv: ['cat'], stdin: secret } },
  {
    module: 'verify_forwarding',
    what: 'key',
    args: {
      ...{ host: '127.0.0.1', port: 9, queue: 'q', key: secret },
      ...{ ca_path: '{{dir}}/none', config: '{{dir}}/source' },
    },
  },
]

/** Programs that were started with the secret among their arguments or in their environment, with all they were given. */
export async function leaks(module: Module, args: Readonly<Record<string, unknown>>): Promise<string[]> {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-secret-'))
  try {
    writeFileSync(join(dir, 'source'), secret)
    const scripts = await scriptsOf(module, inDir(args, dir), dir)
    const started: string[] = []
    for (const script of scripts) started.push(...(await startedBy(script, join(dir, 'log'))))
    if (started.length === 0) throw new Error('no program was started: nothing was tried')
    return started.filter((line) => line.includes(secret))
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

async function scriptsOf(module: Module, args: unknown, dir: string): Promise<Script[]> {
  if (module.kind === 'controller' || module.kind === 'structure') return []
  const controller = testController({ find: () => join(dir, 'source') })
  if (module.kind === 'session') {
    const looks: Script[] = []
    const look = (script: Script) => {
      looks.push(script)
      return runScript(script)
    }
    const parsed = module.args.parse(args)
    await module.run(module.prepare ? await module.prepare(parsed, controller) : parsed, { look } as HostSession)
    return looks
  }
  if (module.kind === 'action') {
    const parsed = module.args.parse(args)
    return [module.run(module.prepare ? await module.prepare(parsed, controller) : parsed).script]
  }
  let wish = await wishOf(module, args, controller)
  const probe = module.probe(wish)
  const state = module.parse((await runScript(probe)).stdout.toString(), wish)
  if (module.complete) wish = await module.complete(wish, state, controller)
  const plan = module.plan(wish, state)
  return [probe, ...(plan.changes.length > 0 ? [module.apply(wish, state, plan).script] : [])]
}

async function startedBy(script: Script, log: string): Promise<string[]> {
  const strace = ['-f', '-v', '-qq', '-s', '100000', '-e', 'trace=execve', '-o', log, '--', 'dash']
  const child = spawn('strace', strace, { stdio: ['pipe', 'ignore', 'ignore'], cwd: '/' })
  child.stdin.end(sent(script))
  await once(child, 'close')
  return readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => line.includes('execve('))
}
