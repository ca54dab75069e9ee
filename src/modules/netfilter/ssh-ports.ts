import { type Script, sh } from '../../shell/script.ts'
import { configuredPorts } from './sshd-config.ts'

/** Sets `connection` to SSH_CONNECTION of this login, begins `ssh_ports` with its port, and names the daemons around it. */
export const findLogin: Script = sh`ssh_ports=''
# The nearest ancestor that still has SSH_CONNECTION: sudo empties it for us, but not for itself. All that are sshd
# may be the daemon that listens, whatever its configuration says by now.
climb() {
  connection=\${SSH_CONNECTION-} daemons='' pid=$$
  while [ "\${pid:-0}" -gt 1 ] && [ -r "/proc/$pid/status" ]; do
    parent='' name=''
    while read -r key value _; do
      case $key in
      Name:) name=$value ;;
      PPid:)
        parent=$value
        break
        ;;
      esac
    done <"/proc/$pid/status"
    case $name in sshd* | dropbear*) daemons="$daemons $pid" ;; esac
    if [ -z "$connection" ] && [ "$pid" != $$ ]; then
      connection=$(tr '\\0' '\\n' <"/proc/$pid/environ" 2>/dev/null | sed -n 's/^SSH_CONNECTION=//p')
    fi
    pid=$parent
  done
  ssh_ports="$ssh_ports \${connection##* }"
  if [ -r /run/sshd.pid ] && read -r pid </run/sshd.pid; then daemons="$daemons $pid"; fi
}
climb`

/**
 * Sets `ssh_ports` to every port a login may come in by: the one this very connection uses, those sshd is configured
 * for or listens on, those of a listening ssh.socket, and those already in it, so that a run which comes another way
 * never takes one away. Reads only. Needs `$socket_ports`. Sparing with processes,
 * as every check of every host waits for it.
 */
export const findSshPorts: Script = sh`${configuredPorts}
# What those daemons listen on: their sockets' inodes, looked up among the listening (0A) ones.
listening() {
  inodes=' ' folders=''
  for pid in $daemons; do folders="$folders /proc/$pid/fd"; done
  # shellcheck disable=SC2086 # a word each
  if [ -n "$folders" ]; then links=$(ls -l $folders 2>/dev/null); else links=''; fi
  for word in $links; do
    case $word in socket:*)
      word=\${word#*[}
      inodes="$inodes\${word%]} "
      ;;
    esac
  done
  if [ "$inodes" = ' ' ]; then return 0; fi
  listening=$(grep -h ' 0A ' /proc/net/tcp /proc/net/tcp6 2>/dev/null)
  old_ifs=$IFS
  IFS=$newline
  for line in $listening; do
    IFS=$old_ifs
    # shellcheck disable=SC2086 # the fields: number, own address, …, inode
    set -- $line
    shift 1
    case $inodes in *" $9 "*) ssh_ports="$ssh_ports $((0x\${1##*:}))" ;; esac
  done
  IFS=$old_ifs
}
listening
configured
ssh_ports="$ssh_ports $socket_ports"
sorted=''
for port in $ssh_ports; do
  case $port in '' | *[!0-9]* | ??????*) continue ;; esac
  if [ "$port" -lt 1 ] || [ "$port" -gt 65535 ]; then continue; fi
  case " $sorted " in *" $port "*) continue ;; esac
  below='' above=''
  for other in $sorted; do
    if [ "$other" -lt "$port" ]; then below="$below$other "; else above="$above $other"; fi
  done
  sorted="$below$port$above"
done
ssh_ports=$sorted`
