import fc from 'fast-check'
import type { Value } from '../../../src/source/value.ts'
import type { Answer } from './ask.ts'
import type { Case } from './case.ts'

// Random templates: most make sense, many fail, and ansible-core and we must agree on which and on what comes out.

const names = fc.constantFrom(
  'five',
  'zero',
  'negative',
  'ratio',
  'name',
  'sentence',
  'empty',
  'none',
  'yes_flag',
  'no_flag',
  'numbers',
  'words',
  'mixed',
  'nested',
  'dict',
  'users',
  'defaults',
  'overrides',
  'version',
  'number_text',
  'lines',
  'padded',
  'quotes',
  'unicode',
  'path',
  'nothing_here',
  'broken',
  'indirect',
  'indirect_list',
  'empty_list',
  'empty_dict',
)

const literals = fc.oneof(
  fc.integer({ min: -20, max: 100 }).map(String),
  fc.constantFrom('1.5', '0.1', '2.0', '1e3', 'true', 'false', 'none', '[]', '{}', '()', "''", '1e-7', '123456789.125'),
  fc
    .constantFrom('a', 'b1', 'web', 'x y', 'A-b_C', '%s', '{}', 'é', "it''s", '1', 'True', '[1]', 'a,b', 'T')
    .map((text) => `'${text.replaceAll("''", '')}'`),
  fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 4 }).map((items) => `[${items.join(', ')}]`),
)

const filters = fc.constantFrom(
  'abs',
  'b64encode',
  'basename',
  'batch(2)',
  'batch(3, 0)',
  'bool',
  'capitalize',
  'center(9)',
  'combine({"a": 9})',
  'comment',
  'd',
  "default('x')",
  "default('x', true)",
  'dict2items',
  'dictsort',
  'difference([1, 2])',
  'dirname',
  'first',
  'flatten',
  'float',
  'from_json',
  'from_yaml',
  'groupby(0)',
  'hash',
  'indent(2)',
  'int',
  'intersect([1, 2])',
  'items',
  'join',
  "join('-')",
  'last',
  'length',
  'list',
  'lower',
  "map('string')",
  "map('upper')",
  'map(attribute="name")',
  'max',
  'min',
  'quote',
  'regex_escape',
  "regex_findall('[a-z]+')",
  "regex_replace('b', '*')",
  "regex_search('\\\\w+')",
  "reject('none')",
  "replace('a', 'b')",
  'reverse',
  'round',
  'round(1)',
  "select('string')",
  'slice(2)',
  'sort',
  'sort(reverse=true)',
  'splitext',
  'split',
  'string',
  'sum',
  'symmetric_difference([1, 7])',
  "ternary('y', 'n')",
  'title',
  'to_json',
  'to_nice_json',
  'to_nice_yaml',
  'to_yaml',
  'trim',
  'truncate(9)',
  'type_debug',
  'union([1, 7])',
  'unique',
  'upper',
  'urlencode',
  'wordcount',
  'wordwrap(7)',
  'zip([1, 2])',
  'human_readable',
  'filesizeformat',
  'log',
  'pow(2)',
  'root',
  'striptags',
  'escape',
  'sha1',
  'path_join',
  'permutations(2)',
  'product',
  'extract(dict)',
)

const tests = fc.constantFrom(
  'defined',
  'undefined',
  'none',
  'string',
  'number',
  'integer',
  'float',
  'boolean',
  'true',
  'false',
  'mapping',
  'sequence',
  'iterable',
  'even',
  'odd',
  'divisibleby 3',
  'upper',
  'lower',
  'in [1, 5, "a"]',
  'contains(1)',
  "contains('a')",
  "match('w')",
  "search('o')",
  "version('1.0', '>')",
  'subset([1, 2, 3])',
  'superset([1])',
  'any',
  'all',
  'truthy',
  'eq 5',
  'gt 2',
  'lt "b"',
  'sameas true',
  'failed',
  'changed',
  'callable',
  'abs',
)

const postfixes = fc.constantFrom(
  '.a',
  "['a']",
  '[0]',
  '[-1]',
  '[1:]',
  '[::-1]',
  '[:2]',
  '.name',
  '.missing',
  '[7]',
  '.c.d',
  '.split()',
  '.upper()',
  '.strip()',
  '.items()',
  '.keys()',
  '.get("a")',
  ".replace('a', 'b')",
  ".startswith('w')",
  '.title()',
  '.0',
  '.index(1)',
  ".count('a')",
  ".join(['x', 'y'])",
  '.format(1, 2)',
  '.values()',
  '.copy()',
  '.zfill(4)',
  '.splitlines()',
)

