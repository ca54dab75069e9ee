import { TemplateSyntaxError } from './syntax-error.ts'
import { describeToken, type Token } from './tokens.ts'

/** A cursor over tokens; the last one is always `end`. */
export class TokenStream {
  readonly #tokens: readonly Token[]
  #index = 0

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens
  }

  get current(): Token {
    return this.#at(this.#index)
  }

  peek(): Token {
    return this.#at(this.#index + 1)
  }

  next(): Token {
    const token = this.current
    this.#index++
    return token
  }

  isOperator(value: string): boolean {
    const { current } = this
    return current.type === 'operator' && current.value === value
  }

  isName(value: string): boolean {
    const { current } = this
    return current.type === 'name' && current.value === value
  }

  skipOperator(value: string): boolean {
    const found = this.isOperator(value)
    if (found) this.#index++
    return found
  }

  skipName(value: string): boolean {
    const found = this.isName(value)
    if (found) this.#index++
    return found
  }

  expectOperator(value: string): void {
    if (!this.skipOperator(value)) this.unexpected(`expected '${value}'`)
  }

  /** A name, any or a certain one. */
  expectName(value?: string): string {
    const { current } = this
    if (current.type !== 'name' || (value !== undefined && current.value !== value))
      return this.unexpected(value === undefined ? 'expected a name' : `expected '${value}'`)
    this.#index++
    return current.value
  }

  expect(type: Token['type'], expectation: string): void {
    if (this.current.type !== type) this.unexpected(expectation)
    this.#index++
  }

  /** Complains about the current token. */
  unexpected(expectation: string): never {
    return this.fail(`${expectation}, got ${describeToken(this.current)}`)
  }

  fail(message: string, offset = this.current.offset, hint?: string): never {
    throw new TemplateSyntaxError(message, offset, hint)
  }

  #at(index: number): Token {
    const token = this.#tokens[Math.min(index, this.#tokens.length - 1)]
    if (token === undefined) throw new Error('a token stream without its end')
    return token
  }
}
