/** What a new file or directory gets under the umask that sessions set, 022. */
export const newFile = 0o644
export const newDirectory = 0o755
const umask = 0o022

const shifts = { u: 6, g: 3, o: 0 } as const
type Class = keyof typeof shifts
const special = { u: 0o4000, g: 0o2000, o: 0o1000 } as const

/** The bits a wished mode gives to something that has `present` now: octal as it is, symbolic as chmod(1) reads it. */
export function modeBits(wish: string, present: number, directory: boolean): number {
  if (/^[0-7]+$/.test(wish)) return parseInt(wish, 8)
  let bits = present
  for (const clause of wish.split(',')) {
    const who = /^[ugoa]*/.exec(clause)?.[0] ?? ''
    const classes: Class[] =
      who === '' || who.includes('a') ? ['u', 'g', 'o'] : (['u', 'g', 'o'] as const).filter((c) => who.includes(c))
    for (const [, operator, permissions] of clause.slice(who.length).matchAll(/([-+=])([rwxXstugo]*)/g)) {
      bits = classes.reduce((result, one) => {
        const wished = classBits(permissions ?? '', one, bits, directory) & (who === '' ? ~umask : ~0)
        const all = (7 << shifts[one]) | special[one]
        if (operator === '+') return result | wished
        if (operator === '-') return result & ~wished
        return (result & ~all) | wished
      }, bits)
    }
  }
  return bits
}

function classBits(permissions: string, one: Class, bits: number, directory: boolean): number {
  let rwx = 0
  let extra = 0
  for (const letter of permissions) {
    if (letter === 'r') rwx |= 4
    if (letter === 'w') rwx |= 2
    if (letter === 'x' || (letter === 'X' && (directory || (bits & 0o111) !== 0))) rwx |= 1
    if (letter === 's' && one !== 'o') extra |= special[one]
    if (letter === 't' && one === 'o') extra |= special.o
    if (letter === 'u' || letter === 'g' || letter === 'o') rwx |= (bits >> shifts[letter]) & 7
  }
  return (rwx << shifts[one]) | extra
}

/** As people read it: `0644`. */
export const octal = (bits: number): string => bits.toString(8).padStart(4, '0')

/** As Ansible returns it: always with a zero before it, `02711`. */
export const returnedMode = (bits: number): string => `0${bits.toString(8).padStart(3, '0')}`

/** As effects carry it: `644`. */
export const plainOctal = (bits: number): string => bits.toString(8)

/** For chmod: with five digits GNU's also clears the set-id bits of a directory, which it keeps otherwise. */
export const chmodWord = (bits: number): string => bits.toString(8).padStart(5, '0')
