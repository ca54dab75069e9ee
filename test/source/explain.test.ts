import { expect } from 'chai'
import fc from 'fast-check'
import { UserError } from '../../src/errors.ts'
import { formatDiagnostic } from '../../src/source/diagnostic.ts'
import { parseYaml } from '../../src/source/yaml.ts'

/** The whole message, as people see it. */
function complaint(text: string): string {
  try {
    parseYaml(text, 'site.yml')
  } catch (error) {
    if (error instanceof UserError) return formatDiagnostic(error, () => text, { color: false })
    throw error
  }
  return 'accepted'
}

describe('a mistake in YAML is explained', () => {
  const table: readonly [string, string, string][] = [
    [
      'a key one column off',
      '- hosts: all\n  tasks:\n    - apt:\n        name: x\n       state: present\n',
      `site.yml:5:8: error: the indentation does not fit: this line begins in column 8, what stands above it in column 9
 4 |         name: x
 5 |        state: present
   |        ^
hint: keys of one mapping, and items of one list, begin in the same column`,
    ],
    [
      'a key below the dash instead of below the key',
      '- name: a\ndebug: msg=x\n',
      `site.yml:2:1: error: the indentation does not fit: this line begins in column 1, what stands above it in column 3
 1 | - name: a
 2 | debug: msg=x
   | ^
hint: keys of one mapping, and items of one list, begin in the same column`,
    ],
    [
      'a colon that is missing',
      '- hosts: all\n  tasks\n    - debug: msg=x\n',
      `site.yml:2:8: error: a colon is missing after 'tasks'
 1 | - hosts: all
 2 |   tasks
   |        ^
hint: write tasks:`,
    ],
    [
      'an apostrophe in single quotes',
      "- msg: 'don't'\n",
      `site.yml:1:13: error: there is text after the closing quote
 1 | - msg: 'don't'
   |             ^
hint: write "don't"`,
    ],
    [
      'a Windows path in double quotes',
      'a: "C:\\path"\n',
      `site.yml:1:8: error: in double quotes a backslash begins an escape, and this is none
 1 | a: "C:\\path"
   |        ^
hint: write the backslash twice, or use single quotes`,
    ],
    [
      'a wildcard that looks like an alias',
      'a: *.example.com\n',
      `site.yml:1:4: error: there is no anchor &.example.com for this alias
 1 | a: *.example.com
   |    ^
hint: to YAML * begins an alias; quote the value if it is text: "*.example.com"`,
    ],
    [
      'a dash without a space',
      '-hosts: all\n tasks: []\n',
      `site.yml:1:1: error: a space is missing after the dash
 1 | -hosts: all
   | ^
hint: write - hosts: all`,
    ],
    [
      'a comma after a list',
      '- hosts: all\n  roles: [a, b],\n',
      `site.yml:2:16: error: this does not belong here
 1 | - hosts: all
 2 |   roles: [a, b],
   |                ^
hint: quote the value if it is meant to be part of it, or begin a new line`,
    ],
    [
      'a template between braces',
      'vars: { a: 1, b: {{ c }}, d: 2 }\n',
      `site.yml:1:18: error: a value that begins with a template must be quoted
 1 | vars: { a: 1, b: {{ c }}, d: 2 }
   |                  ^
hint: write vars: { a: 1, b: "{{ c }}", d: 2 }`,
    ],
    [
      'a bracket that is never closed',
      'ports: [80, 443\nother: x\n',
      `site.yml:1:8: error: this [ is never closed, or a comma is missing after it
 1 | ports: [80, 443
   |        ^`,
    ],
    [
      'a list below a value',
      'a: 1\n- b\n',
      `site.yml:2:1: error: a list item stands where a key is expected
 1 | a: 1
 2 | - b
   | ^
hint: indent the list under its key`,
    ],
  ]
  for (const [what, text, expected] of table) it(what, () => expect(complaint(text)).to.equal(expected))

  it('at a place inside the file, whatever the file', () => {
    const pieces = [
      'a: ',
      '- ',
      '\n',
      '\n  ',
      '"',
      "'",
      '{',
      '}',
      '[',
      ']',
      ', ',
      ': ',
      '|\n',
      '&a ',
      '*a',
      '!x ',
      '{{ y }}',
      '\t',
      '%',
      '@',
      '---\n',
      '\u0000',
      '\uD800',
      '\u0085',
      '<<: ',
      '? ',
      '# c',
    ]
    const text = fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 3 })), { maxLength: 12 })
    fc.assert(
      fc.property(
        text.map((parts) => parts.join('')),
        (source) => {
          try {
            parseYaml(source, 'f.yml')
          } catch (error) {
            if (!(error instanceof UserError) || !error.at) throw error
            const lines = source.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)
            expect(error.at.line).to.be.within(1, lines.length)
            expect(error.at.column).to.be.within(1, (lines[error.at.line - 1] ?? '').length + 2)
          }
        },
      ),
      { numRuns: 3000 },
    )
  })
})
