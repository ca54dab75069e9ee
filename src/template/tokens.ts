export type Token = { readonly offset: number } & (
  | { readonly type: 'text'; readonly value: string }
  | { readonly type: 'name'; readonly value: string }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'integer'; readonly value: number }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'operator'; readonly value: string }
  | { readonly type: 'variableBegin' | 'variableEnd' | 'blockBegin' | 'blockEnd' | 'end'; readonly value: '' }
)

/** A token in the words of an error message. */
export function describeToken(token: Token): string {
  switch (token.type) {
    case 'variableBegin':
      return 'begin of print statement'
    case 'variableEnd':
      return 'end of print statement'
    case 'blockBegin':
      return 'begin of statement block'
    case 'blockEnd':
      return 'end of statement block'
    case 'end':
      return 'end of template'
    case 'text':
      return 'template data'
    case 'string':
      return `string '${token.value}'`
    case 'name':
    case 'operator':
    case 'integer':
    case 'float':
      return `'${token.value}'`
  }
}
