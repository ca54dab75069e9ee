import { closeSync, constants, openSync, readSync, writeSync } from 'node:fs'
import { formatLine, hostOfLine, parseRecord } from './kmsg.ts'
import { KmsgReader, errno } from './kmsg-reader.ts'

const EVERY_MS = 40

/**
 * Gives every host exactly its own packets' lines of the machine's kernel log, in the FIFO that stands for its /proc/kmsg.
 * A host that nobody reads from keeps the newest lines, as a kernel's ring buffer does.
 */
export class KernelLog {
  readonly #index: number
  readonly #source = new KmsgReader()
  readonly #timer: NodeJS.Timeout
  readonly #fifos = new Map<string, number>()

  constructor(index: number) {
    this.#index = index
    this.#timer = setInterval(() => this.#drain(), EVERY_MS)
    this.#timer.unref()
  }

  /** From now on the lines of `host` go to the FIFO of the system whose PID 1 is `pid1`. */
  attach(host: string, pid1: number): void {
    this.detach(host)
    this.#fifos.set(host, openSync(`/proc/${pid1}/root/proc/kmsg`, constants.O_RDWR | constants.O_NONBLOCK))
  }

  detach(host: string): void {
    const fifo = this.#fifos.get(host)
    if (fifo !== undefined) closeSync(fifo)
    this.#fifos.delete(host)
  }

  close(): void {
    clearInterval(this.#timer)
    for (const host of [...this.#fifos.keys()]) this.detach(host)
    this.#source.close()
  }

  #drain(): void {
    for (const record of this.#source.news()) {
      const line = parseRecord(record)
      const host = line && hostOfLine(line.text, this.#index, this.#fifos.keys())
      const fifo = host === undefined ? undefined : this.#fifos.get(host)
      if (line && fifo !== undefined) deliver(fifo, Buffer.from(formatLine(line)))
    }
  }
}

function deliver(fifo: number, line: Buffer): void {
  try {
    writeSync(fifo, line)
  } catch (error) {
    if (errno(error) !== 'EAGAIN') throw error
    const full = Buffer.alloc(65_536)
    const kept = full.subarray(0, readSync(fifo, full))
    const half = kept.subarray(kept.indexOf('\n', kept.length / 2) + 1)
    writeSync(fifo, Buffer.concat([half, line]))
  }
}
