import { expect } from 'chai'
import fc from 'fast-check'
import { UserError } from '../../src/errors.ts'
import type { Value } from '../../src/source/value.ts'
import { checkSyntax, evaluate, references, renderText, renderValue, type Scope } from '../../src/template/render.ts'
import { expression, template } from '../conformance/template/generate.ts'
import { variables } from '../conformance/template/variables.ts'
import { contextOf } from './scope.ts'

/** JSON values, without the negative zero that no JSON text keeps. */
const json = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.parse(JSON.stringify(value)) as Value)

/** Text full of the characters that mean something in a template. */
const noise = fc
  .array(
    fc.oneof(
      fc.constantFrom(...'{}%#-+*/|~=<>!.,:;()[]"\'\\ \n'.split(''), '{{', '}}', '{%', '%}', '{#', '#}', '{%-', '-%}'),
      fc.constantFrom(
        'if',
        'for',
        'in',
        'endif',
        'endfor',
        'set',
        'raw',
        'endraw',
        'macro',
        'is',
        'not',
        'a',
        '1',
        '1.5',
        'é',
      ),
    ),
    { maxLength: 30 },
  )
  .map((parts) => parts.join(''))

function textOf(source: string, v: Value): string {
  const text = evaluate(source, contextOf({ v }))
  if (typeof text !== 'string') throw new Error(`${source} gave no text`)
  return text
}

describe('templates in general', () => {
  it('are rendered or refused with a UserError, whatever the text', () => {
    fc.assert(
      fc.property(noise, (text) => {
        for (const run of [
          renderValue,
          renderText,
          (source: string) => {
            checkSyntax(source)
          },
        ])
          try {
            run(text, contextOf({ a: [1] }))
          } catch (error) {
            if (!(error instanceof UserError)) throw error
          }
      }),
      { numRuns: 500 },
    )
  })

  it('leave text without a template as it is', () => {
    fc.assert(
      fc.property(json, (value) => {
        fc.pre(!/\{[{%#]/.test(JSON.stringify(value)))
        expect(renderValue(value, contextOf())).to.deep.equal(value)
      }),
    )
  })

  it('give structured variables back as they are', () => {
    fc.assert(
      fc.property(json, (value) => {
        fc.pre(typeof value !== 'string')
        expect(renderValue('{{ v }}', contextOf({ v: value }))).to.deep.equal(value)
      }),
    )
  })

  it('write JSON that reads back', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(JSON.parse(textOf('v | to_json', value))).to.deep.equal(value)
        expect(evaluate('v | to_nice_json | from_json', contextOf({ v: value }))).to.deep.equal(value)
      }),
    )
  })

  it('write YAML that reads back', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(evaluate('v | to_yaml | from_yaml', contextOf({ v: value }))).to.deep.equal(value)
        expect(evaluate('v | to_nice_yaml | from_yaml', contextOf({ v: value }))).to.deep.equal(value)
      }),
    )
  })

  it('quote so that a shell reads one word', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const quoted = textOf('v | quote', text)
        const inner = quoted.startsWith("'") ? quoted.slice(1, -1).replaceAll(`'"'"'`, "'") : quoted
        expect(inner).to.equal(text)
      }),
    )
  })

  it('ask the scope for nothing that references() does not name', () => {
    const asked = new Set<string>()
    const scope: Scope = {
      get: (name) => {
        asked.add(name)
        return variables[name]
      },
      names: () => Object.keys(variables),
    }
    fc.assert(
      fc.property(template, (text) => {
        asked.clear()
        try {
          renderText(text, { scope })
        } catch (error) {
          if (!(error instanceof UserError)) throw error
        }
        const named = references(text)
        const globals = ['range', 'dict', 'lookup', 'query', 'q', 'namespace', 'now', 'undef', 'joiner', 'cycler']
        expect([...asked].filter((name) => !named.has(name) && !globals.includes(name))).to.deep.equal([])
      }),
    )
  })

  it('never change a variable', () => {
    const frozen = JSON.stringify(variables)
    fc.assert(
      fc.property(
        expression,
        fc.constantFrom('append(1)', 'update({"a": 1})', 'pop()', 'sort()', 'clear()'),
        (source, call) => {
          try {
            renderText(`{% set v = ${source} %}{{ v.${call} }}`, contextOf(variables))
          } catch (error) {
            if (!(error instanceof UserError)) throw error
          }
          expect(JSON.stringify(variables)).to.equal(frozen)
        },
      ),
    )
  })
})
