export interface Word {
  /** As written, quotes included. */
  readonly source: string
  readonly text: string
}

/** Splits text at white space outside quotes and outside `{{ … }}`, as Ansible splits `key=value` arguments. */
export function splitWords(text: string): readonly Word[] {
  const words: string[] = []
  let current = ''
  let quote = ''
  let depth = 0
  for (let i = 0; i < text.length; i++) {
    const char = text[i] as string
    const pair = text.slice(i, i + 2)
    if (quote === '' && (pair === '{{' || pair === '{%')) depth++
    if (quote === '' && (pair === '}}' || pair === '%}')) depth--
    if (char === '\\' && quote !== "'") {
      current += char + (text[++i] ?? '')
      continue
    }
    if (quote !== '') quote = char === quote ? '' : quote
    else if (depth === 0 && (char === '"' || char === "'")) quote = char
    if (quote === '' && depth <= 0 && /\s/.test(char)) {
      if (current !== '') words.push(current)
      current = ''
    } else current += char
  }
  if (current !== '') words.push(current)
  return words.map((source) => ({ source, text: source }))
}
