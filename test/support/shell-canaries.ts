import fc from 'fast-check'

/** Texts that every careless way to a shell gets wrong. */
export const canaries: readonly string[] = [
  "it's",
  'say "hi"',
  '$(touch /tmp/owned)',
  '`touch /tmp/owned`',
  '$HOME ${PATH} $$ $?',
  'two\nlines\n',
  '\n\nonly newlines\n\n',
  'trailing backslash \\',
  '\\n \\t \\0 \\x41 \\\\',
  '%s %d %% %',
  '-n',
  '--help',
  '-rf /',
  '* ? [a-z] ~ ~root {a,b}',
  '; rm -rf / ; #',
  '| cat & > /tmp/owned < /etc/passwd',
  'tab\tand\rreturn',
  'été – 日本語 – 🔑',
  '\u0001\u001b[31mcontrol\u007f',
  ' leading and trailing ',
  "'\\''",
  '!history !!',
  'EOF\n',
  'a'.repeat(5000),
]

/** Arbitrary text rich in what shells treat specially; without NUL, which no path or word can hold. */
export const shellText = (maxLength = 40): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constantFrom(...canaries.filter((text) => text.length <= maxLength)),
    fc.string({ unit: fc.constantFrom(...'\'"`$\\%\n\t\r -*?[]{}()<>|&;#!~=é日🔑ab0'), maxLength }),
    fc.string({ unit: 'binary', maxLength }).map((text) => text.replaceAll('\0', '')),
  )

/** A name that may stand for one component of a path: at most 255 bytes, neither `.` nor `..`, no slash. */
export const fileName = (maxBytes = 255): fc.Arbitrary<string> =>
  shellText(200)
    .map((text) => text.replaceAll('/', '').toWellFormed())
    .filter((text) => text !== '' && text !== '.' && text !== '..' && Buffer.byteLength(text) <= maxBytes)
