import { execFileSync } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { atRestScript, readAtRest } from '../../src/modules/proofs/at-rest.ts'

/** What rsyslogd 8.2102 to 8.2504 says with `-N1`, without `rsyslogd: ` before and the version behind it, and what is told of it. */
const place = 'error during parsing file /etc/rsyslog.d/11-netfilter.conf, on or before line'
const table: readonly [string, string | undefined][] = [
  [
    `${place} 3: invalid property 'procid LOG [SEKOIA@53288 intake_key="My-Intake-KEY_1"] '`,
    '/etc/rsyslog.d/11-netfilter.conf, line 3: invalid property',
  ],
  [
    String.raw`error: extra characters in config line ignored: '<%pri%>1 LOG [SEKOIA@53288 intake_key=\"My-Intake-KEY_1\"] %msg%\n"'`,
    'extra characters in config line ignored',
  ],
  ['error: invalid regular expression type, rest of line My-Intake-KEY_1:foo%"', 'invalid regular expression type'],
  [
    `${place} 12: $-sign in double quotes must be escaped, problem string is: My-Intake-KEY_1 $x`,
    '/etc/rsyslog.d/11-netfilter.conf, line 12: $-sign in double quotes must be escaped',
  ],
  [
    `${place} 5: parameter 'fileowner': ID for user My-Intake-KEY_1 could not be found`,
    '/etc/rsyslog.d/11-netfilter.conf, line 5: parameter',
  ],
  ['unknown actionqueue parameter: My-Intake-KEY_1', 'unknown actionqueue parameter'],
  [`${place} 1: Invalid function My_Intake_KEY_1`, '/etc/rsyslog.d/11-netfilter.conf, line 1: Invalid function'],
  ['omfwd: invalid protocol "My-Intake-KEY_1"', 'omfwd: invalid protocol'],
  ["template error: invalid field option 'My-Intake-KEY_1' specified - ignored", 'invalid field option'],
  [
    `${place} 2: invalid character '<' in object definition - is there an invalid escape sequence somewhere?`,
    '/etc/rsyslog.d/11-netfilter.conf, line 2: invalid character',
  ],
  [" Could not find template 0 'My-Intake-KEY_1' - action disabled", 'Could not find template'],
  [
    "could not load module 'imfoo', errors: trying to load module /usr/lib/rsyslog/imfoo.so: No such file or directory",
    'could not load module',
  ],
  ['run failed with error -2103 (see rsyslog.h or try https://www.rsyslog.com/e/2103)', 'run failed with error'],
  ['version 8.2302.0, config validation run (level 1), master config /etc/rsyslog.conf', undefined],
  ['environment variable TZ is not set, auto correcting this to TZ=/etc/localtime', undefined],
]

describe('what is told of mistakes in the configuration of rsyslog', () => {
  const dir = mkdtempSync(join(tmpdir(), 'sallyport-mistakes-'))
  after(() => rmSync(dir, { recursive: true }))

  /** An rsyslogd that does not take its configuration and says these lines of it. */
  function complaint(shell: readonly [string, ...string[]], ...said: readonly string[]): string | undefined {
    const text = said.map((line) => `rsyslogd: ${line} [v8.2302.0 try https://www.rsyslog.com/e/2207 ]\n`).join('')
    writeFileSync(join(dir, 'said'), text)
    writeFileSync(join(dir, 'rsyslogd'), `#!/bin/sh\ncat ${dir}/said >&2\nexit 1\n`)
    chmodSync(join(dir, 'rsyslogd'), 0o755)
    const script = atRestScript({ drivers: [], config: '/none', texts: [], ca: '/none' }).text
    const [program, ...args] = shell
    const env = { ...process.env, PATH: `${dir}:${process.env['PATH'] ?? ''}` }
    return readAtRest(execFileSync(program, [...args, '-c', script], { env }).toString()).complaint
  }

  for (const [said, told] of table) {
    it(`tells ${told ?? 'nothing'} of: ${said.slice(0, 100)}`, () => {
      expect(complaint(['sh'], said)).to.equal(told ?? 'rsyslogd does not take it')
    })
  }

  for (const shell of [['dash'], ['bash', '--posix'], ['busybox', 'sh']] as const) {
    it(`tells the first three, each once, under ${shell[0]}`, () => {
      const [first, second, third, fourth] = table.map(([said]) => said) as [string, string, string, string]
      expect(complaint([...shell], first, first, second, third, fourth)).to.equal(
        '/etc/rsyslog.d/11-netfilter.conf, line 3: invalid property; extra characters in config line ignored; invalid regular expression type',
      )
    })
  }

  it('takes no line for one of rsyslogd that is quoted by it', () => {
    expect(complaint(['sh'], `${place} 3: syntax error on token 'error\nMy-Intake-KEY_1 error'`)).to.equal(
      '/etc/rsyslog.d/11-netfilter.conf, line 3: syntax error on token',
    )
  })
})
