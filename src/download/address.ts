/** An address as it may be shown. */
export function withoutPassword(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url?.password) return text
  url.password = '***'
  return url.href
}
