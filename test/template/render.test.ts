import { expect } from 'chai'
import { UserError } from '../../src/errors.ts'
import type { Value } from '../../src/source/value.ts'
import {
  checkSyntax,
  evaluate,
  isTemplate,
  references,
  renderText,
  renderValue,
  test,
  UndefinedVariable,
} from '../../src/template/render.ts'
import { contextOf } from './scope.ts'

const variables = {
  none: null,
  count: 5,
  ratio: 5.5,
  flag: true,
  name: 'web1',
  list: [1, 'b'],
  dict: { a: 1, nothing: null },
  type: 'server',
}

function failure(run: () => unknown): UserError {
  try {
    run()
  } catch (error) {
    if (error instanceof UserError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('renderValue', () => {
  const cases: readonly (readonly [Value, Value])[] = [
    ['plain text', 'plain text'],
    ['{{ count }}', 5],
    ['{{ none }}', null],
    ['{{ flag }}', true],
    ['{{ ratio }}', 5.5],
    ['{{ count + 1 }}', '6'],
    ['{{ name }}:{{ count }}', 'web1:5'],
    ['x{{ none }}', 'x'],
    ['{{ list }}', [1, 'b']],
    ['{{ dict }}', { a: 1, nothing: null }],
    ['{{ dict.nothing }}', ''],
    ['{{ list + [2] }}', [1, 'b', 2]],
    ['{{ 10 / 2 }}', '5.0'],
    ['{{ True }}', true],
    ['is {{ True }}', 'is True'],
    ['all of {{ list }}', "all of [1, 'b']"],
    ['{"a": {{ count }}, "b": true}', { a: 5, b: true }],
    ['{{ name }}\n\n', 'web1\n\n'],
    [
      { key: '{{ count }}', '{{ name }}': ['{{ name }}'] },
      { key: 5, '{{ name }}': ['web1'] },
    ],
    ["{{ 'a\\nb' }}", 'a\\nb'],
    ["{{ 'quoted' if name == 'web1' else 'not' }}", 'quoted'],
    ["{{ typo.deep.er | default('d') }}", 'd'],
    ['{{ typo is defined }}', false],
  ]
  for (const [template, expected] of cases)
    it(`${JSON.stringify(template)} → ${JSON.stringify(expected)}`, () => {
      expect(renderValue(template, contextOf(variables))).to.deep.equal(expected)
    })

  it('names an undefined variable, its place and the name that was meant', () => {
    const error = failure(() => renderValue('a {{ tpye }}', contextOf(variables)))
    expect(error).to.be.instanceOf(UndefinedVariable)
    expect(error.message).to.equal("'tpye' is undefined")
    expect(error.hint).to.equal("did you mean 'type'?")
    expect(error.at).to.deep.equal({ file: 'play.yml', line: 3, column: 15 })
  })

  it('names an unknown filter and the one that was meant', () => {
    const error = failure(() => renderValue('{{ name | uper }}', contextOf(variables)))
    expect(error.message).to.equal("unknown filter 'uper'")
    expect(error.hint).to.equal("did you mean 'upper'?")
    expect(error.at).to.deep.equal({ file: 'play.yml', line: 3, column: 20 })
  })

  it('lets what the scope throws pass untouched', () => {
    const unknown = new Error('not known yet')
    const scope = {
      get: () => {
        throw unknown
      },
      names: () => [],
    }
    expect(() => renderValue('{{ fact | default(1) }}', { scope })).to.throw(unknown)
  })

  it('takes a variable whose own template is undefined for undefined', () => {
    const scope = {
      get: (name: string) => {
        if (name === 'b') throw new UndefinedVariable("'c' is undefined")
        return undefined
      },
      names: () => [],
    }
    expect(renderValue("{{ b | default('none') }}", { scope })).to.equal('none')
    expect(failure(() => renderValue('{{ b }}', { scope })).message).to.equal("'c' is undefined")
  })

  it('never changes a variable', () => {
    const own = { list: [1], dict: { a: [1] } }
    const template = '{{ list.append(2) }}{{ dict.a.append(2) }}{{ dict.update({"b": 1}) }}{{ list }}{{ dict }}'
    expect(renderValue(template, contextOf(own))).to.equal("[1, 2]{'a': [1, 2], 'b': 1}")
    expect(own).to.deep.equal({ list: [1], dict: { a: [1] } })
  })

  for (const attack of ["''.constructor", '[].__proto__', 'dict.__class__', 'range.constructor("return 1")()'])
    it(`sees nothing in ${attack}`, () => {
      expect(failure(() => renderValue(`{{ ${attack} }}`, contextOf(variables))).message).to.match(/has no attribute/)
    })
})

describe('renderText', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['{% for i in list %}\n{{ loop.index }}: {{ i }}\n{% endfor %}\n', '1: 1\n2: b\n'],
    ['{% if flag %}\nyes\n{% endif %}\n', 'yes\n'],
    ['  {%- if flag %} a {% endif -%}  b\n', ' a b\n'],
    ['{{ list }}\n', "[1, 'b']\n"],
    ['#jinja2: trim_blocks: False\n{% if flag %}\nx{% endif %}\n', '\nx\n'],
    ["{{ 'a\\nb' }}", 'a\nb'],
    ['no end', 'no end'],
    ['a\r\nb\r\n', 'a\nb\n'],
  ]
  for (const [template, expected] of cases)
    it(JSON.stringify(template), () => {
      expect(renderText(template, contextOf(variables))).to.equal(expected)
    })

  it('places errors in the file', () => {
    const error = failure(() => renderText('a\nb {{ typo }}\n', contextOf(variables), { file: 'x.j2' }))
    expect(error.at).to.deep.equal({ file: 'x.j2', line: 2, column: 6 })
  })
})

describe('evaluate', () => {
  it('keeps the type', () => {
    expect(evaluate('count + 1', contextOf(variables))).to.equal(6)
    expect(evaluate('"5"', contextOf(variables))).to.equal('5')
  })
})

describe('test', () => {
  const cases: readonly (readonly [Value, boolean])[] = [
    ['count == 5 and name is defined', true],
    ['not flag', false],
    ['typo is defined and typo.x == 1', false],
    ['typo.x == 1 or typo is undefined', true],
    [true, true],
    ['', true],
    [null, true],
    ['{{ count }} == 5', true],
    ['list', true],
    ['dict.nothing', false],
  ]
  for (const [condition, expected] of cases)
    it(`${JSON.stringify(condition)} is ${expected}`, () => {
      expect(test(condition, contextOf(variables))).to.equal(expected)
    })

  for (const condition of ['typo == 1', 'not typo', '"x" ~ typo', 'typo', 'yes'])
    it(`${condition} fails`, () => {
      expect(() => test(condition, contextOf(variables))).to.throw(UndefinedVariable)
    })
})

describe('checkSyntax', () => {
  const cases: readonly (readonly [string, string, number, number])[] = [
    ['{{ a', "expected '}}', got end of template", 3, 14],
    ['{% if a %}\n{% endfor %}', "unknown tag 'endfor'", 4, 4],
    ["{{ 'a }}", "the string that starts here has no closing '", 3, 13],
    ['{{ a | uper }}', "unknown filter 'uper'", 3, 17],
    ['{{ a is strin }}', "unknown test 'strin'", 3, 18],
    ['{{ a | json_query("x") }}', "filter 'json_query' is not supported", 3, 17],
  ]
  for (const [text, message, line, column] of cases)
    it(JSON.stringify(text), () => {
      const error = failure(() => checkSyntax(text, { file: 'play.yml', line: 3, column: 10 }))
      expect(error.message).to.contain(message)
      expect(error.at).to.deep.equal({ file: 'play.yml', line, column })
    })

  it('accepts what can be read', () => {
    checkSyntax('{% for a in b %}{{ a | upper }}{% endfor %}')
    checkSyntax('a is defined and b | length > 1', undefined, 'expression')
  })
})

describe('references', () => {
  it('are the names a template does not bind itself', () => {
    const found = references(
      '{% for x in a.b if w %}{{ x ~ y | default(z) }}{% endfor %}{% set s = 1 %}{{ s + range(n) }}',
    )
    expect([...found]).to.deep.equal(['a', 'w', 'y', 'z', 'n'])
    expect([...references("a is defined and lookup('env', b)", 'expression')]).to.deep.equal(['a', 'b'])
  })
})

describe('isTemplate', () => {
  it('sees the beginning of a template', () => {
    expect(['{{ a }}', '{% if %}', '{# c #}', 'a } b', '{'].map(isTemplate)).to.deep.equal([
      true,
      true,
      true,
      false,
      false,
    ])
  })
})
