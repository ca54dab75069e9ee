import { lines, nothing, Script, sh } from '../../shell/script.ts'
import { entryFunctions } from './probe.ts'
import type { UserWish } from './user-arguments.ts'
import { expiryDay, type UserWork, workOn } from './user-plan.ts'
import { groupNamed, keyPath, type UserState } from './user-state.ts'

/** Makes, changes or removes the account with the host's own tools. A password goes in by standard input. */
export function userScript(wish: UserWish, state: UserState): Script {
  const { entry, tools } = state
  if (wish.state === 'absent') return removal(wish, state)
  if (!entry)
    return lines(entryFunctions, tools === 'shadow' ? useradd(wish, state) : adduser(wish, state), afterwards(wish))
  const work = workOn(wish, state, entry)
  return lines(
    entryFunctions,
    tools === 'shadow' ? usermod(wish, work) : busyboxGroups(wish, state, work),
    work.password === undefined ? nothing : setPassword(wish),
    work.lock === undefined || work.password !== undefined
      ? nothing
      : sh`usermod ${work.lock ? '-L' : '-U'} ${wish.name}`,
    ages(wish.name, work),
    work.makeHome ? makeHome(wish) : nothing,
    work.makeKey ? makeKey(wish) : nothing,
  )
}

function removal({ name, remove, force }: UserWish, { tools }: UserState): Script {
  if (tools === 'busybox') return sh`deluser ${remove ? ['--remove-home'] : []} ${name}`
  // userdel -r also complains, and fails, when there was no mail to remove.
  return sh`userdel ${force ? ['-f'] : []} ${remove ? ['-r'] : []} ${name} || { [ "$?" -eq 12 ] && ! id -u ${name} >/dev/null 2>&1; }`
}

const day = (days: number | null): string =>
  days === null ? '' : new Date(days * 86_400_000).toISOString().slice(0, 10)

function useradd(wish: UserWish, { groups }: UserState): Script {
  const { name, uid, group, groups: further = [], comment, home, shell, skeleton, umask } = wish
  const expires = expiryDay(wish)
  const own = group === undefined && groupNamed(groups, name) !== undefined
  const names = further.filter((one) => one !== '')
  return lines(
    // useradd makes no parents of a home directory.
    home !== undefined && wish.create_home ? sh`mkdir -p ${home.replace(/\/[^/]*$/, '') || '/'}` : nothing,
    sh`useradd ${[
      ...(uid === undefined ? [] : ['-u', String(uid)]),
      ...(wish.non_unique ? ['-o'] : []),
      ...(group === undefined ? (own ? ['-N'] : []) : ['-g', group]),
      ...(names.length === 0 ? [] : ['-G', names.join(',')]),
      ...(comment === undefined ? [] : ['-c', comment]),
      ...(home === undefined ? [] : ['-d', home]),
      ...(shell === undefined ? [] : ['-s', shell]),
      ...(expires === undefined ? [] : ['-e', day(expires)]),
      ...(wish.create_home ? ['-m'] : ['-M']),
      ...(wish.create_home && skeleton !== undefined ? ['-k', skeleton] : []),
      ...(wish.create_home && umask !== undefined ? ['-K', `UMASK=${umask}`] : []),
      ...(wish.system ? ['-r'] : []),
    ]} ${name}`,
  )
}

function adduser(wish: UserWish, { groups }: UserState): Script {
  const { name, uid, group, groups: further = [], comment, home, shell, skeleton } = wish
  const primary = group === undefined ? groupNamed(groups, name)?.name : (groupNamed(groups, group)?.name ?? group)
  return lines(
    sh`adduser -D ${[
      ...(comment === undefined ? [] : ['-g', comment]),
      ...(home === undefined ? [] : ['-h', home]),
      ...(shell === undefined ? [] : ['-s', shell]),
      ...(primary === undefined ? [] : ['-G', primary]),
      ...(uid === undefined ? [] : ['-u', String(uid)]),
      ...(wish.create_home ? [] : ['-H']),
      ...(skeleton === undefined ? [] : ['-k', skeleton]),
      ...(wish.system ? ['-S'] : []),
    ]} ${name}`,
    ...further.filter((one) => one !== '').map((one) => sh`adduser ${name} ${groupNamed(groups, one)?.name ?? one}`),
  )
}

/** What useradd cannot do, or only with the password among its arguments. */
function afterwards(wish: UserWish): Script {
  const { name, password_expire_min: min, password_expire_max: max } = wish
  return lines(
    wish.password === undefined ? nothing : setPassword(wish),
    ages(name, { ...(min !== undefined && { min }), ...(max !== undefined && { max }) }),
    // A new account without a password is locked already.
    wish.password_lock === undefined || wish.password !== undefined || wish.password_lock
      ? nothing
      : sh`usermod -U ${name} 2>/dev/null || :`,
    wish.create_home ? makeHome(wish) : nothing,
    wish.generate_ssh_key ? makeKey(wish) : nothing,
  )
}

