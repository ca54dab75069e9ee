import { type Script, sh } from '../../shell/script.ts'

/**
 * Defines `configured`, which adds to `ssh_ports` what sshd's configuration names. `sshd -T` takes ten times as long as
 * looking for three keywords: Port and ListenAddress may not stand below a Match, so they hold for all logins. What is not
 * plain (quotes, service names, an Include that is not the usual one) is sshd's to read. Where it cannot, every line
 * that names a port counts.
 */
export const configuredPorts: Script = sh`configured() {
  if ! has sshd || ! [ -e /etc/ssh/sshd_config ]; then return 0; fi
  said=$(grep -isE '^[[:space:]]*(port|listenaddress|include)[[:space:]=]' /dev/null /etc/ssh/sshd_config /etc/ssh/sshd_config.d/*.conf)
  plain=yes included='' beside='' ports='' addressed=''
  old_ifs=$IFS
  IFS=$newline
  set -f
  for line in $said; do
    file=\${line%%:*}
    case $line in *'"'* | *"'"* | *\\\\*) plain='' ;; esac
    case $file in */sshd_config.d/*) beside=yes ;; esac
    IFS=' \t='
    # shellcheck disable=SC2086 # keyword and words
    set -- \${line#*:}
    IFS=$newline
    case $1 in
    [Ii]*) if [ "$file $2" = '/etc/ssh/sshd_config /etc/ssh/sshd_config.d/*.conf' ] && [ $# = 2 ]; then included=yes; else plain=''; fi ;;
    [Pp]*) ports="$ports \${2:-?}" ;;
    *)
      case $2 in
      '['*']:'*) addressed="$addressed \${2##*:}" ;;
      '['*']' | *:*:*) ;;
      *:*) addressed="$addressed \${2#*:}" ;;
      esac
      ;;
    esac
  done
  set +f
  IFS=$old_ifs
  case $ports$addressed in *[!0-9' ']*) plain='' ;; esac
  if [ -n "$beside" ] && [ -z "$included" ]; then plain=''; fi
  if [ -n "$plain" ]; then
    ssh_ports="$ssh_ports \${ports:-22} $addressed"
    return 0
  fi
  settings=$(sshd -T 2>/dev/null) ||
    settings=$(cat /etc/ssh/sshd_config /etc/ssh/sshd_config.d/*.conf 2>/dev/null | tr '=\\t' '  ' | sed -n 's/^ *[Pp][Oo][Rr][Tt] /port /p')
  old_ifs=$IFS kept=''
  IFS=$newline
  for line in \${settings:-port 22}; do
    case $line in 'port '* | 'listenaddress '*) kept="$kept $line" ;; esac
  done
  IFS=$old_ifs
  for word in $kept; do ssh_ports="$ssh_ports \${word##*:}"; done
}`
