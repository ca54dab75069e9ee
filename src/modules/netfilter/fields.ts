import { z } from 'zod'
import { text } from '../args.ts'
import { type PortRange, parsePorts } from './ports.ts'

const portMessage = 'must be a port from 1 to 65535 or an ordered range such as "8000:8100"'

/** Ports and ranges as a list, one number, or one text with commas. */
export const portList = () =>
  z.preprocess(
    (value) => {
      const items: readonly unknown[] = Array.isArray(value)
        ? value
        : typeof value === 'string'
          ? value.split(',').filter((item) => item.trim() !== '')
          : typeof value === 'number'
            ? [value]
            : []
      if (!Array.isArray(value) && typeof value !== 'string' && typeof value !== 'number') return value
      return items.map((item) => (typeof item === 'number' ? String(item) : item))
    },
    z.array(
      z.string(portMessage).transform((value, context): PortRange => {
        const ports = parsePorts(value)
        if (ports) return ports
        context.addIssue({ code: 'custom', message: `"${value}" ${portMessage}` })
        return z.NEVER
      }),
    ),
  )

export const logPrefix = () =>
  text()
    .refine(
      (value) => value.length <= 29,
      'must not be longer than 29 characters: the kernel cuts the rest off without a word',
    )
    .refine((value) => value.startsWith('IPTables/'), 'must begin with "IPTables/": the intake knows the events by it')
    .refine(
      (value) => /^IPTables\/[!#$%&()*+,./0-9;<=>?@A-Z[\]^_`a-z{|}~-]+: $/.test(value),
      'must have the form "IPTables/XXX: ", with one space at the end and XXX a word of ASCII letters, digits and signs without quotes',
    )