function usermod(wish: UserWish, work: UserWork): Script {
  const words = [
    ...(work.uid === undefined ? [] : ['-u', String(work.uid)]),
    ...(work.uid !== undefined && wish.non_unique ? ['-o'] : []),
    ...(work.gid === undefined ? [] : ['-g', wish.group ?? '']),
    ...(work.groups === undefined ? [] : ['-G', work.groups.join(',')]),
    ...(work.comment === undefined ? [] : ['-c', work.comment]),
    ...(work.home === undefined ? [] : ['-d', work.home]),
    ...(work.home !== undefined && wish.move_home ? ['-m'] : []),
    ...(work.shell === undefined ? [] : ['-s', work.shell]),
    ...(work.expires === undefined ? [] : ['-e', day(work.expires)]),
  ]
  return words.length === 0 ? nothing : sh`usermod ${words} ${wish.name}`
}

function busyboxGroups({ name }: UserWish, { memberOf }: UserState, { groups }: UserWork): Script {
  if (groups === undefined) return nothing
  return lines(
    ...groups.filter((group) => !memberOf.includes(group)).map((group) => sh`adduser ${name} ${group}`),
    ...memberOf.filter((group) => !groups.includes(group)).map((group) => sh`delgroup ${name} ${group}`),
  )
}

function setPassword({ name, password = '', password_lock: lock }: UserWish): Script {
  const hash = lock ? `!${password.replace(/^!+/, '')}` : password
  return sh`printf '%s\\n' ${`${name}:${hash}`} | chpasswd -e`
}

function ages(name: string, { min, max }: UserWork): Script {
  if (min === undefined && max === undefined) return nothing
  return sh`chage ${min === undefined ? [] : ['-m', String(min)]} ${max === undefined ? [] : ['-M', String(max)]} ${name}`
}

/** A home directory where there is none, from the skeleton, with the mode that login.defs wants. */
function makeHome({ name, skeleton = '/etc/skel' }: UserWish): Script {
  return sh`e=$(entry passwd ${name})
d=\${e%:*} d=\${d##*:}
if [ ! -e "$d" ]; then
  mkdir -p "\${d%/*}/"
  if [ -d ${skeleton} ]; then cp -RP ${skeleton} "$d"; else mkdir "$d"; fi
  m=$(sed -n 's/^UMASK[[:space:]]\\{1,\\}\\([0-7]\\{1,\\}\\).*/\\1/p' /etc/login.defs 2>/dev/null | tail -n 1)
  if [ -n "$m" ]; then chmod "$(printf '%o' $((0777 & ~0$m)))" "$d"; fi
  chown -R "$(id -u ${name}):$(id -g ${name})" "$d"
fi`
}

/** A passphrase reaches ssh-keygen through a program that it asks: among its arguments others could read it. */
function makeKey(wish: UserWish): Script {
  const {
    name,
    ssh_key_type: type,
    ssh_key_bits: bits,
    ssh_key_comment: comment,
    ssh_key_passphrase: passphrase,
  } = wish
  const size = bits > 0 ? ['-b', String(bits)] : []
  const generate = (more: Script) => sh`ssh-keygen -q -t ${type} ${size} -C "$c" -f "$k" ${more} </dev/null >/dev/null`
  return lines(
    sh`e=$(entry passwd ${name})
d=\${e%:*} d=\${d##*:}
k=${keyPath(wish)}
c=${comment ?? ''}
${comment === undefined ? sh`c="ansible-generated on $(uname -n)"` : nothing}
o=$(id -u ${name}):$(id -g ${name})
s=\${k%/*}
if [ ! -d "$s" ]; then (umask 077; mkdir "$s"); chown "$o" "$s"; fi
rm -f "$k" "$k.pub"
umask 077`,
    passphrase === undefined
      ? generate(sh`-N ''`)
      : lines(
          sh`a=$(mktemp -d)
trap 'rm -rf "$a"' EXIT
printf '%s\\n' ${passphrase} >"$a/phrase"
printf '#!/bin/sh\\ncat "%s"\\n' "$a/phrase" >"$a/ask"
chmod 700 "$a/ask"`,
          sh`SSH_ASKPASS="$a/ask" SSH_ASKPASS_REQUIRE=force DISPLAY=none ${generate(new Script(''))}`,
        ),
    sh`chown "$o" "$k" "$k.pub"`,
  )
}
