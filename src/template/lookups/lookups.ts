import type { Lookup } from './lookup.ts'

/** Every lookup by name. */
export const lookups: ReadonlyMap<string, Lookup> = new Map<string, Lookup>([])
