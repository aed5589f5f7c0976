#!/bin/sh
# Measures the release broker against plain C programs and against the Engine, and holds it to its targets:
#
#   sh Tests/Benchmarks/run.sh [ROUNDS]    5 rounds
#
# Peers and broker take turns, and what counts is the median of the ratios of the rounds, since a machine's speed varies
# with what else it does. The exit status is 1 where a target was missed or something failed.

set -u
cd "$(dirname "$0")/../.." || exit 1
. clients/prerequisites.sh
. Tests/engine.sh
. Tests/Benchmarks/measure.sh

rounds=${1:-5}
case $rounds in '' | *[!0-9]* | 0)
  say "usage: sh Tests/Benchmarks/run.sh [ROUNDS]"
  exit 2
  ;;
esac
readers=200
peer_lines=3000
broker_lines=30000
idle_connections=5000
idle_seconds=10

require_swift
swift build -c release --product swiftdockd >&2 && swift build -c release --product swiftdock-ctl >&2 || exit 1
bin=$(swift build -c release --show-bin-path)
work=$(mktemp -d /tmp/sd-bench.XXXXXX) || exit 1
for source in Tests/Benchmarks/*.c; do
  program=$(basename "$source" .c)
  cc -std=gnu11 -O2 -Wall -Wextra -Werror -pthread -o "$work/$program" "$source" || exit 1
done

processes=
engine_directory=
clean_up() {
  stop_all
  stop_engine
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# start_broker NAME: with an Engine that has a build of broker_lines lines. Sets `broker`, `engine` and `socket`.
start_broker() {
  start "$work/$1.engine" "$work/engine" "$work/$1.engine" "$broker_lines"
  engine=$process
  mkdir -m 700 "$work/$1"
  start "$work/$1/s" "$bin/swiftdockd" --socket "$work/$1/s" --engine "unix://$work/$1.engine" \
    --state-dir "$work/$1/state"
  broker=$process
  socket=$work/$1/s
  ticks=100
  until "$bin/swiftdock-ctl" --socket "$socket" rpc broker.status 2>/dev/null | grep -q '"state":"up"'; do
    ticks=$((ticks - 1))
    [ "$ticks" -gt 0 ] || { say "the broker found no Engine" && exit 1; }
    sleep 0.05
  done
}

# compare NAME FILE COMPARISON TARGET: a file of lines `BROKER PEER`, as rates.
compare() {
  awk '{ print $1, $2, $1 / $2 }' "$2" >"$2.ratios"
  ratio=$(median "$2.ratios" 3)
  judge "$1" "$(printf '%.2f' "$ratio")" times "$3" "$4" "$(median "$2" 1)/s against $(median "$2" 2)/s"
}

# pair FILE BROKER PEER: appends a round.
pair() {
  [ -n "$2" ] && [ -n "$3" ] || { say "a measurement failed" && exit 1; }
  echo "${2%% *} ${3%% *}" >>"$1"
}

if [ -n "${SWIFTDOCK_TEST_ENGINE:-}" ]; then
  engine_socket=${SWIFTDOCK_TEST_ENGINE#unix://}
elif [ "$(id -u)" -eq 0 ]; then
  start_engine || exit 1
else
  engine_socket=
  say "Not root and no SWIFTDOCK_TEST_ENGINE: not compared with the Engine's own socket."
fi

# share_core PROCESS...
share_core() { for process in "$@"; do taskset -a -p -c 0 "$process" >>"$work/log"; done; }
# have_all_cores PROCESS...
have_all_cores() { for process in "$@"; do taskset -a -p -c "0-$(($(nproc) - 1))" "$process" >>"$work/log"; done; }

start_broker trips
start "$work/echo" "$work/echo_server" "$work/echo"
echo_server=$process
# Many short turns rather than few long ones: what disturbs them comes and goes.
round=0
while [ "$round" -lt $((rounds * 4)) ]; do
  round=$((round + 1))
  peer=$("$work/round_trip" "$work/echo" rpc 64 150)
  pair "$work/echo-64" "$("$work/round_trip" "$socket" rpc 64 150)" "$peer"
  # On one connection only one side works at a time. Each on a core of its own, most of what is measured would be how long
  # a core takes to wake up; so the two share one. The Engine, which is somebody else's process, has them all.
  share_core "$broker" "$echo_server"
  peer=$(taskset -c 0 "$work/round_trip" "$work/echo" rpc 1 150)
  pair "$work/echo-1" "$(taskset -c 0 "$work/round_trip" "$socket" rpc 1 150)" "$peer"
  [ -z "$engine_socket" ] || pair "$work/ping" "$(taskset -c 0 "$work/round_trip" "$socket" rpc 1 150)" \
    "$(taskset -c 0 "$work/round_trip" "$engine_socket" http 1 150)"
  have_all_cores "$broker" "$echo_server"
done
stop "$echo_server"
stop "$broker"
stop "$engine"

mkdir "$work/context"
printf 'FROM scratch\nRUN yes\n' >"$work/context/Dockerfile"
round=0
while [ "$round" -lt "$rounds" ]; do
  round=$((round + 1))
  start "$work/lines-$round" "$work/line_server" "$work/lines-$round" "$readers" "$peer_lines"
  peer=$("$work/fan_out" "$work/lines-$round" "$readers" "$process" '
' "$peer_lines")
  start_broker "fan-$round"
  build=$("$bin/swiftdock-ctl" --socket "$socket" rpc build \
    "{\"context\":\"$work/context\",\"onDisconnect\":\"keep\"}" | sed -n 's/.*"buildId":"\([0-9a-f]*\)".*/\1/p')
  ours=$("$work/fan_out" "$socket" "$readers" "$engine" '{"seq":' "$broker_lines" \
    "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"logs.subscribe\",\"params\":{\"buildId\":\"$build\"}}")
  pair "$work/fan" "$ours" "$peer"
  stop "$broker"
  stop "$engine"
