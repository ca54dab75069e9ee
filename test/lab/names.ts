import { homedir } from 'node:os'
import { join } from 'node:path'

/** Machine-wide: it speaks of mounts and namespaces, which all labs of a machine share. */
export const stateDir = '/run/sallyport-lab'

/** A run of the lab. Everything it makes on the machine is named after `index`, so that it can be found and cleared. */
export interface Run {
  readonly index: number
  readonly dir: string
  readonly owner: { readonly pid: number; readonly startTime: string }
}

/** Bases, packages and run folders: `$SALLYPORT_LAB_CACHE`, else sallyport-lab in the user's cache folder. */
export const cacheDir = (env: NodeJS.ProcessEnv = process.env): string =>
  env['SALLYPORT_LAB_CACHE'] ?? join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'sallyport-lab')

export const bridgeName = (index: number): string => `sllp${index}`
/** Marks every link that a lab makes on the machine, so that they can be deleted in one go. */
export const linkGroup = (index: number): number => 0x5359_0000 + index
export const cgroupName = (index: number): string => `sallyport-lab-${index}`
export const netnsName = (index: number, host: string): string => `${bridgeName(index)}-${host}`

/** The kernel log names only the interface, so the interface bears the host's name. */
export const innerInterface = (host: string): string => `e_${host}`
export const outerInterface = (index: number, position: number): string => `${bridgeName(index)}p${position}`

const hex = (byte: number): string => byte.toString(16).padStart(2, '0')

/** `position` 1 is the machine's end of the bridge, hosts come after it. */
export const address4 = (index: number, position: number): string => `10.213.${index}.${position}`
export const address6 = (index: number, position: number): string =>
  `fd53:6c70:1:${(index + 1).toString(16)}::${position.toString(16)}`

/** Fixed by position: a host that comes up again under its address must not look like another one to its neighbours. */
export const macAddress = (index: number, position: number): string => `02:53:6c:${hex(index)}:00:${hex(position)}`
