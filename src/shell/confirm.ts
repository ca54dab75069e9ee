import type { ConfirmedParts } from '../modules/define.ts'
import { lines, Script, sh } from './script.ts'

/**
 * The host's side of a confirmed change. A token, one file, says how far it is: `armed`, `made` once the change is done,
 * then `confirmed` by a new login or `fired` by the host's own timer. Each step is one rename, so where two want the same
 * token one of them gets it, and the other knows. All of it lies in one folder under /run: it goes with a reboot, as the
 * change does, and as long as it is there no other run changes the host.
 */
export interface GuardedChange {
  /** Tells this change from any other: letters and digits. */
  readonly id: string
  /** From the arming until the host takes the change back. */
  readonly seconds: number
  readonly parts: ConfirmedParts
}

const folder = '/run/sallyport.confirm'
const token = (state: string, id: string) => `${folder}/${state}.${id}`
const unitOf = (id: string) => `sallyport-confirm-${id}`

/** Seconds after the timer's time for which the folder still counts: the host may be slow to restore. */
const patience = 60

/** True while a change of whatever run waits here for its confirmation; one that was given up does not count. */
export const isPending: Script = sh`read -r _until 2>/dev/null <${folder}/until && read -r _now _ </proc/uptime && [ "\${_now%%.*}" -lt "$_until" ]`

const pendingWord = 'sallyport: a change waits here for its confirmation'

/** Before a look at what a waiting change may have changed: says on stderr that there is one. */
export const tellPending: Script = sh`if ${isPending}; then echo ${pendingWord} >&2; fi`
export const toldPending = (stderr: Buffer): boolean => stderr.includes(pendingWord)

/** For a host that has nothing to lock with: there a change that waits cannot be settled. */
export const awaitPending: Script = sh`while ${isPending}; do sleep 1; done`

/** Prints whose change waits. */
export const pendingHolder: Script = sh`cat ${folder}/holder 2>/dev/null`

/**
 * For who has the run lock while a change waits: its run is gone, and with it the login that would confirm. What the timer
 * would do is done now; one that was confirmed has only to be forgotten, once nothing of it runs any more.
 */
export const settle: Script = sh`sh ${folder}/timer >/dev/null 2>&1
(
  set -- ${new Script(`${folder}/confirmed.*`)}
  if [ -e "$1" ] && read -r _pid 2>/dev/null <${folder}/changer && ! [ -e "/proc/$_pid" ]; then rm -rf ${folder}; fi
)`

/** Saves what is to be changed, and starts the timer. Nothing is changed when this fails. */
export function armScript({ id, seconds, parts }: GuardedChange): Script {
  const { save } = parts
  return lines(
    sh`if [ "$(id -u)" != 0 ]; then
  echo 'confirm: only root can have a change taken back: set become: true' >&2
  exit 1
fi
if ${isPending}; then
  echo 'another change on this host waits for its confirmation' >&2
  exit 1
fi
umask 077
rm -rf ${folder}
mkdir ${folder}
saved=${folder}/saved
cat /run/sallyport.lock >${folder}/holder 2>/dev/null || :
read -r now _ </proc/uptime
echo "$((\${now%%.*} + ${seconds + patience}))" >${folder}/until
printf '%s\\n' ${timerScript(id, parts).text} >${folder}/timer
trap ${sh`rm -rf ${folder}`.text} EXIT`,
    ...(save ? [sh`(\n${save}\n) >"$saved"`] : []),
    sh`: >${token('armed', id)}`,
    startTimer(id, seconds),
    sh`trap - EXIT`,
  )
}

/**
 * Makes the change. Where it fails it is taken back at once; where it takes longer than the timer, the timer takes back
 * whatever it came to (see `timerScript`), and this waits for that.
 */
