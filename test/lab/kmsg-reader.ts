import { closeSync, constants, openSync, readSync } from 'node:fs'

const RECORD_LIMIT = 8192

export const errno = (error: unknown): string | undefined =>
  error instanceof Error && 'code' in error ? String(error.code) : undefined

/** The machine's kernel log from now on: every open descriptor of /dev/kmsg has a place of its own in it. */
export class KmsgReader {
  readonly #source: number
  readonly #buffer = Buffer.alloc(RECORD_LIMIT)

  constructor() {
    // Without O_NONBLOCK a thread of Node's pool would hang in read(2) for ever, and so would the process at its end.
    this.#source = openSync('/dev/kmsg', constants.O_RDONLY | constants.O_NONBLOCK)
    while (this.#read() !== undefined);
  }

  /** The records that came since it was last asked. */
  *news(): Generator<string> {
    for (let record = this.#read(); record !== undefined; record = this.#read()) yield record
  }

  close(): void {
    closeSync(this.#source)
  }

  /** Every read(2) of /dev/kmsg is one record; undefined when there is none at the moment. */
  #read(): string | undefined {
    for (;;) {
      try {
        return this.#buffer.toString('utf8', 0, readSync(this.#source, this.#buffer))
      } catch (error) {
        if (errno(error) === 'EAGAIN') return undefined
        // EPIPE: lines were overwritten before we came; the next read goes on with the oldest that is left.
        if (errno(error) !== 'EPIPE') throw error
      }
    }
  }
}
