import { createHash } from 'node:crypto'

/** One task on one start state, for ansible-core and for us; `{{dir}}` stands for a fresh folder. */
export interface Case {
  readonly module: string
  readonly args: Readonly<Record<string, unknown>>
  /** Files in the folder: one character for each byte. */
  readonly start?: Readonly<Record<string, string>>
  /** Ordinary tools at work in the folder after that. */
  readonly arrange?: string
  /** Where we do something else on purpose, and why. */
  readonly differs?: string
}

export interface Answer {
  /** Of the task, and of the same task again; null where it failed. */
  readonly changed: readonly [boolean | null, boolean | null]
  readonly msg: string
  /** Each path with its type, mode, owner and target, as find prints them; without backups. */
  readonly listing: readonly string[]
  /** One character for each byte. */
  readonly files: Readonly<Record<string, string>>
}

/** A kept answer belongs to exactly this case. */
export function keyOf({ module, args, start, arrange }: Case): string {
  return createHash('sha256')
    .update(JSON.stringify([module, args, start, arrange]))
    .digest('hex')
    .slice(0, 32)
}

export const titleOf = ({ module, args, start }: Case): string =>
  `${module} ${JSON.stringify(args)} on ${JSON.stringify(start ?? {})}`
