import { chmod, chown, mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { run } from './command.ts'

/** A host's disk: read-only layers that others share, and a directory that takes every change. */
export class Overlay {
  readonly #layers: readonly string[]
  readonly upper: string
  readonly root: string
  readonly #work: string

  /** `layers`: the topmost first. `folder` is the host's own. */
  constructor(folder: string, layers: readonly string[]) {
    this.#layers = layers
    this.upper = join(folder, 'upper')
    this.root = join(folder, 'root')
    this.#work = join(folder, 'work')
  }

  get layers(): readonly string[] {
    return this.#layers
  }

  async mount(): Promise<void> {
    for (const directory of [this.upper, this.#work, this.root]) await mkdir(directory, { recursive: true })
    // volatile: no fsync. dpkg makes thousands, and nothing here has to outlive a crash of the *machine*.
    const options = `lowerdir=${this.#layers.join(':')},upperdir=${this.upper},workdir=${this.#work},volatile`
    await run('mount', ['-t', 'overlay', 'overlay', '-o', options, this.root])
  }

  async write(path: string, content: string, mode = 0o644, owner = 0): Promise<void> {
    const target = join(this.root, path)
    await mkdir(dirname(target), { recursive: true })
    await rm(target, { force: true })
    await writeFile(target, content, { mode })
    await chmod(target, mode)
    await chown(target, owner, owner)
  }

  /** Copies what was changed so far into another, not yet mounted overlay, with the marks of what was deleted. */
  async copyTo(other: Overlay): Promise<void> {
    await mkdir(dirname(other.upper), { recursive: true })
    await run('cp', ['-a', '--reflink=auto', this.upper, other.upper])
  }
}
