/** The shortest text that can be masked inside other text without making it unreadable. */
export const MIN_MASKED = 4
/** Lines of a multi-line secret this long are secret by themselves: tools print keys line by line. */
const MIN_LINE = 8

/** Every form in which a secret may turn up in output, the secret itself first. All have at least 4 characters. */
export function spellings(secret: string): readonly string[] {
  const whole = [...new Set([secret, secret.replace(/\r?\n$/, ''), secret.trim()])]
  const lines = /\n/.test(secret) ? secret.split(/\r?\n/).map((line) => line.trim()) : []
  const texts = [...whole, ...lines.filter((line) => line.length >= MIN_LINE)]
  const forms = texts.flatMap((text) => [text, ...escaped(text), ...urlEncoded(text), ...base64(text)])
  return [...new Set(forms)].filter((form) => form.trim().length >= MIN_MASKED)
}

function escaped(text: string): readonly string[] {
  const json = jsonEscaped(text)
  const ascii = json.replace(
    /[\u0080-\uFFFF]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
  return [
    json,
    ascii,
    // JSON inside JSON, as in a module's result that is logged.
    jsonEscaped(json),
    jsonEscaped(ascii),
    text.replaceAll("'", `'\\''`),
    text.replace(/["$`\\]/g, '\\$&'),
    text.replaceAll('\n', '\r\n'),
    text
      .replaceAll('&', '&amp;')
      .replaceAll('<', '&lt;')
      .replaceAll('>', '&gt;')
      .replaceAll('"', '&quot;')
      .replaceAll("'", '&#39;'),
  ]
}

function jsonEscaped(text: string): string {
  return JSON.stringify(text).slice(1, -1)
}

function urlEncoded(text: string): readonly string[] {
  if (/\p{Surrogate}/u.test(text)) return []
  const upper = encodeURIComponent(text)
  const lower = upper.replace(/%[0-9A-F]{2}/g, (code) => code.toLowerCase())
  // RFC 3986 encodes these as well; a form writes + for a space.
  const strict = upper.replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
  return [upper, lower, strict, upper.replaceAll('%20', '+'), strict.replaceAll('%20', '+')]
}

/**
 * Inside a longer text that is base64-encoded a secret starts at byte 0, 1 or 2 of a group of three. Each gives other
 * letters; those at the edges also depend on the neighbours and are left out.
 */
function base64(text: string): readonly string[] {
  const bytes = Buffer.from(text)
  return [0, 1, 2].flatMap((offset) => {
    const encoded = Buffer.concat([Buffer.alloc(offset), bytes]).toString('base64')
    const first = Math.ceil((offset * 8) / 6)
    const end = Math.floor(((offset + bytes.length) * 8) / 6)
    const inner = encoded.slice(first, end)
    return [inner, inner.replaceAll('+', '-').replaceAll('/', '_')]
  })
}
