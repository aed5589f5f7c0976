# shellcheck shell=sh
# Functions for shell scripts that build with swiftdock, to be read by them: `. swiftdock.sh`.
#
#   sd_build [-t TAG]... [-f FILE] [--build-arg NAME[=VALUE]]... [--label NAME=VALUE]... [--target STAGE]
#            [--platform OS/ARCH] [--no-cache] [--pull] [--network MODE] [--builder NAME] [--push] DIR
#                                  builds DIR; prints the image's id
#   sd_logs [-f] [--from N] BUILD  prints a build's log
#   sd_ls [--all] [--everyone]     lists builds
#   sd_wait BUILD                  waits for a build's end; prints the image's id
#   sd_cancel BUILD...             cancels builds
#   sd_push BUILD [TAG]...         pushes a build's tags, or these of them; prints each with its digest
#   sd_rpc METHOD [PARAMS|-]       any call: notifications as lines of JSON, then the result
#
# BUILD is a build's id, the beginning of one, or `latest`. Results go to standard output, progress and messages to
# standard error. The status is that of swiftdock-ctl:
#
#   0 done, 1 failed or no such build, 2 usage, 69 no broker, no Engine or a program missing, 75 try again later,
#   77 refused, 124 timed out, 130 cancelled
#
# Ctrl-C in sd_build takes the build out of the work that it may share with others, says which, and waits for the end;
# a second Ctrl-C leaves at once. A script that wants to end then, too, has to look at the status. (Where it calls
# sd_build in a command substitution and has no trap for SIGINT, most shells end the script at once; the build is
# cancelled all the same.)
#
# The broker's socket is SWIFTDOCK_SOCKET, a path or unix:// and a path, or else the first there is of those described
# in Protocol/README.md. Nothing checks who listens there: whoever sets SWIFTDOCK_SOCKET to another user's file trusts
# that user.
#
# No credentials are read or sent: these functions push to, and build from, registries that ask for no login. For the
# others use swiftdock-ctl, which reads docker's configuration.
#
# Needs jq 1.6 or later and, for the connection, a netcat that knows -U and -N (OpenBSD's, the package netcat-openbsd)
# or socat. Works in dash, bash, zsh and busybox sh, whatever their options, and leaves options and traps as they are:
# each function does its work in a subshell. Every name that is not for callers begins with _sd_.

# The single quotes below hold programs of jq, whose variables look like the shell's.
# shellcheck disable=SC2016

