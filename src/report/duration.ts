/** `0.4 s`, `12 s`, `3 min 05 s`, `2 h 10 min`: as exact as a person wants it. */
export function duration(ms: number): string {
  if (ms < 9_950) return `${(Math.max(0, ms) / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, '0')} s`
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, '0')} min`
}

/** An estimate pretends to no more than it knows: steps of 5 s, then of minutes. */
export function roughly(ms: number): string {
  const seconds = Math.ceil(ms / 5_000) * 5
  if (seconds < 60) return `about ${Math.max(5, seconds)} s left`
  const minutes = Math.round(seconds / 60)
  if (minutes < 90) return `about ${minutes} min left`
  return `about ${(minutes / 60).toFixed(1).replace('.0', '')} h left`
}