done

# resident PROCESS: MiB.
resident() { awk '/^VmRSS:/ { printf "%.1f", $2 / 1024 }' "/proc/$1/status"; }

# wake_ups PROCESS: of all its threads so far.
wake_ups() { cat /proc/"$1"/task/*/status | awk '/^voluntary_ctxt_switches:/ { sum += $2 } END { print sum }'; }

start_broker idle
sleep 1
quiet=$(resident "$broker")
before=$(wake_ups "$broker")
sleep "$idle_seconds"
woken=$(($(wake_ups "$broker") - before))
mkfifo "$work/hold"
"$work/idle_clients" "$socket" "$idle_connections" <"$work/hold" >"$work/held" &
holder=$!
processes="$processes $holder"
exec 9>"$work/hold"
ticks=200
until [ -s "$work/held" ]; do
  ticks=$((ticks - 1))
  [ "$ticks" -gt 0 ] || { say "cannot hold $idle_connections connections" && exit 1; }
  sleep 0.05
done
# Answered once all of them were accepted.
"$bin/swiftdock-ctl" --socket "$socket" rpc broker.status >"$work/status"
grep -q "\"connections\":$((idle_connections + 1))[,}]" "$work/status" || say "not all connections were accepted"
crowded=$(resident "$broker")
exec 9>&-
stop "$holder"

compare "broker.ping, 1 connection" "$work/echo-1" ">=" 0.5
compare "broker.ping, 64 connections" "$work/echo-64" ">=" 0.5
[ -z "$engine_socket" ] || compare "broker.ping : GET /_ping" "$work/ping" ">=" 3
compare "log to $readers readers, events" "$work/fan" ">=" 8
judge "resident, $idle_connections idle connections" "$crowded" MiB "<=" 25 ""
judge "resident, idle" "$quiet" MiB "<=" 15 ""
judge "wake-ups in $idle_seconds s, idle" "$woken" "" "<=" 0 ""
exit "$missed"
