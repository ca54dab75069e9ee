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
    "could not load module 'imfoo': No such file or directory",
  ],
  [
    "could not load module '/opt/my.modules/im-foo_2.so', errors: trying to load module /opt/my.modules/im-foo_2.so: /opt/my.modules/im-foo_2.so: cannot open shared object file: Permission denied",
    "could not load module '/opt/my.modules/im-foo_2.so': Permission denied",
  ],
  ["could not load module 'My-Intake-KEY_1 x', errors: trying to load module", 'could not load module'],
  ["module name 'omfoo' is unknown", "module name 'omfoo' is unknown"],
  ["input module name 'imfoo' is unknown", "input module name 'imfoo' is unknown"],
  [
    '$WorkDirectory: /var/spool/rsyslog-2 can not be accessed, probably does not exist - directive ignored',
    '$WorkDirectory: /var/spool/rsyslog-2 can not be accessed, probably does not exist',
  ],
  ['$WorkDirectory: /etc/passwd not a directory - directive ignored', '$WorkDirectory: /etc/passwd not a directory'],
  [
    '$WorkDirectory: My-Intake-KEY_1 can not be accessed, probably does not exist - directive ignored',
    '$WorkDirectory can not be accessed, probably does not exist',
  ],
  [
    '$WorkDirectory: /x intake_key="My-Intake-KEY_1" can not be accessed, probably does not exist - directive ignored',
    '$WorkDirectory can not be accessed, probably does not exist',
  ],
  [
    "error: defaultnetstreamdrivercafile file '/etc/rsyslog.d/ca.pem' could not be accessed: No such file or directory",
    "defaultnetstreamdrivercafile file '/etc/rsyslog.d/ca.pem' could not be accessed: No such file or directory",
  ],
  [
    "error: defaultnetstreamdrivercafile file 'My-Intake-KEY_1' could not be accessed: No such file or directory",
    'defaultnetstreamdrivercafile file: No such file or directory',
  ],
  [
    "lookup table file '/etc/a.json' could not be opened: No such file or directory",
    "lookup table file '/etc/a.json' could not be opened: No such file or directory",
  ],
  [
    `${place} 1: error accessing config file or directory '/etc/a.conf' [cwd: /root]: No such file or directory`,
    "/etc/rsyslog.d/11-netfilter.conf, line 1: error accessing config file or directory '/etc/a.conf': No such file or directory",
  ],
  [
    `${place} 4: parameter 'My-Intake-KEY_1' not known -- typo in config file?`,
    '/etc/rsyslog.d/11-netfilter.conf, line 4: unknown parameter',
  ],
  [" Could not find template 0 '/My/Intake/KEY_1' - action disabled", 'Could not find template'],
  [
    `${place} 3: invalid property '/My/Intake/KEY_1 could not load module 'My-Intake-KEY_1', errors: '`,
    '/etc/rsyslog.d/11-netfilter.conf, line 3: invalid property',
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
