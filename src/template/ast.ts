/** Every node knows where it stands: `offset` counts UTF-16 units from the start of its template's text. */
interface At {
  readonly offset: number
}

export interface Argument {
  readonly kind: 'positional' | 'keyword' | 'spread' | 'spreadKeywords'
  readonly name: string
  readonly value: Expression
}

export type Expression = At &
  (
    | { readonly kind: 'constant'; readonly value: null | boolean | number | string }
    | { readonly kind: 'float'; readonly value: number }
    | { readonly kind: 'name'; readonly name: string }
    | { readonly kind: 'list'; readonly items: readonly Expression[] }
    | { readonly kind: 'tuple'; readonly items: readonly Expression[] }
    | { readonly kind: 'dict'; readonly entries: readonly (readonly [Expression, Expression])[] }
    | { readonly kind: 'not' | 'negative' | 'positive'; readonly operand: Expression }
    | { readonly kind: 'and' | 'or'; readonly left: Expression; readonly right: Expression }
    | {
        readonly kind: 'binary'
        readonly operator: BinaryOperator
        readonly left: Expression
        readonly right: Expression
      }
    | { readonly kind: 'concat'; readonly parts: readonly Expression[] }
    | {
        readonly kind: 'compare'
        readonly first: Expression
        readonly rest: readonly { readonly operator: CompareOperator; readonly operand: Expression }[]
      }
    | {
        readonly kind: 'conditional'
        readonly test: Expression
        readonly then: Expression
        readonly otherwise: Expression | undefined
      }
    | { readonly kind: 'attribute'; readonly target: Expression; readonly name: string }
    | { readonly kind: 'item'; readonly target: Expression; readonly key: Expression }
    | {
        readonly kind: 'slice'
        readonly target: Expression
        readonly start: Expression | undefined
        readonly stop: Expression | undefined
        readonly step: Expression | undefined
      }
    | { readonly kind: 'call'; readonly target: Expression; readonly args: readonly Argument[] }
    | {
        readonly kind: 'filter'
        readonly target: Expression
        readonly name: string
        readonly args: readonly Argument[]
      }
    | {
        readonly kind: 'test'
        readonly target: Expression
        readonly name: string
        readonly args: readonly Argument[]
      }
    /** Stands for the rendered body where a filter is written without a target (`{% filter upper %}`). */
    | { readonly kind: 'body' }
  )

export type BinaryOperator = '+' | '-' | '*' | '/' | '//' | '%' | '**'
export type CompareOperator = '==' | '!=' | '<' | '<=' | '>' | '>=' | 'in' | 'not in'

export type Target = At &
  (
    | { readonly kind: 'name'; readonly name: string }
    | { readonly kind: 'tuple'; readonly items: readonly Target[] }
    | { readonly kind: 'attribute'; readonly namespace: string; readonly name: string }
  )

export interface Parameter {
  readonly name: string
  readonly fallback: Expression | undefined
}

export type Body = readonly Statement[]

export type Statement = At &
  (
    | { readonly kind: 'text'; readonly text: string }
    | { readonly kind: 'output'; readonly value: Expression }
    | {
        readonly kind: 'if'
        readonly branches: readonly { readonly test: Expression; readonly body: Body }[]
        readonly otherwise: Body
      }
    | {
        readonly kind: 'for'
        readonly target: Target
        readonly iterable: Expression
        readonly filter: Expression | undefined
        readonly recursive: boolean
        readonly body: Body
        readonly otherwise: Body
      }
    | { readonly kind: 'set'; readonly target: Target; readonly value: Expression }
    | {
        readonly kind: 'setBlock'
        readonly target: Target
        readonly filter: Expression | undefined
        readonly body: Body
      }
    | {
        readonly kind: 'with'
        readonly bindings: readonly { readonly target: Target; readonly value: Expression }[]
        readonly body: Body
      }
    | { readonly kind: 'macro'; readonly name: string; readonly parameters: readonly Parameter[]; readonly body: Body }
    | {
        readonly kind: 'call'
        readonly call: Expression & { readonly kind: 'call' }
        readonly parameters: readonly Parameter[]
        readonly body: Body
      }
    | { readonly kind: 'filterBlock'; readonly filter: Expression; readonly body: Body }
    | {
        readonly kind: 'include'
        readonly template: Expression
        readonly ignoreMissing: boolean
        readonly withContext: boolean
      }
    | { readonly kind: 'import'; readonly template: Expression; readonly name: string; readonly withContext: boolean }
    | {
        readonly kind: 'fromImport'
        readonly template: Expression
        readonly names: readonly { readonly name: string; readonly alias: string }[]
        readonly withContext: boolean
      }
    | { readonly kind: 'block'; readonly name: string; readonly scoped: boolean; readonly body: Body }
    | { readonly kind: 'extends'; readonly template: Expression }
  )
