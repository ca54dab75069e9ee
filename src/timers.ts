import { setTimeout as sleep } from 'node:timers/promises'

/** The most milliseconds that a timer of Node waits, 24.8 days. Set to more, it fires at once. */
const most = 2 ** 31 - 1

/** A limit of that many seconds, as a timer takes it. */
export function milliseconds(seconds: number): number {
  return Math.min(seconds * 1000, most)
}

/** Waits that many seconds, be they months. Rejects with an AbortError as soon as the signal says so. */
export async function sleepFor(seconds: number, signal?: AbortSignal): Promise<void> {
  let left = seconds * 1000
  do {
    await sleep(Math.min(left, most), undefined, signal ? { signal } : {})
    left -= most
  } while (left > 0)
}
