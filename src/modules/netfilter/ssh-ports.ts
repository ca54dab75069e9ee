import { type Script, sh } from '../../shell/script.ts'

/**
 * Sets `ssh_ports` to every port a login may come in by: the one this very connection uses, those sshd is configured
 * for or listens on, those of a listening ssh.socket, and those in `$known_ssh_ports`, so that a run which comes
 * another way never takes one away. Reads only. Needs `$units`: what `systemctl show` says of ssh.socket.
 */
export const findSshPorts: Script = sh`# The nearest ancestor that still has SSH_CONNECTION: sudo empties it for us, but not for itself. All that are sshd
# may be the daemon that listens, whatever its configuration says by now.
climb() {
  pid=$$ connection=\${SSH_CONNECTION-} daemons=''
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
    if [ -z "$connection" ]; then
      connection=$(tr '\\0' '\\n' <"/proc/$pid/environ" 2>/dev/null | sed -n 's/^SSH_CONNECTION=//p')
    fi
    pid=$parent
  done
  if [ -r /run/sshd.pid ]; then read -r pid </run/sshd.pid && daemons="$daemons $pid"; fi
  echo "\${connection##* }"
}
# What those daemons listen on: their sockets' inodes, looked up among the listening (0A) ones.
listening() {
  inodes=' '
  for pid in $daemons; do
    for inode in $(ls -l "/proc/$pid/fd" 2>/dev/null | sed -n 's/.*socket:\\[\\([0-9]*\\)\\]$/\\1/p'); do
      inodes="$inodes$inode "
    done
  done
  [ "$inodes" != ' ' ] || return 0
  cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep ' 0A ' | while read -r _ address _ _ _ _ _ _ _ inode _; do
    case $inodes in *" $inode "*) echo $((0x\${address##*:})) ;; esac
  done
}
configured() {
  if [ -e /etc/ssh/sshd_config ] && has sshd; then
    sshd -T 2>/dev/null | sed -n -e 's/^port //p' -e 's/^listenaddress .*://p' | grep . ||
      cat /etc/ssh/sshd_config /etc/ssh/sshd_config.d/*.conf 2>/dev/null |
      sed -n 's/^[[:space:]]*[Pp][Oo][Rr][Tt][[:space:]=]*\\([0-9][0-9]*\\).*/\\1/p' | grep . || echo 22
  fi
}
socket_ports() {
  printf '%s\\n\\n' "$units" | {
    listen='' used=''
    while IFS= read -r line; do
      case $line in
      Listen=*' (Stream)')
        line=\${line% (Stream)}
        listen="$listen \${line##*:}"
        ;;
      ActiveState=active | UnitFileState=enabled) used=yes ;;
      '')
        if [ -n "$used" ]; then for port in $listen; do echo "$port"; done; fi
        listen='' used=''
        ;;
      esac
    done
  }
}
ssh_ports=$(
  {
    climb
    listening
    configured
    socket_ports
    for port in $known_ssh_ports; do echo "$port"; done
  } | grep -E '^[0-9]{1,5}$' | sort -n -u | while read -r port; do
    if [ "$port" -ge 1 ] && [ "$port" -le 65535 ]; then echo "$port"; fi
  done
)`