# What an error says, and what it makes of the status; names as in Protocol/README.md.
_sd_jq_errors='
  def advice: (.data.cause[]? | "  because: \(.message)"), (.data.hint // empty);
  def explanation: .message, advice;
  def status_of_error:
    {
      EngineUnavailable: 69, EngineLost: 69, PermissionDenied: 77, NotOwner: 77, ContextPathRefused: 77,
      BuildTimedOut: 124, BuildCancelled: 130, RequestCancelled: 130, InvalidParams: 2
    }[.data.name // ""] // (if .data.retryable then 75 else 1 end);
  def status_of_build:
    if .state == "succeeded" then 0
    elif .state == "cancelled" then 130
    elif .state == "failed" then (if .error then .error | status_of_error else 1 end)
    else 75
    end;
  def finish($status): if $status == 0 then halt else "" | halt_error($status) end;
  def lines(text): [text | . + "\n"] | add;
  def fail: status_of_error as $status | lines(explanation) | halt_error($status);
  def answers_us: .id == 1 or (.error != null and .id == null);
'

# Plain progress as docker prints it. The state holds `out`, the text to print for the events read since it was last
# emptied; `steps` that have not ended, by id; the `current` one, which the last line was about; and `open`, the source
# of a line whose end has not come yet.
_sd_jq_progress='
  def progress: {out: "", count: 0, steps: {}, current: null, open: null, wrote: false};
  def seconds: ([., 0] | max) + 50 | . / 100 | floor | "\(. / 10 | floor).\(. % 10)";
  def exact_seconds: [., 0] | max | "\(. / 1000 | floor).\(. % 1000 + 1000 | tostring | .[1:])";
  def put($text): .out += $text | .wrote = true;
  def line($text): put($text + "\n");
  def close_line: if .open then .out += "\n" | .open = null else . end;
  def leave_step:
    close_line
    | (if .current and .steps[.current] then line("#\(.steps[.current].number) ...") else . end)
    | .current = null;
  def say($text): leave_step | line($text);
  def turn_to($id):
    close_line
    | if .current == $id then .
      else
        leave_step
        | (if .wrote then line("") else . end)
        | line("#\(.steps[$id].number) \(.steps[$id].title)" | sub(" $"; ""))
        | .current = $id
      end;
  def begin($id; $title; $ms):
    if .steps[$id] then . else .count += 1 | .steps[$id] = {number: .count, title: $title, start: $ms} end
    | turn_to($id);
  def title: if .index and .total and (.name | startswith("[") | not) then "[\(.index)/\(.total)] \(.name)" else .name end;
  def step($event):
    begin($event.stepId; $event | title; $event.timeMs)
    | .steps[$event.stepId] as $step
    | if $event.state == "started" then .
      else
        line("#\($step.number) " + (
          {done: "DONE \($event.durationMs // ($event.timeMs - $step.start) | seconds)s", cached: "CACHED", cancelled: "CANCELED"}[$event.state]
          // "ERROR: \($event.error // "failed")"))
        | del(.steps[$event.stepId])
        | .current = null
      end;
  def output($event):
    "\($event.stream) \($event.stepId)" as $source
    | (if .open == $source then .
       elif $event.stepId then
         begin($event.stepId; ""; $event.timeMs)
         | .steps[$event.stepId] as $step
         | put("#\($step.number) \($event.timeMs - $step.start | exact_seconds) ")
       else leave_step
       end)
    | put($event.text // ($event.base64 | @base64d))
    | .open = $source
    | if $event.partial then . else close_line end;
  def event($event):
    if $event.kind == "log" then output($event)
    elif $event.kind == "step" then step($event)
    elif $event.kind == "warning" then say("WARNING: \($event.message)")
    elif $event.kind == "gap" then
      say("[events \($event.fromSeq) to \($event.toSeq), \($event.bytes) bytes, are not kept any more]")
    elif $event.kind == "diagnostic" and $event.diagnostic.severity > 1 then
      $event.diagnostic as $found
      | ["warning", "information", "hint"][$found.severity - 2] as $severity
      | say("\($found.path):\($found.range.start.line + 1): \($severity): \($found.message)")
    else .
    end;
  def events($message): reduce $message.params.events[] as $event (.; event($event));
'

# _sd_say TEXT
_sd_say() { printf '%s\n' "$1" >&2; }

# _sd_usage TEXT USAGE: what is wrong with a call. Ends the subshell.
_sd_usage() {
  _sd_say "$1"
  _sd_say "usage: $2"
  exit 2
}

# _sd_begin: makes a subshell one whose options are known. zsh gets the rules of sh, word splitting among them.
_sd_begin() {
  [ -z "${ZSH_VERSION:-}" ] || emulate -R sh
  # shellcheck disable=SC3047
  [ -z "${BASH_VERSION:-}" ] || trap - DEBUG ERR RETURN
  set +e +u
  # shellcheck disable=SC3040
  (set +o pipefail) 2>/dev/null && set +o pipefail
  _sd_newline='
'
}

# _sd_program NAME: sets _sd_found to the path of the program; a shell may have a command of its own of that name, as
# busybox has an nc.
_sd_program() {
  _sd_rest=${PATH}:
  while [ -n "$_sd_rest" ]; do
    _sd_found=${_sd_rest%%:*}
    _sd_found=${_sd_found:-.}/$1
    _sd_rest=${_sd_rest#*:}
    [ ! -f "$_sd_found" ] || [ ! -x "$_sd_found" ] || return 0
  done
  return 1
}

# _sd_find_programs: sets _sd_netcat, or leaves it empty where socat has to do.
_sd_find_programs() {
  case $(command jq --version 2>/dev/null) in
    '')
      _sd_say "jq is not installed. On Debian and Ubuntu: apt-get install jq"
      exit 69
      ;;
    jq-1.[0-5] | jq-1.[0-5][!0-9]*)
      _sd_say "jq 1.6 or later is needed; this is $(command jq --version)."
      exit 69
      ;;
  esac
  _sd_netcat=
  for _sd_candidate in nc nc.openbsd; do
    if _sd_program "$_sd_candidate"; then
      # Others that know -U, as ncat, have no -N, or mean something else by it.
      case $("$_sd_found" -h 2>&1 </dev/null) in *-N*[Ss]hutdown*-U*UNIX*)
        _sd_netcat=$_sd_found
        return
        ;;
      esac
    fi
  done
  _sd_program socat || {
    _sd_say "Neither socat nor a netcat that knows -U and -N is installed."
    _sd_say "On Debian and Ubuntu: apt-get install netcat-openbsd"
    exit 69
  }
  _sd_socat=$_sd_found
  # socat has a syntax of its own for addresses.
  _sd_address=$(command jq -nr --arg path "$_sd_socket" \
    '"UNIX-CONNECT:" + ($path | gsub("(?<special>[^[:alnum:]/._-])"; "\\\(.special)"))' && printf .)
  _sd_address=${_sd_address%"$_sd_newline".}
}

# _sd_find_socket: sets _sd_socket.
_sd_find_socket() {
  if [ -n "${SWIFTDOCK_SOCKET:-}" ]; then
    set -- "${SWIFTDOCK_SOCKET#unix://}"
  else
    _sd_runtime=/run/user/$(id -u)
    if [ -n "${XDG_RUNTIME_DIR:-}" ]; then
      set -- "$XDG_RUNTIME_DIR/swiftdock/swiftdockd.sock"
    elif [ -d "$_sd_runtime" ] && [ -O "$_sd_runtime" ]; then
      set -- "$_sd_runtime/swiftdock/swiftdockd.sock"
    else
      set --
    fi
    set -- "$@" /run/swiftdock/swiftdockd.sock
    _sd_state=${XDG_STATE_HOME:-${HOME:+$HOME/.local/state}}
    [ -z "$_sd_state" ] || set -- "$@" "$_sd_state/swiftdock/run/swiftdockd.sock"
  fi
  for _sd_socket in "$@"; do
    _sd_check_socket && return
  done
  _sd_say "No broker is running: there is no socket at $1."
  _sd_say "Start one with: swiftdockd --socket $1"
  exit 69
}

# _sd_check_socket: whether there is something at _sd_socket. Ends the subshell where it cannot be connected to.
_sd_check_socket() {
  # Or programs would take it for an option.
  case $_sd_socket in -*) _sd_socket=./$_sd_socket ;; esac
  _sd_length=$(printf '%s' "$_sd_socket" | wc -c)
  if [ "$_sd_length" -gt 107 ]; then
    _sd_say "The path of the socket has $((_sd_length)) bytes, of which Linux connects at most 107: $_sd_socket"
    exit 2
  fi
  # What there is to see of the path: the socket or, where that is hidden, the directory that hides it.
  _sd_seen=$_sd_socket
  while [ ! -e "$_sd_seen" ]; do
    case $_sd_seen in
      /*/*) _sd_seen=${_sd_seen%/*} ;;
      *) break ;;
    esac
  done
  if { [ "$_sd_seen" = "$_sd_socket" ] && [ -e "$_sd_seen" ] && [ ! -w "$_sd_seen" ]; } ||
    { [ -d "$_sd_seen" ] && [ ! -x "$_sd_seen" ]; }; then
    _sd_say "Not allowed to use $_sd_socket."
    _sd_say "See who is with: namei -l $_sd_socket"
    exit 77
  fi
  [ -e "$_sd_socket" ]
}

# _sd_open: everything that a connection needs.
_sd_open() {
  _sd_begin
  _sd_find_socket
  _sd_find_programs
}

# _sd_transport COMMAND...: a connection to the broker, whose end of input means "no more requests". The command is
# what runs the program, with the program and its arguments added.
_sd_transport() {
  if [ -n "$_sd_netcat" ]; then
    "$@" "$_sd_netcat" -N -U "$_sd_socket" 2>/dev/null
  else
    # -t: seconds to wait for answers after the end of input.
    "$@" "$_sd_socat" -t 2000000000 - "$_sd_address" 2>/dev/null
  fi
}

# _sd_request METHOD PARAMS ARGUMENT...: sets _sd_message to the request. PARAMS is a program of jq, to which the
# arguments are jq's. Ends the subshell where one of them cannot be said in JSON.
_sd_request() {
  _sd_method=$1
  _sd_params=$2
  shift 2
  # jq puts U+FFFD in the place of bytes that are not UTF-8. Sent, it would name something else.
  _sd_message=$(command jq -cn --arg method "$_sd_method" '
    ([$ARGS | .. | strings | select(contains("\ufffd"))][0] // null) as $bad
    | if $bad then "This is not UTF-8, which names and values have to be: \($bad)\n" | halt_error(2)
      else {jsonrpc: "2.0", id: 1, $method, params: ('"$_sd_params"')}
      end' "$@") || exit 2
}

# _sd_exchange RESULT ARGUMENT...: sends _sd_message and applies RESULT, a program of jq with its arguments, to the
# result; a call of `finish` in it sets the status.
_sd_exchange() {
  _sd_result=$1
  shift
  printf '%s\n' "$_sd_message" | _sd_transport command |
    command jq -nrM --unbuffered --arg socket "$_sd_socket" "$@" "$_sd_jq_errors"'
      (inputs | select(answers_us) | if .error then .error | fail else (.result | '"$_sd_result"'), finish(0) end),
      ("No answer from \($socket). See whether a broker runs there.\n" | halt_error(69))'
}

# _sd_resolve BUILD: sets _sd_build_id to the id of the caller's build of that name.
_sd_resolve() {
  _sd_build_id=$1
  # A whole id is not looked up.
  [ "${#1}" -lt 32 ] || return 0
  _sd_matches=
  _sd_cursor=
  while :; do
    _sd_request build.list '{limit: 500} + if $cursor == "" then {} else {$cursor} end' --arg cursor "$_sd_cursor"
    _sd_page=$(_sd_exchange '
      .nextCursor // "",
      (if $name == "latest" then .builds[0] else .builds[] | select(.buildId | startswith($name)) end
       | .buildId // empty)' --arg name "$1") || exit
    _sd_cursor=${_sd_page%%"$_sd_newline"*}
    _sd_page=$_sd_page$_sd_newline
    _sd_matches=$_sd_matches${_sd_page#*"$_sd_newline"}
    [ "$1" != latest ] || break
    [ -n "$_sd_cursor" ] || break
  done
  _sd_matches=${_sd_matches%"$_sd_newline"}
  case $_sd_matches in
    '')
      _sd_say "No build of yours begins with \"$1\"."
      exit 1
      ;;
    *"$_sd_newline"*)
      _sd_say "\"$1\" begins several builds:"
      _sd_say "$_sd_matches"
      exit 2
      ;;
  esac
  _sd_build_id=$_sd_matches
}

# _sd_resolve_directory PATH: sets _sd_directory to it, absolute and without symbolic links.
_sd_resolve_directory() {
  # A path that begins with - is no option, and no name is looked up in CDPATH.
  case $1 in
    /*) _sd_directory=$1 ;;
    *) _sd_directory=./$1 ;;
  esac
  _sd_directory=$(command cd "$_sd_directory" >/dev/null 2>&1 && pwd -P && printf .) || {
    _sd_say "There is no directory $1, or it may not be entered."
    exit 1
  }
  # The dot keeps newlines at the end of a name.
  _sd_directory=${_sd_directory%"$_sd_newline".}
}

# _sd_resolve_dockerfile: sets _sd_dockerfile, from _sd_file, to the path that it has in _sd_context.
_sd_resolve_dockerfile() {
  _sd_dockerfile=Dockerfile
  [ -n "$_sd_file" ] || return 0
  case $_sd_file in
    /*) _sd_path=$_sd_file ;;
    *) _sd_path=./$_sd_file ;;
  esac
  _sd_resolve_directory "${_sd_path%/*}/"
  case ${_sd_path##*/} in
    '' | . | ..) _sd_usage "$_sd_file is a directory" "$1" ;;
  esac
  case ${_sd_directory%/}/ in
    "${_sd_context%/}"/*) ;;
    *) _sd_usage "$_sd_file is not in the context $_sd_context" "$1" ;;
  esac
  _sd_directory=${_sd_directory%/}/
  _sd_dockerfile=${_sd_directory#"${_sd_context%/}"/}${_sd_path##*/}
}

