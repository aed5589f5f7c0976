#!/bin/sh
# A broker by way of nc (OpenBSD's) and jq: line framing, a connection for each question.
#
# With -N nc tells the broker when its input has ended, and for the broker that means "no more requests": it still
# answers what was asked, sends a subscription to its end, and then closes, which ends nc. Without -N nc never ends.

set -eu

# same WHAT EXPECTED ACTUAL
same() {
  [ "$2" = "$3" ] || {
    echo "$1 is \"$3\", not \"$2\"" >&2
    exit 1
  }
}

# request METHOD PARAMS: PARAMS as jq reads them, so `env.NAME` is a variable as a string.
request() { jq -cn --arg method "$1" "{jsonrpc: \"2.0\", id: 1, \$method, params: $2}"; }

# ask METHOD PARAMS: prints the answer, and whatever else comes until the end.
ask() { request "$1" "$2" | nc -U -N "$SWIFTDOCK_SOCKET"; }

# lines FILE: what the steps printed.
lines() { jq -r 'select(.method == "logs.event").params.events[] | select(.stream == "stdout").text' "$1"; }

# end FILE: the state that the log ended with.
end() { jq -r 'select(.method == "logs.end").params.state' "$1"; }

same "framing" line "$(ask initialize '{client: {name: "nc"}}' | jq -r .result.framing)"

# A build, its log, its end. The answer is the first line, the end of the log the last.
ask build '{context: env.QUICK, events: true}' >quick.log
build=$(head -n 1 quick.log | jq -r .result.buildId)
lines quick.log | cmp - "$QUICK/lines"
same "end of the log" succeeded "$(end quick.log)"
same "state" succeeded "$(ask build.get "{buildId: \"$build\"}" | jq -r .result.state)"

same "error" '[1201,"BuildNotFound"]' "$(ask build.get '{buildId: "none"}' | jq -c '.error | [.code, .data.name]')"

# A build that is cancelled: from another connection, since the first one has no more requests.
ask build '{context: env.SLOW, events: true}' >slow.log &
connection=$!
until grep -q '"text":"sleeping"' slow.log; do sleep 0.1; done
build=$(head -n 1 slow.log | jq -r .result.buildId)
same "outcome" stopping "$(ask cancel "{buildId: \"$build\"}" | jq -r .result.outcome)"
wait "$connection"
same "end of the log" cancelled "$(end slow.log)"
same "state" cancelled "$(ask build.get "{buildId: \"$build\"}" | jq -r .result.state)"

# As clients of language servers take their leave. This ends the connection, not the broker.
same "shutdown" '{"jsonrpc":"2.0","id":1,"result":null}' "$({
  request shutdown null
  jq -cn '{jsonrpc: "2.0", method: "exit"}'
} | nc -U -N "$SWIFTDOCK_SOCKET")"
