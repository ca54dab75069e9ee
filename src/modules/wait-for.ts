import { z } from 'zod'
import { lines, nothing, Script, sh } from '../shell/script.ts'
import type { Mapping } from '../source/value.ts'
import { hostPath, int, text, textList } from './args.ts'
import { defineAction, type Report, type StepResult } from './define.ts'
import { groupsOf, toExtended } from './facts/regex.ts'
import { addressHex, countConnections, isLoopback, listens, type TcpState, tcpStates } from './facts/tcp.ts'

const stateNames = Object.keys(tcpStates) as TcpState[]

const args = z
  .strictObject({
    host: text()
      .refine((host) => /^[A-Za-z0-9_.:%-]+$/.test(host) && !host.startsWith('-'), 'is not a name or an address')
      .default('127.0.0.1')
      .describe('Whose port, as the host sees it'),
    port: int(1, 65535).optional().describe('The port to wait for'),
    path: hostPath().optional().describe('The file to wait for'),
    state: z
      .enum(['started', 'stopped', 'present', 'absent', 'drained'])
      .default('started')
      .describe('started or present, stopped or absent, drained: no connection left'),
    search_regex: text().optional().describe('Text that must be in the file, or that the port must say'),
    timeout: int(0).default(300).describe('Seconds to wait at most'),
    delay: int(0).default(0).describe('Seconds to wait before the first look'),
    sleep: int(0).default(1).describe('Seconds between two looks'),
    connect_timeout: int(1).default(5).describe('Seconds that one try may take'),
    active_connection_states: z.array(z.enum(stateNames)).default(stateNames).describe('What counts as a connection'),
    exclude_hosts: textList().optional().describe('With drained: addresses whose connections do not count'),
    msg: text().optional().describe('What to say when it took too long'),
  })
  .superRefine((given, context) => {
    const say = (path: string, message: string) => context.addIssue({ code: 'custom', path: [path], message })
    const { state, path, port, host, exclude_hosts: excluded, search_regex: regex } = given
    if (port !== undefined && path !== undefined)
      say('path', 'port and path parameter can not both be passed to wait_for')
    if (path !== undefined && (state === 'stopped' || state === 'drained')) {
      say('state', `state=${state} should only be used for checking a port in the wait_for module`)
    }
    if (state === 'drained' && port === undefined) say('port', 'state=drained needs a port')
    if (excluded && state !== 'drained') say('exclude_hosts', 'exclude_hosts should only be with state=drained')
    if (state === 'drained') {
      for (const name of [host, ...(excluded ?? [])]) {
        if (name !== 'localhost' && addressHex(name) === undefined)
          say('host', `'${name}': state=drained needs addresses, not names`)
      }
    }
    if (regex === undefined) return
    try {
      toExtended(regex)
    } catch (error) {
      say('search_regex', error instanceof Error ? error.message : String(error))
    }
  })

type Wish = z.output<typeof args>

/** Waits for a port or a file, as Ansible's `wait_for`, with nothing but a shell. */
export default defineAction({
  name: 'wait_for',
  doc: {
    summary: 'Wait until a port answers or a file is there',
    checkMode: 'not run: what it waits for may come from an earlier task',
    example: '- wait_for: { port: 22, timeout: 60 }',
    returns: { elapsed: 'seconds', match_groups: 'the groups of search_regex' },
  },
  args,
  readOnly: true,
  run: (wish) => ({ script: waitScript(wish), timeout: wish.delay + wish.timeout + wish.connect_timeout + 30 }),
  report,
})

function waitScript(wish: Wish): Script {
  const gone = wish.state === 'absent' || wish.state === 'stopped'
  // By the time since boot: the clock on the wall may be set while we wait.
  const begin = sh`_clock() { read -r _up _x </proc/uptime; _up=\${_up%%.*}; }
_clock; _start=$_up
_end() { _clock; printf 'elapsed\\t%s\\n' $((_up - _start)); exit "$1"; }
sleep ${wish.delay}`
  if (wish.port === undefined && wish.path === undefined) return lines(begin, sh`sleep ${wish.timeout}; _end 0`)
  return lines(
    begin,
    sh`_look() {
${look(wish)}
}
while :; do
  if ${new Script(gone ? '! ' : '')}_look; then _end 0; fi
  _clock
  [ $((_up - _start)) -lt ${wish.timeout} ] || _end 1
  sleep ${wish.sleep}
done`,
  )
}

