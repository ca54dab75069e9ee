import { expect } from 'chai'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UserError } from '../../src/errors.ts'
import { checkSyntax, renderText, renderValue } from '../../src/template/render.ts'
import { contextOf } from './scope.ts'

const at = { file: 'play.yml', line: 3, column: 10 }

function failure(run: () => unknown): UserError {
  try {
    run()
  } catch (error) {
    if (error instanceof UserError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('mistakes in a template are shown at their place', () => {
  const syntax: readonly (readonly [string, RegExp, number, number])[] = [
    ['{{ a', /expected '}}', got end of template/, 3, 14],
    ['{{ a b }}', /expected '}}', got 'b'/, 3, 15],
    ['{{ }}', /expected an expression/, 3, 13],
    ['{{ (a }}', /unexpected '}'|expected '\)'/, 3, 16],
    ['{{ a) }}', /unexpected '\)'/, 3, 14],
    ["{{ 'a }}", /no closing '/, 3, 13],
    ['{{ a ? b }}', /unexpected character '\?'/, 3, 15],
    ['{{ 1 + }}', /expected an expression, got end of print statement/, 3, 17],
    ['{% if a %}\nx', /\{% if %\} is never closed: expected \{% elif %\} or \{% else %\} or \{% endif %\}/, 3, 13],
    ['x\n{% endif %}', /unknown tag 'endif'/, 4, 4],
    ['{% fro x in y %}', /unknown tag 'fro'/, 3, 13],
    ['{% for x of y %}{% endfor %}', /expected 'in', got 'of'/, 3, 19],
    ['{% set 1 = 2 %}', /can't assign to this/, 3, 17],
    ['{# never closed', /comment that starts here is never closed/, 3, 10],
    ['{% raw %}x', /\{% raw %\} is never closed/, 3, 10],
    ['{{ f(a=1, 2) }}', /positional argument cannot follow/, 3, 20],
    ["{{ 'it\\'s' }}", /backslash cannot escape a quote/, 3, 16],
    ['{{ 99999999999999999999 }}', /beyond 2\^53/, 3, 13],
    ["{{ lookup('nosuch') }}", /unknown lookup 'nosuch'/, 3, 20],
    ["{{ query('url', 'https://example.org') }}", /'url' is not supported: templates do not reach out/, 3, 19],
    ["{{ [1] | map('uper') }}", /unknown filter 'uper'/, 3, 23],
    ["{{ [1] | selectattr('a', 'definde') }}", /unknown test 'definde'/, 3, 35],
  ]
  for (const [text, message, line, column] of syntax)
    it(`reading ${JSON.stringify(text)}`, () => {
      const error = failure(() => {
        checkSyntax(text, at)
      })
      expect(error.message).to.match(message)
      expect(error.at).to.deep.equal({ file: 'play.yml', line, column })
    })

  it('behind a first line that sets how it is read', () => {
    for (const [line, message] of [
      ['# two {{ nix }}', "'nix' is undefined"],
      ['# two {{ ', 'expected an expression'],
    ] as const) {
      const error = failure(() =>
        renderText(`#jinja2: trim_blocks: True\n# one\n${line}\n`, contextOf({}), { file: 'n.j2' }),
      )
      expect(error.message).to.contain(message)
      expect(error.at).to.deep.equal({ file: 'n.j2', line: 3, column: 10 })
    }
  })

  const rendering: readonly (readonly [string, RegExp, number, number])[] = [
    ["{{ 'a' + 1 }}", /can only concatenate str/, 3, 17],
    ['a\n  {{ typo | upper }}', /'typo' is undefined/, 4, 6],
    ['{{ dict.typo | upper }}', /'dict object' has no attribute 'typo'/, 3, 17],
    ['{{ typo.a.b }}', /'typo' is undefined/, 3, 13],
    ['{% for x in 5 %}{% endfor %}', /'int' object is not iterable/, 3, 22],
    ["{{ [1, 'a'] | sort }}", /'<' not supported/, 3, 24],
    ['{{ dict | combine(5) }}', /expected dicts/, 3, 20],
    ["{{ 'x' | regex_search('(') }}", /regular expression/, 3, 19],
    ["{{ 'x' | truncate(1, 2, 3, 4, 5) }}", /takes at most 4 arguments, 5 given/, 3, 19],
    ["{{ 'x' | replace('a') }}", /missing its argument 'new'/, 3, 19],
    ["{{ 'x' | indent(nope=1) }}", /unexpected keyword argument 'nope'/, 3, 19],
  ]
  for (const [text, message, line, column] of rendering)
    it(`rendering ${JSON.stringify(text)}`, () => {
      const error = failure(() => renderValue(text, contextOf({ dict: { type: 1 } })))
      expect(error.message).to.match(message)
      expect(error.at).to.deep.equal({ file: 'play.yml', line, column })
    })

  it('suggests what was meant', () => {
    const hint = (text: string): string | undefined =>
      failure(() => renderValue(text, contextOf({ dict: { type: 1 } }))).hint
    expect(hint('{{ dict.typ }}')).to.equal("did you mean 'type'?")
    expect(hint('{{ dcit }}')).to.equal("did you mean 'dict'?")
    expect(hint("{{ lookup('evn', 'X') }}")).to.equal("did you mean 'env'?")
    expect(hint('{{ 1 is evn }}')).to.equal("did you mean 'even'?")
  })

  describe('in files', () => {
    let folder: string
    before(() => {
      folder = mkdtempSync(join(tmpdir(), 'template-'))
    })
    after(() => {
      rmSync(folder, { recursive: true })
    })

    const failIn = (name: string, text: string, main: string): UserError => {
      writeFileSync(join(folder, name), text)
      return failure(() => renderText(main, contextOf({}, { searchPaths: [folder] }), { file: 'main.j2' }))
    }

    it('that cannot be read', () => {
      const error = failIn('broken.j2', 'a\n{{ b', "{% include 'broken.j2' %}")
      expect(error.at).to.deep.equal({ file: join(folder, 'broken.j2'), line: 2, column: 5 })
    })

    it('that use something undefined', () => {
      const error = failIn('part.j2', 'a\n b {{ typo }}', "x\n{% include 'part.j2' %}")
      expect(error.at).to.deep.equal({ file: join(folder, 'part.j2'), line: 2, column: 7 })
    })

    it('that define a macro with a mistake', () => {
      const error = failIn(
        'macros.j2',
        '{% macro m(a) %}\n{{ a + 1 }}{% endmacro %}',
        "{% import 'macros.j2' as m %}\n{{ m.m('x') }}",
      )
      expect(error.at).to.deep.equal({ file: join(folder, 'macros.j2'), line: 2, column: 6 })
    })

    it('after an include that went well', () => {
      const error = failIn('fine.j2', 'fine', "{% include 'fine.j2' %}\n {{ typo }}")
      expect(error.at).to.deep.equal({ file: 'main.j2', line: 2, column: 5 })
    })

    it('that are missing', () => {
      const error = failIn('fine.j2', 'fine', "\n{% include 'nosuch.j2' %}")
      expect(error.message).to.equal("template 'nosuch.j2' not found")
      expect(error.hint).to.equal(`looked in ${folder}`)
      expect(error.at).to.deep.equal({ file: 'main.j2', line: 2, column: 4 })
    })
  })
})
