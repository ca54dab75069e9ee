/**
 * What a planned change will make true, so that a check run can lay it over the states of later tasks:
 * a file in a directory that a package will bring is announced as "create", not as an error.
 */
export interface Effects {
  /** Package name → what becomes of it, and the manager that does it (`apt`, `dnf`, `zypper`, `apk`). */
  readonly packages?: Readonly<Record<string, PackageEffect>>
  /** Absolute path → what will be there. */
  readonly paths?: Readonly<Record<string, PathEffect>>
  /** Unit or init-script name without `.service` → its state. */
  readonly units?: Readonly<Record<string, UnitEffect>>
  readonly users?: Readonly<Record<string, 'present' | 'absent'>>
  readonly groups?: Readonly<Record<string, 'present' | 'absent'>>
}

export interface PackageEffect {
  readonly state: 'installed' | 'upgraded' | 'removed'
  readonly manager: string
}

export interface PathEffect {
  readonly type: 'file' | 'directory' | 'link' | 'absent'
  /** Octal text without leading zero, e.g. `644`; left out where unknown. */
  readonly mode?: string
  readonly owner?: string
  readonly group?: string
  /** Hex digest of the content a file will have; left out where unknown. */
  readonly sha256?: string
  /** That content itself, where the controller has it: a later task may edit it further. */
  readonly content?: Buffer
  /** True when the content is not what it was before. */
  readonly contentChanges?: boolean
  readonly target?: string
}

export interface UnitEffect {
  readonly enabled?: boolean
  readonly active?: boolean
  readonly restarted?: boolean
  /** The files a (re)start was owed for; left out: it takes in whatever is there. */
  readonly files?: readonly string[]
}

/** Earlier effects with later ones laid over them, name by name. */
export function mergeEffects(earlier: Effects, later: Effects): Effects {
  return {
    packages: { ...earlier.packages, ...later.packages },
    paths: { ...earlier.paths, ...later.paths },
    units: { ...earlier.units, ...later.units },
    users: { ...earlier.users, ...later.users },
    groups: { ...earlier.groups, ...later.groups },
  }
}
