import { z } from 'zod'
import { bool, int, text, textList, withAliases } from '../args.ts'
import { toExtended } from '../facts/regex.ts'
import { nameFilter, readAge, readSize } from './match.ts'

/** Stands for line breaks where a whole file is searched as one line. */
export const lineBreak = '\x01'

const paths = () =>
  textList().superRefine((all, context) => {
    if (all.length === 0) context.addIssue('must name a directory')
    for (const path of all) if (!/^[/~$]/.test(path)) context.addIssue(`'${path}' must be an absolute path`)
  })

export const args = withAliases(
  z
    .strictObject({
      paths: paths().describe('The directories to search'),
      patterns: textList().default([]).describe('Names that are wanted, such as *.log; left out: all'),
      excludes: textList().default([]).describe('Names that are not wanted, whatever patterns says'),
      use_regex: bool()
        .default(false)
        .describe('patterns and excludes are regular expressions, matched from the start'),
      contains: text().optional().describe('A regular expression that a line of a file must match from its start'),
      read_whole_file: bool().default(false).describe('Search contains anywhere in the whole file'),
      file_type: z.enum(['any', 'directory', 'file', 'link']).default('file').describe('What is wanted'),
      age: text().optional().describe('At least so old (2d; s, m, h, d, w), or with a minus at most'),
      age_stamp: z.enum(['atime', 'ctime', 'mtime']).default('mtime').describe('Which of its times tells the age'),
      size: text().optional().describe('At least so big (10m; b, k, m, g, t), or with a minus at most'),
      recurse: bool().default(false).describe('Also below the directories of paths'),
      depth: int(0).optional().describe('How many levels deep at most; 1 is what is directly in paths'),
      hidden: bool().default(false).describe('Also names that begin with a dot'),
      follow: bool().default(false).describe('Also below links to directories'),
      get_checksum: bool().default(false).describe('Return the SHA-1 of files'),
    })
    .superRefine((given, context) => {
      const attempt = (name: string, work: () => unknown) => {
        try {
          if (work() === undefined)
            context.addIssue({ code: 'custom', path: [name], message: `failed to process ${name}` })
        } catch (error) {
          const message = error instanceof Error ? error.message : String(error)
          context.addIssue({ code: 'custom', path: [name], message })
        }
      }
      const { age, size, contains, patterns, excludes } = given
      if (age !== undefined) attempt('age', () => readAge(age))
      if (size !== undefined) attempt('size', () => readSize(size))
      if (contains !== undefined)
        attempt('contains', () => toExtended(contains, given.read_whole_file ? lineBreak : undefined))
      attempt('patterns', () => nameFilter(patterns, [], given.use_regex))
      attempt('excludes', () => nameFilter([], excludes, given.use_regex))
    }),
  { name: 'paths', path: 'paths', pattern: 'patterns', exclude: 'excludes' },
)

export type Wish = z.output<typeof args>