function look(wish: Wish): Script {
  const { path, port, host, search_regex: regex } = wish
  if (path !== undefined) {
    if (regex === undefined || wish.state === 'absent') return sh`[ -e ${path} ]`
    return sh`[ -f ${path} ] && grep -E -m 1 -e ${toExtended(regex)} ${path} 2>/dev/null`
  }
  if (port === undefined) return nothing
  if (wish.state === 'drained') {
    const own = host === 'localhost' ? '127.0.0.1' : host
    return sh`[ "$(${countConnections(own, port, wish.active_connection_states, wish.exclude_hosts ?? [])})" -eq 0 ]`
  }
  if (regex !== undefined && wish.state !== 'stopped' && wish.state !== 'absent') return answers(wish, port, regex)
  return isLoopback(host) ? listens(host, port) : connects(wish, port)
}

/** For ports of others something must connect: bash can, and so can every nc; hosts have one or the other. */
function connects({ host, connect_timeout: seconds }: Wish, port: number): Script {
  return withTool(
    sh`timeout ${seconds} bash -c 'exec 3<>"/dev/tcp/$0/$1"' ${host} ${port} 2>/dev/null`,
    sh`timeout ${seconds} nc -w ${seconds} ${host} ${port} </dev/null >/dev/null 2>&1`,
  )
}

function answers({ host, connect_timeout: seconds }: Wish, port: number, regex: string): Script {
  const search = sh`grep -a -E -m 1 -e ${toExtended(regex)}`
  return withTool(
    sh`timeout ${seconds} bash -c 'exec 3<>"/dev/tcp/$0/$1"; cat <&3' ${host} ${port} 2>/dev/null | ${search}`,
    sh`sleep ${seconds} | timeout ${seconds} nc -w ${seconds} ${host} ${port} 2>/dev/null | ${search}`,
  )
}

function withTool(bash: Script, nc: Script): Script {
  return lines(
    sh`if command -v bash >/dev/null 2>&1 && command -v timeout >/dev/null 2>&1; then
${bash}
elif command -v nc >/dev/null 2>&1 && command -v timeout >/dev/null 2>&1; then
${nc}
else
  printf '%s\\n' 'to connect to a port this host needs the programs timeout, and bash or nc' >&2
  exit 3
fi`,
  )
}

function report(wish: Wish, step: StepResult): Report {
  const { state, port = null, path = null, search_regex: regex = null } = wish
  const output = step.stdout.toString('utf8')
  const found = /(?:^|\n)elapsed\t(\d+)\n?$/.exec(output)
  const elapsed = Number(found?.[1] ?? Math.floor(step.ms / 1000))
  if (step.code !== 0) {
    const failed = step.code === 3 ? step.stderr.toString().trim() : (wish.msg ?? tooLate(wish))
    return { changed: false, failed, result: { msg: failed, elapsed } }
  }
  const { groups, named } = groupsOf(regex ?? '', regex === null ? '' : output.slice(0, found?.index))
  const result: Mapping = {
    state,
    port,
    path,
    search_regex: regex,
    match_groups: groups,
    match_groupdict: named,
    elapsed,
  }
  return { changed: false, result }
}

function tooLate({ state, host, port, path, search_regex: regex }: Wish): string {
  const where = path ?? `${host}:${port ?? ''}`
  if (state === 'drained') return `Timeout when waiting for ${where} to drain`
  if (state === 'stopped' || state === 'absent') {
    return path === undefined
      ? `Timeout when waiting for ${where} to stop.`
      : `Timeout when waiting for ${path} to be absent.`
  }
  if (regex !== undefined) return `Timeout when waiting for search string ${regex} in ${where}`
  return path === undefined ? `Timeout when waiting for ${where}` : `Timeout when waiting for file ${path}`
}
