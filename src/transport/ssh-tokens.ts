import { UserError } from '../errors.ts'

/** What the tokens of ssh_config(5) stand for, by their letters: `h` the host's address, `r` the user there, … */
export type Tokens = Readonly<Record<string, string>>

/** Tokens that a path may hold; those of `HostName` and `ProxyCommand` are fewer. */
export const pathTokens = 'dhikLlnpru'

/**
 * Checks a text with tokens as it is read, so that expanding it later cannot fail.
 * @throws UserError on a token that is not among `letters`, or a `${VARIABLE}` that is not set
 */
export function checkTokens(text: string, letters: string, { source, env }: TokenContext): string {
  for (const [token, letter = ''] of text.matchAll(/%(.?)/g)) {
    if (letter === '' || !`%${letters}`.includes(letter)) {
      throw new UserError(`${source}: the token ${token} in "${text}" is not supported`)
    }
  }
  for (const [, name = ''] of text.matchAll(/\$\{(\w+)\}/g)) {
    if (env[name] === undefined) throw new UserError(`${source}: the variable ${name} in "${text}" is not set`)
  }
  return text
}

export interface TokenContext {
  /** Where the text stands, for messages. */
  readonly source: string
  readonly env: NodeJS.ProcessEnv
}

export const expandTokens = (text: string, tokens: Tokens): string =>
  text.replace(/%(.)/g, (token, letter: string) => (letter === '%' ? '%' : (tokens[letter] ?? token)))

/** Tokens, `${VARIABLES}` and the `~` of the person who runs this. */
export function expandPath(path: string, tokens: Tokens, { home, env }: { home: string; env: NodeJS.ProcessEnv }) {
  const expanded = expandTokens(path, tokens).replace(/\$\{(\w+)\}/g, (whole, name: string) => env[name] ?? whole)
  return expanded === '~' || expanded.startsWith('~/') ? home + expanded.slice(1) : expanded
}
