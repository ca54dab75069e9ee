/** An address as it may be shown. Of what is none, all that may have been meant for the password is left out. */
export function withoutPassword(text: string): string {
  if (!URL.canParse(text)) return text.replace(/^([a-z][a-z\d+.-]*:)?([^:@]*):.*@/is, '$1$2:***@')
  const url = new URL(text)
  if (url.password === '') return text
  url.password = '***'
  return url.href
}