# _sd_follow_build: reads what the program of jq in _sd_build has to say about the build, prints the image's id and
# ends with the status.
_sd_follow_build() {
  _sd_status=
  _sd_build_id=
  _sd_transport_id=
  _sd_interrupts=0
  _sd_interrupted=
  _sd_line=
  trap _sd_interrupt INT
  while :; do
    # A shell may leave the variable alone where it ends `read` for a signal.
    _sd_piece=
    if IFS= read -r _sd_piece; then
      _sd_follow_line "$_sd_line$_sd_piece"
      _sd_line=
    elif [ -n "$_sd_interrupted" ]; then
      _sd_interrupted=
      _sd_line=$_sd_line$_sd_piece
    else
      break
    fi
  done
  if [ -z "$_sd_status" ]; then
    if [ -n "$_sd_build_id" ]; then
      _sd_say "The broker closed the connection before the build had ended."
    else
      _sd_say "No answer from $_sd_socket. See whether a broker runs there."
    fi
    _sd_status=69
  fi
  exit "$_sd_status"
}

# _sd_follow_line LINE: jq's `debug` makes lines of the form ["DEBUG:","..."]; other lines are jq's own messages.
_sd_follow_line() {
  _sd_word=${1#'["DEBUG:","'}
  _sd_word=${_sd_word%'"]'}
  case $1 in
    '["DEBUG:","transport '*) _sd_transport_id=${_sd_word#* } ;;
    '["DEBUG:","accepted '*)
      _sd_build_id=${_sd_word#* }
      [ "$_sd_interrupts" -eq 0 ] || _sd_leave_build
      ;;
    '["DEBUG:","ended '*)
      _sd_word=${_sd_word#* }
      _sd_status=${_sd_word%% *}
      _sd_word=${_sd_word#* }
      [ "$_sd_status" -ne 0 ] || printf '%s\n' "$_sd_word"
      ;;
    *) _sd_say "$1" ;;
  esac
}

# _sd_interrupt: Ctrl-C. Before the broker has named the build there is nothing to cancel yet.
_sd_interrupt() {
  _sd_interrupted=yes
  _sd_interrupts=$((_sd_interrupts + 1))
  if [ "$_sd_interrupts" -gt 1 ]; then
    # With the connection everything ends that reads from it.
    [ -z "$_sd_transport_id" ] || kill "$_sd_transport_id" 2>/dev/null
    exit 130
  fi
  [ -z "$_sd_build_id" ] || _sd_leave_build
}

_sd_leave_build() {
  _sd_request cancel '{buildId: $build, reason: "interrupted"}' --arg build "$_sd_build_id"
  _sd_exchange '
    if .outcome == "left" then
      "Left the build; it goes on for \(.participantsLeft) other\(if .participantsLeft == 1 then "" else "s" end)."
    elif .outcome == "stopping" then "Stopping the build. Ctrl-C again leaves at once."
    else "The build had ended already."
    end' >&2 || _sd_say "The build could not be cancelled."
}

_sd_build() (
  _sd_begin
  _sd_synopsis='sd_build [-t TAG]... [-f FILE] [--build-arg NAME[=VALUE]]... [--label NAME=VALUE]... [--target STAGE]
         [--platform OS/ARCH] [--no-cache] [--pull] [--network MODE] [--builder NAME] [--push] DIR
Registries that ask for a login are for swiftdock-ctl: sd_build reads no credentials.'
  # What is said about the build is added at the end, three words each: a member of the params, a name and a value.
  _sd_left="$#"
  _sd_context=
  _sd_file=
  while [ "$_sd_left" -gt 0 ]; do
    _sd_option=$1
    shift
    _sd_left=$((_sd_left - 1))
    case $_sd_option in
      --no-cache) set -- "$@" noCache '' '' ;;
      --pull) set -- "$@" pull '' '' ;;
      --push) set -- "$@" push '' '' ;;
      -h | --help)
        printf 'usage: %s\n' "$_sd_synopsis"
        exit 0
        ;;
      --no-cache=* | --pull=* | --push=*) _sd_usage "${_sd_option%%=*} takes no value" "$_sd_synopsis" ;;
      -t | --tag | --tag=* | -f | --file | --file=* | --build-arg | --build-arg=* | --label | --label=* | --target | \
        --target=* | --platform | --platform=* | --network | --network=* | --builder | --builder=*)
        case $_sd_option in
          *=*) _sd_value=${_sd_option#*=} ;;
          *)
            [ "$_sd_left" -gt 0 ] || _sd_usage "$_sd_option needs a value" "$_sd_synopsis"
            _sd_value=$1
            shift
            _sd_left=$((_sd_left - 1))
            ;;
        esac
        case $_sd_option in
          -t | --tag*) set -- "$@" tags '' "$_sd_value" ;;
          -f | --file*) _sd_file=$_sd_value ;;
          --build-arg* | --label*)
            case $_sd_option/$_sd_value in
              */ | */=*) _sd_usage "${_sd_option%%=*} \"$_sd_value\" has no name" "$_sd_synopsis" ;;
              --build-arg*/*=*) set -- "$@" buildArgs "${_sd_value%%=*}" "${_sd_value#*=}" ;;
              --build-arg*) set -- "$@" environment "$_sd_value" '' ;;
              *=*) set -- "$@" labels "${_sd_value%%=*}" "${_sd_value#*=}" ;;
              *) set -- "$@" labels "$_sd_value" '' ;;
            esac
            ;;
          *)
            _sd_option=${_sd_option%%=*}
            set -- "$@" "${_sd_option#--}" '' "$_sd_value"
            ;;
        esac
        ;;
      --)
        [ "$_sd_left/$_sd_context" = 1/ ] || _sd_usage "sd_build takes one directory" "$_sd_synopsis"
        _sd_context=$1
        shift
        _sd_left=0
        ;;
      -?*) _sd_usage "sd_build does not know $_sd_option" "$_sd_synopsis" ;;
      -) _sd_usage "sd_build takes no context from standard input" "$_sd_synopsis" ;;
      *)
        [ -z "$_sd_context" ] || _sd_usage "sd_build takes one directory" "$_sd_synopsis"
        _sd_context=$_sd_option
        ;;
    esac
  done
  [ -n "$_sd_context" ] || _sd_usage "sd_build needs the directory to build" "$_sd_synopsis"
  _sd_resolve_directory "$_sd_context"
  _sd_context=$_sd_directory
  _sd_resolve_dockerfile "$_sd_synopsis"

  _sd_open
  # An argument without a value is the environment's or, as docker does it, left out.
  _sd_request build '
    reduce range(0; $ARGS.positional | length; 3) as $at (
      {$context, $dockerfile, wait: true, events: true};
      $ARGS.positional[$at] as $member | $ARGS.positional[$at + 1] as $name | $ARGS.positional[$at + 2] as $value
      | if $member == "tags" then .tags += [$value]
        elif $member == "buildArgs" or $member == "labels" then .[$member][$name] = $value
        elif $member == "environment" then if $ENV[$name] then .buildArgs[$name] = $ENV[$name] else . end
        elif $member == "noCache" or $member == "pull" or $member == "push" then .[$member] = true
        else .[$member] = $value
        end)' --arg context "$_sd_context" --arg dockerfile "$_sd_dockerfile" --args -- "$@"

  # From here on Ctrl-C is for _sd_follow_build alone, which the others outlive by nothing: the connection ends with
  # the build or is ended, jq with the connection. The first line that jq reads is the connection's process id.
  trap '' INT
  {
    printf '%s\n' "$_sd_message" | {
      # socat ends by SIGINT even where that was ignored; in a session of its own it gets none.
      _sd_address=${_sd_address-},setsid
      _sd_transport command sh -c 'printf "%s\n" "$$" && exec "$@"' sh
      :
    } | {
      command jq -njM --unbuffered "$_sd_jq_errors$_sd_jq_progress"'
        def news($build):
          (if $build.state == "queued" and $build.queue then "waiting, number \($build.queue.position) in the queue"
           elif $build.state == "running" and $build.joined then "shares work that was already running"
           else null
           end) as $news
          | if $news == null or $news == .news then . else say($news) | .news = $news end;
        def place:
          .data.detail
          | first(.diagnostics[]? | "\(.path):\(.range.start.line + 1): ")
            // first((.lines[]?, .line // empty) as $line | "\(.path // "Dockerfile"):\($line): ")
            // "";
        def report($build):
          leave_step
          | reduce ($build.result.tags[]? | select(.ok)) as $tag (.;
              line("tagged \($tag.tag)") | if $tag.pushed then line("pushed \($tag.tag) \($tag.digest // "")") else . end)
          | reduce ($build.error // empty | "ERROR: \(place)\(.message)", advice) as $text (.; line($text));
        foreach inputs as $message (
          progress;
          .out = "" | .signal = null
          | if ($message | type) == "number" then .signal = "transport \($message)"
            elif $message.method == "logs.event" then events($message)
            elif $message.method == "build.state" then news($message.params.build)
            elif $message.method == "build.accepted" then
              say("build \($message.params.buildId)") | .signal = "accepted \($message.params.buildId)"
            elif $message | answers_us | not then .
            elif $message.error then
              reduce ($message.error | explanation) as $text (leave_step; line($text))
              | .signal = "ended \($message.error | status_of_error)"
            else
              report($message.result)
              | .signal = "ended \($message.result | status_of_build) \($message.result.result.imageId // "")"
            end;
          (.out | select(. != "")), (.signal | select(. != null) | debug | empty))' 2>&1 >&3 3>&-
      :
    } | (_sd_follow_build 3>&-)
  } 3>&2
)

# _sd_dies_of_interrupt: whether Ctrl-C during a child would end this shell. An interactive one stays, and so does bash
# where the child ended otherwise than by the signal; others where they ignore or trap it.
_sd_dies_of_interrupt() {
  case $- in *i*) return 1 ;; esac
  [ -z "${BASH_VERSION:-}" ] || return 1
  # Signal 2 is the second bit of the mask, which is hexadecimal.
  while IFS= read -r _sd_signals; do
    case $_sd_signals in SigIgn:*[2367abef])
      unset _sd_signals
      return 1
      ;;
    esac
  done </proc/self/status
  # dash tells of its traps only in the shell that has them, not in a command substitution. What holds the here-document
  # is a pipe or a file that has no name any more, and takes their list.
  {
    trap >|/proc/self/fd/9
    _sd_signals=$(command cat <&9)
  } 9<<END
END
  case "$_sd_signals
" in
    *INT'
'* | *'TRAPINT ()'*) set -- 1 ;;
    *) set -- 0 ;;
  esac
  unset _sd_signals
  return "$1"
}

sd_build() {
  # Ctrl-C reaches a script's own shell, too, which has to stay for the end of the build. Where it has a trap, that is
  # run after the build, as for any other program that handles Ctrl-C itself.
  if _sd_dies_of_interrupt; then
    trap : INT
    if _sd_build "$@"; then set -- 0; else set -- "$?"; fi
    trap - INT
    return "$1"
  fi
  _sd_build "$@"
}

sd_logs() (
  _sd_begin
  _sd_synopsis='sd_logs [-f] [--from N] BUILD'
  _sd_follow=false
  _sd_from=1
  _sd_name=
  while [ "$#" -gt 0 ]; do
    case $1 in
      -f | --follow) _sd_follow=true ;;
      --from)
        [ "$#" -gt 1 ] || _sd_usage "--from needs a value" "$_sd_synopsis"
        _sd_from=$2
        shift
        ;;
      --from=*) _sd_from=${1#*=} ;;
      -?*) _sd_usage "sd_logs does not know $1" "$_sd_synopsis" ;;
      *)
        [ -z "$_sd_name" ] || _sd_usage "sd_logs takes one build" "$_sd_synopsis"
        _sd_name=$1
        ;;
    esac
    shift
  done
  [ -n "$_sd_name" ] || _sd_usage "sd_logs needs a build" "$_sd_synopsis"
  case $_sd_from in
    '' | 0* | *[!0-9]* | ???????????????*) _sd_usage "--from takes a number from 1, not \"$_sd_from\"" "$_sd_synopsis" ;;
  esac
  _sd_open
  _sd_resolve "$_sd_name"
  _sd_request logs.subscribe '{buildId: $build, from: $from, follow: $follow}' \
    --arg build "$_sd_build_id" --argjson from "$_sd_from" --argjson follow "$_sd_follow"
  printf '%s\n' "$_sd_message" | _sd_transport command |
    command jq -njM --unbuffered --arg build "$_sd_build_id" --argjson from "$_sd_from" \
      "$_sd_jq_errors$_sd_jq_progress"'
      def lost($status):
        "\(.out)The broker went away. Go on with: sd_logs -f --from \(.next) \($build)\n" | halt_error($status);
      foreach (inputs, null) as $message (
        progress | .next = $from;
        .out = ""
        | if $message == null then close_line | lost(69)
          elif $message.method == "logs.event" then events($message) | .next = $message.params.nextSeq
          elif $message.method == "logs.end" then close_line | .end = $message.params
          elif ($message | answers_us) and $message.error then $message.error | fail
          else .
          end;
        (.out | select(. != "")),
        (if .end == null then empty elif .end.reason == "shutdown" then .out = "" | lost(75) else halt end))'
)

# _sd_pages SCOPE STATES: prints the builds as JSON, a line each; then, where they cannot be had, the status alone.
_sd_pages() {
  _sd_cursor=
  while :; do
    _sd_request build.list '
      {limit: 500, $scope}
      + if $states == "all" then {} else {states: ["receiving", "queued", "running", "cancelling"]} end
      + if $cursor == "" then {} else {$cursor} end' \
      --arg scope "$1" --arg states "$2" --arg cursor "$_sd_cursor"
    # The cursor first, then the builds.
    _sd_page=$(_sd_exchange '.nextCursor // "", (.builds[] | tojson)') || {
      printf '%s\n' "$?"
      return
    }
    _sd_cursor=${_sd_page%%"$_sd_newline"*}
    printf '%s\n' "${_sd_page#"$_sd_cursor"}"
    [ -n "$_sd_cursor" ] || return 0
  done
}

sd_ls() (
  _sd_begin
  _sd_scope=mine
  _sd_states=unfinished
  for _sd_option in "$@"; do
    case $_sd_option in
      -a | --all) _sd_states=all ;;
      --everyone) _sd_scope=all ;;
      *) _sd_usage "sd_ls does not know $_sd_option" "sd_ls [--all] [--everyone]" ;;
    esac
  done
  _sd_open
  _sd_pages "$_sd_scope" "$_sd_states" | command jq -nr "$_sd_jq_errors"'
    def age:
      if . < 60 then "\(.)s"
      elif . < 3600 then "\(. / 60 | floor)m \(. % 60)s"
      elif . < 86400 then "\(. / 3600 | floor)h \(. / 60 | floor % 60)m"
      else "\(. / 86400 | floor)d \(. / 3600 | floor % 24)h"
      end;
    def row($now):
      [
        .buildId[:12],
        (if .state == "queued" and .queue then "queued (\(.queue.position))"
         elif .state == "running" and .participants > 1 then "running, shared"
         else .state
         end),
        ([$now - .createdAtMs / 1000, 0] | max | floor | age),
        (.steps | if .total then "\(.done)/\(.total)" else "\(.done)" end),
        (.tags | join(" "))
      ];
    now as $now
    | [["BUILD", "STATE", "AGE", "STEPS", "TAGS"],
       (inputs | if type == "number" then finish(.) else row($now) end)]
    | . as $rows
    | [range(0; 4) as $column | [$rows[][$column] | length] | max + 2] as $widths
    | $rows[] as $row
    | [[$row[:4], $widths] | transpose[] | .[0] + " " * (.[1] - (.[0] | length))]
    | add + $row[4]
    | sub(" +$"; "")'
)

sd_wait() (
  _sd_begin
  [ "$#" -eq 1 ] || _sd_usage "sd_wait takes one build" "sd_wait BUILD"
  _sd_open
  _sd_resolve "$1"
  _sd_request build.wait '{buildId: $build}' --arg build "$_sd_build_id"
  _sd_exchange '
    status_of_build as $status
    | (.result.imageId // empty),
      (if .error then .error | lines("ERROR: \(.message)", advice) | halt_error($status) else finish($status) end)'
)

sd_cancel() (
  _sd_begin
  [ "$#" -gt 0 ] || _sd_usage "sd_cancel needs a build" "sd_cancel BUILD..."
  _sd_open
  for _sd_name in "$@"; do
    _sd_resolve "$_sd_name"
    _sd_request cancel '{buildId: $build}' --arg build "$_sd_build_id"
    _sd_exchange '
      if .outcome == "left" then "\($build) left; \(.participantsLeft) others go on with its work"
      elif .outcome == "stopping" then "\($build) is stopping"
      else "\($build) had ended already"
      end' --arg build "$_sd_build_id" || exit
  done
)

sd_push() (
  _sd_begin
  _sd_synopsis='sd_push BUILD [TAG]...
Registries that ask for a login are for swiftdock-ctl: sd_push reads no credentials.'
  [ "$#" -gt 0 ] || _sd_usage "sd_push needs a build" "$_sd_synopsis"
  for _sd_name in "$@"; do
    case $_sd_name in
      -h | --help)
        printf 'usage: %s\n' "$_sd_synopsis"
        exit 0
        ;;
      -*) _sd_usage "sd_push does not know $_sd_name" "$_sd_synopsis" ;;
    esac
  done
  _sd_open
  _sd_resolve "$1"
  shift
  _sd_request build.push '
    {buildId: $build} + if $ARGS.positional == [] then {} else {tags: $ARGS.positional} end' \
    --arg build "$_sd_build_id" --args -- "$@"
  _sd_exchange '
    (.tags[] | select(.ok) | "\(.tag) \(.digest // "")"),
    ([.tags[] | select(.ok | not)]
     | if . == [] then finish(0)
       else lines(.[] | "ERROR: \(.tag): \(.error.message // "not pushed")", (.error // {} | advice)) | halt_error(1)
       end)'
)

sd_rpc() (
  _sd_begin
  _sd_synopsis='sd_rpc METHOD [PARAMS-JSON|-]'
  [ "$#" -eq 1 ] || [ "$#" -eq 2 ] || _sd_usage "sd_rpc takes a method and its params" "$_sd_synopsis"
  [ "$#" -eq 2 ] || set -- "$1" '{}'
  _sd_open
  _sd_message=$(
    if [ "$2" = - ]; then cat; else printf '%s\n' "$2"; fi | command jq -cs --arg method "$1" '
      if length == 1 and (.[0] | type) == "object" then {jsonrpc: "2.0", id: 1, $method, params: .[0]}
      else "not one object\n" | halt_error
      end' 2>/dev/null
  ) || _sd_usage "The params of sd_rpc have to be one JSON object." "$_sd_synopsis"
  # Until the broker closes: what is subscribed to comes after the result.
  printf '%s\n' "$_sd_message" | _sd_transport command |
    command jq -cnM --unbuffered --arg socket "$_sd_socket" "$_sd_jq_errors"'
      foreach (inputs, null) as $message ({};
        if $message == null and (.answered | not) then
          "No answer from \($socket). See whether a broker runs there.\n" | halt_error(69)
        elif $message == null then .out = null
        elif $message | answers_us | not then .out = {method: $message.method, params: $message.params}
        elif $message.error then $message.error | status_of_error as $status | tojson + "\n" | halt_error($status)
        else .answered = true | .out = $message.result
        end;
        if $message == null then empty else .out end)'
)
