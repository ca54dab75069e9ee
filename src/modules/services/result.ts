import type { Mapping } from '../../source/value.ts'
import type { ServiceState } from './state.ts'
import type { ServiceWish } from './wish.ts'

/** What `register` sees, under Ansible's names. */
export function serviceResult(wish: ServiceWish, state: ServiceState): Mapping {
  if (wish.name === undefined) return { name: null, status: {} }
  return {
    name: wish.name,
    ...(wish.enabled !== undefined && { enabled: state.enabled }),
    ...(wish.state !== undefined && { state: state.running ? 'started' : 'stopped' }),
    status: state.properties,
    restart_owed_for: state.owedFor,
  }
}
