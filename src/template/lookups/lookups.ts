import { controllerLookups } from './controller.ts'
import { fileLookups } from './files.ts'
import { itemLookups } from './items.ts'
import type { Lookup } from './lookup.ts'

/** Every lookup by name. */
export const lookups: ReadonlyMap<string, Lookup> = new Map([...itemLookups, ...fileLookups, ...controllerLookups])
