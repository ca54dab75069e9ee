import { type Script, sh } from '../../shell/script.ts'

/**
 * Sets `ssh_ports` to every port a login may come in by: the one this very connection uses, those sshd is configured
 * for or listens on, those of a listening ssh.socket, and those already in it, so that a run which comes another way
 * never takes one away. Reads only. Needs `$units`: what `systemctl show` says of ssh.socket. Sparing with processes,
 * as every check of every host waits for it.
 */
export const findSshPorts: Script = sh`# The nearest ancestor that still has SSH_CONNECTION: sudo empties it for us, but not for itself. All that are sshd
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
# What those daemons listen on: their sockets' inodes, looked up among the listening (0A) ones.
listening() {
  inodes=' '
  for pid in $daemons; do
    links=$(ls -l "/proc/$pid/fd" 2>/dev/null)
    for word in $links; do
      case $word in socket:*)
        word=\${word#*[}
        inodes="$inodes\${word%]} "
        ;;
      esac
    done
  done
  if [ "$inodes" = ' ' ]; then return 0; fi
  ssh_ports="$ssh_ports $(
    grep -h ' 0A ' /proc/net/tcp /proc/net/tcp6 2>/dev/null | while read -r _ address _ _ _ _ _ _ _ inode _; do
      case $inodes in *" $inode "*) echo $((0x\${address##*:})) ;; esac
    done
  )"
}
configured() {
  if ! has sshd || ! [ -e /etc/ssh/sshd_config ]; then return 0; fi
  settings=$(sshd -T 2>/dev/null | grep -E '^(port|listenaddress) ') ||
    settings=$(cat /etc/ssh/sshd_config /etc/ssh/sshd_config.d/*.conf 2>/dev/null | tr '=\\t' '  ' | grep -iE '^ *port ') ||
    settings='port 22'
  for word in $settings; do ssh_ports="$ssh_ports \${word##*:}"; done
}
socket_ports() {
  listen='' used=''
  while IFS= read -r line; do
    case $line in
    Listen=*' (Stream)')
      line=\${line% (Stream)}
      listen="$listen \${line##*:}"
      ;;
    ActiveState=active | UnitFileState=enabled) used=yes ;;
    '')
      if [ -n "$used" ]; then printf '%s ' "$listen"; fi
      listen='' used=''
      ;;
    esac
  done
}
climb
listening
configured
case $units in *Listen=*) ssh_ports="$ssh_ports $(printf '%s\\n\\n' "$units" | socket_ports)" ;; esac
ssh_ports=$(
  for port in $ssh_ports; do
    case $port in '' | *[!0-9]* | ??????*) ;; *) if [ "$port" -ge 1 ] && [ "$port" -le 65535 ]; then echo "$port"; fi ;; esac
  done | sort -n -u
)`
