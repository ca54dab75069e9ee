import { text } from '../args.ts'

/** A name that useradd and groupadd may take: no option, nothing that ends a field of their files. */
export const accountName = () =>
  text().refine(
    (value) => /^[^\s:,/-][^\s:,/]*$/.test(value),
    'must be a name: no spaces, colons, commas or slashes, no dash in front',
  )

/** A field of /etc/passwd. */
export const passwdField = () => text().refine((value) => !/[:\n]/.test(value), 'must not hold a colon or a line end')