export function changeScript({ id, parts }: GuardedChange): Script {
  return sh`saved=${folder}/saved
(
sh -c 'echo "$PPID"' >${folder}/changer
# After that line, so that a timer which comes now knows whom to wait for.
[ -e ${token('armed', id)} ] || exit 1
set -e
${parts.change}
)
code=$?
if [ "$code" = 0 ] && mv ${token('armed', id)} ${token('made', id)} 2>/dev/null; then exit 0; fi
if mv ${token('armed', id)} ${token('failed', id)} 2>/dev/null; then
  ${stopTimer(id)}
  {
    (
    ${parts.restore}
    )
  } >/dev/null 2>&1
  rm -rf ${folder}
  exit "$code"
fi
while [ -e ${token('fired', id)} ]; do sleep 1; done
echo 'the change took longer than its confirmation may, and the host has taken it back' >&2
exit 1`
}

export type GuardState = 'armed' | 'made' | 'restoring' | 'gone'

/** Prints the `GuardState`. */
export const stateScript = (id: string): Script => sh`if [ -e ${token('made', id)} ]; then echo made
elif [ -e ${token('armed', id)} ]; then echo armed
elif [ -e ${token('fired', id)} ] || [ -e ${token('failed', id)} ]; then echo restoring
else echo gone; fi`

/** What `confirmScript` prints when it was the timer that got the token. */
export const tooLate = 'gone'

/** Takes the token from the timer and makes the change last; its exit code is that of the latter. */
export function confirmScript({ id, parts }: GuardedChange): Script {
  return sh`sh -c 'echo "$PPID"' 2>/dev/null >${folder}/changer
if ! mv ${token('made', id)} ${token('confirmed', id)} 2>/dev/null; then
  echo ${tooLate}
  exit 0
fi
${stopTimer(id)}
(
set -e
${parts.persist}
)
code=$?
rm -rf ${folder}
exit "$code"`
}

/** What the timer runs. */
export function timerScript(id: string, parts: ConfirmedParts): Script {
  return sh`PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
export PATH LC_ALL
umask 022
cd /
saved=${folder}/saved
take_back() {
  (
  ${parts.restore}
  )
}
if mv ${token('made', id)} ${token('fired', id)} 2>/dev/null; then
  take_back
elif mv ${token('armed', id)} ${token('fired', id)} 2>/dev/null; then
  # In the middle of the change, or it hangs: healed at once, and again when it has come to its end.
  changing=''
  if read -r changer 2>/dev/null <${folder}/changer && [ -e "/proc/$changer" ]; then changing=yes; fi
  take_back
  if [ -n "$changing" ]; then
    while [ -e "/proc/$changer" ]; do sleep 1; done
    take_back
  fi
# It was made just now, between those two.
elif mv ${token('made', id)} ${token('fired', id)} 2>/dev/null; then
  take_back
else
  exit 0
fi
# Another run may have come first and done this in the timer's place.
${stopTimer(id)}
rm -rf ${folder}`
}

/**
 * On the monotonic clock, and out of reach of whatever ends with the session. systemd alone outlives a login session that
 * kills its processes; AccuracySec, as a timer may otherwise come a minute late.
 */
function startTimer(id: string, seconds: number): Script {
  const run = sh`/bin/sh ${folder}/timer`
  const options = ['--quiet', '--collect', `--unit=${unitOf(id)}`, `--on-active=${seconds}`]
  const sleeper = sh`trap '' HUP
trap 'kill -KILL $!; exit 0' TERM
sleep ${seconds} &
echo $$ >${folder}/pid
wait $!
trap '' TERM
exec ${run}`
  return sh`if ! [ -d /run/systemd/system ] || ! systemd-run ${options} --timer-property=AccuracySec=100ms ${run} 2>/dev/null; then
  detach=''
  if command -v setsid >/dev/null; then detach=setsid; fi
  ($detach sh -c ${sleeper.text} </dev/null >/dev/null 2>&1 &)
  while ! [ -s ${folder}/pid ]; do sleep 0.1 2>/dev/null || sleep 1; done
fi`
}

/** Where this comes too late to stop it, the timer finds no token and ends by itself. */
const stopTimer = (id: string): Script => sh`if [ -s ${folder}/pid ]; then
  read -r pid <${folder}/pid
  kill "$pid" 2>/dev/null
else
  systemctl stop ${`${unitOf(id)}.timer`} 2>/dev/null
fi`
