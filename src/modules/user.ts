import type { Mapping } from '../source/value.ts'
import { userArguments, type UserWish } from './accounts/user-arguments.ts'
import { userScript } from './accounts/user-apply.ts'
import { planUser } from './accounts/user-plan.ts'
import { overlayUser, parseUser, probeUser, type UserState } from './accounts/user-state.ts'
import { defineModule } from './define.ts'

function result(wish: UserWish, { entry, key }: UserState): Mapping {
  const { name, state } = wish
  if (state === 'absent') return { name, state, force: wish.force, remove: wish.remove }
  if (!entry) return { name, state }
  return {
    name,
    state,
    uid: entry.uid,
    group: entry.gid,
    comment: entry.comment,
    home: entry.home,
    shell: entry.shell,
    append: wish.append,
    move_home: wish.move_home,
    ...(wish.groups ? { groups: wish.groups.join(',') } : {}),
    ...(wish.password === undefined ? {} : { password: 'NOT_LOGGING_PASSWORD' }),
    ...(key ? { ssh_key_file: key.path, ssh_public_key: key.public, ssh_fingerprint: key.fingerprint } : {}),
  }
}

/** Accounts of people and services. */
export default defineModule({
  name: 'user',
  doc: {
    summary: 'Create, change and remove users',
    checkMode: 'An account that an earlier task makes or changes "may change".',
    example: `- user:
    name: forwarder
    groups: [adm]
    append: true
    shell: /usr/sbin/nologin
    system: true`,
    returns: {
      uid: 'its number',
      group: 'number of the primary group',
      home: 'the home directory',
      shell: 'the login shell',
      comment: 'the full name',
      groups: 'as asked for',
      ssh_key_file: 'with generate_ssh_key: the private key',
      ssh_public_key: 'the public key',
      ssh_fingerprint: 'its fingerprint',
    },
  },
  args: userArguments,
  probe: probeUser,
  parse: parseUser,
  overlay: overlayUser,
  plan: planUser,
  apply: (wish, state) => ({ script: userScript(wish, state) }),
  result,
  everyTime: (wish) => wish.state === 'present' && wish.generate_ssh_key && wish.force,
})
