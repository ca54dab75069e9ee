import { type Script, sh } from '../../shell/script.ts'

/**
 * Prints the process id of each rsyslogd of the host itself: those of containers, which it lists too, are others' business.
 * Such a one has a second id in a namespace of processes, also where it shares the host's network, and everybody may
 * see that; only root sees its network.
 */
export const ownRsyslogds: Script = sh`for _p in $(pidof rsyslogd 2>/dev/null); do
  if grep -q '^NSpid:.*[0-9][^0-9][0-9]' "/proc/$_p/status" 2>/dev/null; then continue; fi
  _n=$(readlink "/proc/$_p/ns/net" 2>/dev/null)
  if [ -z "$_n" ] || [ "$_n" = "$(readlink /proc/self/ns/net)" ]; then echo "$_p"; fi
done`
