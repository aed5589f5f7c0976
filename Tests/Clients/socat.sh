#!/bin/sh
# A broker by way of socat and jq: line framing, a conversation on one connection.
#
# When one side has ended, socat waits for the other for half a second only. Here that is enough, since the broker
# closes first; where the input ends before the answers have come, -t has to say how many seconds they may take.

set -eu

fail() {
  echo "$*" >&2
  exit 1
}

# same WHAT EXPECTED ACTUAL
same() { [ "$2" = "$3" ] || fail "$1 is \"$3\", not \"$2\""; }

# send MESSAGE: as jq reads it, so `env.NAME` is a variable as a string. It ends with an LF.
send() { jq -cn "{jsonrpc: \"2.0\"} + $1" >&3; }

# receive: sets `message` to the next line. Notifications end up in the file `heard`.
receive() {
  IFS= read -r message <&4 || fail "the connection has ended"
  case $message in
    '{"jsonrpc":"2.0","method":'*) printf '%s\n' "$message" >>heard ;;
  esac
}

# call METHOD PARAMS: sets `answer`. Notifications may come before it.
last=0
call() {
  last=$((last + 1))
  send "{id: $last, method: \"$1\", params: $2}"
  message=
  until [ "$(printf '%s' "$message" | jq .id)" = "$last" ]; do receive; done
  answer=$message
}

# member NAME: of the answer's result.
member() { printf '%s' "$answer" | jq -r ".result.$1"; }

# listen_for FILTER: until jq's filter finds something in a notification; sets `found`.
listen_for() {
  found=$(jq -r "$1" heard)
  while [ -z "$found" ]; do
    receive
    found=$(jq -r "$1" heard)
  done
}

mkfifo requests answers
socat - "UNIX-CONNECT:$SWIFTDOCK_SOCKET" <requests >answers &
socat=$!
trap 'kill "$socat"' EXIT
exec 3>requests 4<answers

call initialize '{client: {name: "socat"}}'
same "framing" line "$(member framing)"

state='select(.method == "logs.end").params.state'
lines='select(.method == "logs.event").params.events[] | select(.stream == "stdout").text'

# A build, its log, its end.
: >heard
call build '{context: env.QUICK, events: true}'
build=$(member buildId)
listen_for "$state"
same "end of the log" succeeded "$found"
jq -r "$lines" heard | cmp - "$QUICK/lines"
call build.get "{buildId: \"$build\"}"
same "state" succeeded "$(member state)"

call build.get '{buildId: "none"}'
same "error" '[1201,"BuildNotFound"]' "$(printf '%s' "$answer" | jq -c '.error | [.code, .data.name]')"

# A build that is cancelled.
: >heard
call build '{context: env.SLOW, events: true}'
build=$(member buildId)
listen_for "$lines"
same "lines" sleeping "$found"
call cancel "{buildId: \"$build\"}"
same "outcome" stopping "$(member outcome)"
listen_for "$state"
same "end of the log" cancelled "$found"
call build.get "{buildId: \"$build\"}"
same "state" cancelled "$(member state)"

# As clients of language servers take their leave. This ends the connection, not the broker.
call shutdown null
same "shutdown" null "$(printf '%s' "$answer" | jq -c .result)"
send '{method: "exit"}'
exec 3>&-
! IFS= read -r message <&4 || fail "there is more: $message"
wait "$socat"
trap - EXIT
