import { printable, printableLines } from './printable.ts'

/** A run as JUnit's XML, in the dialect that GitLab, GitHub's actions and Jenkins have in common. */
export interface Suite {
  readonly host: string
  readonly cases: readonly Case[]
}

export interface Case {
  readonly play: string
  readonly name: string
  /** file:line of the task; left out for what is no task. */
  readonly at?: string
  readonly ms: number
  readonly result: Result
}

export type Result =
  | { readonly kind: 'passed'; readonly output?: string }
  /** `failure`: the task says no. `error`: it could not even be asked (unreachable, never started). */
  | { readonly kind: 'failure' | 'error'; readonly type: string; readonly text: string }
  | { readonly kind: 'skipped'; readonly text: string }

export function junitXml(name: string, suites: readonly Suite[]): string {
  const cases = suites.flatMap((suite) => suite.cases)
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites ${attributes({ name, ...totals(cases) })}>`,
    ...suites.flatMap(suiteLines),
    '</testsuites>',
    '',
  ].join('\n')
}

function suiteLines(suite: Suite): string[] {
  const head = attributes({ name: suite.host, hostname: suite.host, ...totals(suite.cases) })
  return [`  <testsuite ${head}>`, ...suite.cases.flatMap(caseLines), '  </testsuite>']
}

function caseLines(test: Case): string[] {
  const [, file, line] = /^(.*):(\d+)$/.exec(test.at ?? '') ?? []
  const where = file === undefined || line === undefined ? {} : { file, line }
  const head = `    <testcase ${attributes({ classname: test.play, name: test.name, ...where, time: seconds(test.ms) })}`
  const inner = resultLine(test.result)
  return inner === undefined ? [`${head}/>`] : [`${head}>`, `      ${inner}`, '    </testcase>']
}

function resultLine(result: Result): string | undefined {
  switch (result.kind) {
    case 'passed':
      return result.output === undefined ? undefined : `<system-out>${block(result.output)}</system-out>`
    case 'skipped':
      return `<skipped ${attributes({ message: result.text })}/>`
    case 'failure':
    case 'error': {
      const message = printableLines(result.text)[0] ?? result.type
      return `<${result.kind} ${attributes({ message, type: result.type })}>${block(result.text)}</${result.kind}>`
    }
  }
}

function totals(cases: readonly Case[]): Readonly<Record<string, string>> {
  const count = (kind: Result['kind']): string => String(cases.filter((test) => test.result.kind === kind).length)
  const ms = cases.reduce((sum, test) => sum + test.ms, 0)
  return {
    tests: String(cases.length),
    failures: count('failure'),
    errors: count('error'),
    skipped: count('skipped'),
    time: seconds(ms),
  }
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3)
}

function attributes(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([key, value]) => `${key}="${escapeXml(printable(value)).replaceAll('"', '&quot;')}"`)
    .join(' ')
}

function block(text: string): string {
  return escapeXml(printableLines(text).join('\n'))
}

/** XML 1.0 has no place for some characters, not even escaped; the controls among them are spelled out already. */
function escapeXml(text: string): string {
  return text
    .replace(/[\ud800-\udfff\ufffe\uffff]/gu, '\ufffd')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
}
