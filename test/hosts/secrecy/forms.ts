/** What a secret looks like where it got out: as it is, as JSON and shells write it, and in base64 at any offset. */
export function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret)
  const base64 = [0, 1, 2].map((offset) => {
    const text = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
    // Characters that share bits with what stands before and behind are not the secret's alone.
    return text.slice(offset === 0 ? 0 : offset + 1, text.length - (text.endsWith('=') ? 4 : 0))
  })
  return [...new Set([secret, JSON.stringify(secret).slice(1, -1), secret.replaceAll("'", `'\\''`), ...base64])]
}

/** The secrets that are in a text, in whatever form. */
export const found = (text: string, secrets: Readonly<Record<string, string>>): readonly string[] =>
  Object.keys(secrets).filter((name) => formsOf(secrets[name] ?? '').some((form) => text.includes(form)))
