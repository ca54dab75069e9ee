/**
 * Text from hosts, made safe to show. A host's output is not ours: an escape sequence in it could clear the screen,
 * rename the window or, on some terminals, type commands; a carriage return could overwrite the host's name before it;
 * a bidirectional override could make a line read backwards.
 */

const lineBreak = /\r\n|\n/
// C0 without line feed and tab, DEL, C1 (0x9b alone is CSI to some terminals), line separators, bidirectional controls.
const control = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g
const named: Readonly<Record<string, string>> = { '\r': '\\r', '\b': '\\b', '\f': '\\f', '\v': '\\v', '\0': '\\0' }

/** `\x1b`, `\r`, `\u202e`: what a person recognises and a terminal does not obey. */
export function escapeControl(character: string): string {
  const short = named[character]
  if (short !== undefined) return short
  const code = character.charCodeAt(0)
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
}

/** The text's lines, controls spelled out, tabs as spaces; trailing empty lines are dropped. */
export function printableLines(text: string): string[] {
  const lines = text.split(lineBreak).map(printableLine)
  while (lines.length > 0 && lines.at(-1)?.trim() === '') lines.pop()
  return lines
}

/** One line: controls spelled out, a tab as spaces, a line break as a blank. */
export function printable(text: string): string {
  return printableLine(text.replace(/\r?\n/g, ' '))
}

/** The same for JSON text, where a control has a spelling of its own that parses back to the same value. */
export function printableJson(json: string): string {
  return json.replace(control, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

function printableLine(line: string): string {
  return line.replaceAll('\t', '    ').replace(control, escapeControl)
}
