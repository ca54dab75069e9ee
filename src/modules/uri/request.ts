import { lines, nothing, Script, sh } from '../../shell/script.ts'
import type { Apply } from '../define.ts'
import { digest, digestFunction, printScript } from '../paths/content.ts'
import { pathWord } from '../paths/look.ts'
import { chownWord } from '../paths/ownership.ts'
import { writeFunctions } from '../paths/write.ts'
import { curlConfig, type Request, wgetConfig } from './config.ts'

export interface UriWish extends Request {
  readonly content: Buffer | undefined
}

/**
 * Sends the request from the host and prints what came, each part behind its name and length. All that is secret (the
 * address may be, too) goes through standard input or files in a folder that only this user enters, never through
 * arguments.
 */
export function requestScript(wish: UriWish): Apply {
  const { given, content } = wish
  const print = content === undefined ? undefined : printScript(content)
  const upload =
    content === undefined || print
      ? undefined
      : { path: `/tmp/.${digest(content).slice(0, 16)}.sallyport-sent`, content }
  const script = lines(
    sh`umask 077
_folder=$(mktemp -d "\${TMPDIR:-/tmp}/.sallyport-XXXXXX")
trap 'rm -rf "$_folder"${upload ? sh` ${upload.path}` : new Script('')}' EXIT
trap 'exit 1' HUP INT TERM
_body= _dest= _rc=0 _status= _url=${given.url}
: >"$_folder/head"; : >"$_folder/out"; : >"$_folder/error"`,
    bodyScript(wish, upload?.path, print),
    given.dest === undefined ? nothing : sh`_dest=${pathWord(given.dest)}`,
    sh`if command -v curl >/dev/null; then _tool=curl
${curlScript(wish)}
elif command -v wget >/dev/null; then _tool=wget
${wgetScript(wish)}
else _tool=none; fi
_part() { printf '%s %s\\n' "$1" "$(wc -c <"$2")"; cat "$2"; echo; }
_say() { printf '%s: %s\\n' "$1" "$2"; }
_say tool "$_tool"
_say status "$_status"
_say url "$_url"
_part error "$_folder/error"
_part head "$_folder/head"`,
    given.dest === undefined ? nothing : destScript(wish),
    sh`case $_status in ${statusPattern(wish)}) _good=yes ;; *) _good= ;; esac
if [ -z "$_good" ] || ${given.return_content ? sh`true` : sh`false`} ||
  grep -qiE '^content-type:.*(json|javascript)' "$_folder/head"
then _part body "$_folder/out"; fi`,
  )
  return { script, ...(upload && { uploads: [upload] }) }
}

function bodyScript({ given, sends }: UriWish, uploaded: string | undefined, print: Script | undefined): Script {
  if (!sends) return nothing
  if (uploaded !== undefined) return sh`_body=${uploaded}`
  if (print) return sh`_body=$_folder/body\n${print} >"$_body"`
  return sh`_body=${pathWord(given.src ?? '')}
[ -r "$_body" ] || { printf 'Unable to open source file %s\\n' "$_body" >&2; exit 1; }`
}

/** Without the user's own configuration file. */
function curlScript(wish: UriWish): Script {
  const { given } = wish
  return sh`  set -- -q -s -S -K - -D "$_folder/head" -o "$_folder/out" -w '%{http_code} %{url_effective}'
  [ -z "$_body" ] || set -- "$@" --data-binary "@$_body"
  ${given.force ? new Script(':') : new Script('[ ! -f "$_dest" ] || set -- "$@" -z "$_dest"')}
  printf '%s\\n' ${curlConfig(wish)} | curl "$@" >"$_folder/done" 2>"$_folder/error" || _rc=$?
  read -r _status _url <"$_folder/done" || [ -n "$_url" ] || _url=${given.url}`
}

function wgetScript(wish: UriWish): Script {
  const { given } = wish
  const refusal =
    given.unix_socket === undefined
      ? sh`wget --version 2>/dev/null | grep -q 'GNU Wget' || _tool=plain-wget`
      : sh`_tool=socketless`
  return sh`  ${refusal}
  if [ "$_tool" = wget ]; then
    {
      printf '%s\\n' ${wgetConfig(wish)}
      [ -z "$_body" ] || printf 'body_file = %s\\n' "$_body"
      ${given.force ? new Script(':') : new Script(`[ ! -f "$_dest" ] || LC_ALL=C date -u -r "$_dest" '+header = If-Modified-Since: %a, %d %b %Y %H:%M:%S GMT'`)}
    } >"$_folder/config"
    printf '%s\\n' "$_url" >"$_folder/url"
    LC_ALL=C wget --config="$_folder/config" -nv -S -i "$_folder/url" -O "$_folder/out" 2>"$_folder/all" || _rc=$?
    sed -n 's/^  //p' "$_folder/all" >"$_folder/head"
    grep -v '^  ' "$_folder/all" >"$_folder/error" || :
    _status=$(sed -n 's/^HTTP[^ ]* \\([0-9]\\{3\\}\\).*/\\1/p' "$_folder/head" | tail -n 1)
    _seen=$(sed -n 's/^[0-9: -]* URL:\\([^ ]*\\) .*/\\1/p' "$_folder/error" | tail -n 1)
    [ -z "$_seen" ] || _url=$_seen
  fi`
}

const statusPattern = ({ given }: UriWish): Script =>
  new Script(given.status_code.map((code) => String(code)).join('|'))

/** The answer becomes the file by a rename, with what attributes the old one had or the task wishes. */
function destScript({ given }: UriWish): Script {
  const { mode, owner, group } = given
  const account = chownWord(owner, group)
  return sh`${writeFunctions}
${digestFunction}
if [ -d "$_dest" ]; then
  _name=$(sed -n 's/^[Cc]ontent-[Dd]isposition:.*filename="\\{0,1\\}\\([^";]*\\).*/\\1/p' "$_folder/head" | tail -n 1 | tr -d '\\r')
  if [ -z "$_name" ]; then
    _name=\${_url%%[?#]*} _name=\${_name#*://}
    case $_name in */*) _name=\${_name%/} ;; *) _name= ;; esac
    case $_name in */*) ;; *) _name= ;; esac
  fi
  _name=\${_name##*/}
  case $_name in ''|.|..) _name=index.html ;; esac
  _dest=\${_dest%/}/$_name
fi
case $_status in
304) ;;
${statusPattern({ given } as UriWish)})
  _owner= _bits=644
  if [ -f "$_dest" ]; then _owner=$(stat -L -c %u:%g "$_dest") _bits=$(stat -L -c %a "$_dest"); fi
  begin "\${_dest%/*}/.\${_dest##*/}.sallyport" "$_owner" "$_bits"
  ${account === '' ? nothing : sh`chown ${account} "$fd"`}
  ${mode === undefined ? nothing : sh`chmod ${mode} "$fd"`}
  cat "$_folder/out" >&3
  exec 3>&-
  umask 077
  finish "$_dest"
  _say written yes ;;
esac
_say path "$_dest"
_say stat "$(stat -L -c %f:%u:%g:%s:%U:%G "$_dest" 2>/dev/null)"`
}
