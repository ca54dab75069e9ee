import { type Script, sh } from '../../shell/script.ts'
import { pathWord } from '../paths/look.ts'
import type { Kind } from './archive.ts'
import type { UnarchiveArguments } from './arguments.ts'
import type { Member } from './member.ts'

export interface UnarchiveWish {
  readonly given: UnarchiveArguments
  /** Of an archive that the controller has. */
  readonly content?: Buffer
  readonly kind?: Kind
  readonly members?: readonly Member[]
}

/** Where and what tar takes; `$a` is the archive. */
export function tarOptions({ given }: UnarchiveWish): Script {
  const { extra_opts: extra, exclude, include } = given
  const options = [
    ...(extra.length > 0 ? ['--show-transformed-names', ...extra] : []),
    ...exclude.map((pattern) => `--exclude=${pattern.replace(/\/+$/, '')}`),
  ]
  return sh`-C ${pathWord(given.dest)} ${options} -f "$a" ${[...include]}`
}

export const unzipChoice = ({ given }: UnarchiveWish): { include: readonly string[]; exclude: readonly string[] } => ({
  include: given.include,
  exclude: given.exclude.length > 0 ? ['-x', ...given.exclude] : [],
})