const binary = fc.constantFrom(
  '+',
  '-',
  '*',
  '/',
  '//',
  '%',
  '**',
  '~',
  '==',
  '!=',
  '<',
  '<=',
  '>',
  '>=',
  'in',
  'not in',
  'and',
  'or',
)

type Grammar = {
  readonly expression: string
  readonly operand: string
}

/** Expressions of the language, up to a few levels deep. */
const grammar = fc.letrec<Grammar>((tie) => ({
  operand: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    names,
    literals,
    tie('expression').map((inner) => `(${inner})`),
  ),
  expression: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    tie('operand'),
    fc.tuple(tie('operand'), filters).map(([value, name]) => `${value} | ${name}`),
    fc.tuple(tie('operand'), filters, filters).map(([value, a, b]) => `${value} | ${a} | ${b}`),
    fc.tuple(tie('operand'), tests).map(([value, name]) => `${value} is ${name}`),
    fc.tuple(tie('operand'), postfixes).map(([value, postfix]) => `${value}${postfix}`),
    fc.tuple(tie('operand'), binary, tie('operand')).map((parts) => parts.join(' ')),
    fc.tuple(tie('operand'), tie('operand'), tie('operand')).map(([a, b, c]) => `${a} if ${b} else ${c}`),
    fc.array(tie('operand'), { maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
    tie('operand').map((value) => `not ${value}`),
    tie('operand').map((value) => `{'k': ${value}}`),
  ),
}))

export const expression: fc.Arbitrary<string> = grammar.expression

const bodies = fc.constantFrom(
  '{{ loop.index }}{{ i }} ',
  '{{ i }},',
  '\n  {{ i }}\n',
  '{% if loop.last %}.{% else %};{% endif %}',
  '{% set x = i %}{{ x }}',
)

/** Whole templates: text, blocks and white space control around expressions. */
export const template: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'text',
        ' ',
        '\n',
        '  \n',
        'a: ',
        '# ',
        '{# comment #}',
        '{#- c -#}',
        '{% raw %}{{ x }}{% endraw %}\n',
      ),
      expression.map((inner) => `{{ ${inner} }}`),
      expression.map((inner) => `{{- ${inner} -}}`),
      fc.tuple(expression, bodies).map(([items, body]) => `{% for i in ${items} %}${body}{% endfor %}\n`),
      fc
        .tuple(expression, bodies)
        .map(([items, body]) => `{%- for i in (${items}) if i -%}${body}{%- else %} none{% endfor %}`),
      fc
        .tuple(expression, expression)
        .map(([test, value]) => `{% if ${test} %}\n{{ ${value} }}\n{% else %}\n  no\n{% endif %}\n`),
      fc.tuple(expression).map(([value]) => `{% set v = ${value} %}\n{{ v }}`),
      expression.map((inner) => `{% filter indent(2) %}{{ ${inner} }}\n{% endfilter %}`),
      expression.map((inner) => `{% macro m(p=1) %}<{{ p }}>{% endmacro %}{{ m(${inner}) }}`),
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((parts) => parts.join(''))

/** So many random cases of every mode; the same for the same seed. */
export function generate(count: number, seed: number): Case[] {
  const sample = <T>(arbitrary: fc.Arbitrary<T>): T[] => fc.sample(arbitrary, { numRuns: count, seed })
  return [
    ...sample(expression).map((inner): Case => ({ mode: 'value', template: `{{ ${inner} }}` })),
    ...sample(expression).map((inner): Case => ({ mode: 'when', template: inner })),
    ...sample(template).map((text): Case => ({ mode: 'text', template: text })),
    ...sample(template).map((text): Case => ({ mode: 'value', template: text })),
  ]
}

/**
 * Whether an answer says something about the language: what shows Python's own types does not, nor does a template
 * that comes back unrendered because Jinja's optimizer broke on it. Text that `to_json` and its like made stays text
 * also through `or` and `map` in Ansible, not here.
 */
export function isComparable(one: Case, answer: Answer | undefined): boolean {
  if (answer === undefined || 'error' in answer) return answer !== undefined
  const shown = JSON.stringify(answer.value)
  const inner = /Markup|dict_(?:keys|values|items)\(|SplitResultBytes|NativeJinjaText/
  const keptText = / (?:or|and) |map\(/.test(one.template) && /string|json|yaml/.test(one.template)
  return !isUnrendered(one.template, answer.value) && !inner.test(shown) && !keptText
}

/** Ansible hands such a template back with its backslashes doubled and without its last line break. */
function isUnrendered(template: string, value: Value): boolean {
  const plain = (text: string) => text.replace(/\\+/g, '\\').trimEnd()
  return typeof value === 'string' && plain(value) === plain(template)
}
