# shellcheck shell=sh
# Functions, to be read by other scripts after clients/prerequisites.sh: programs that are measured, and what is made of
# the figures. They use `work`, a directory for the log, and list in `processes` what they started.

# await_socket PATH
await_socket() {
  ticks=100
  until [ -S "$1" ]; do
    ticks=$((ticks - 1))
    [ "$ticks" -gt 0 ] || { say "nobody listens at $1" && exit 1; }
    sleep 0.05
  done
}

# start SOCKET COMMAND...: runs it until it listens there. Sets `process`.
start() {
  listened=$1
  shift
  "$@" >>"$work/log" 2>&1 &
  process=$!
  processes="$processes $process"
  await_socket "$listened"
}

# stop PROCESS: one that was started. Its number, which may become another's, is forgotten.
stop() {
  kill "$1" 2>/dev/null
  wait "$1" 2>/dev/null
  rest=
  for other in $processes; do [ "$other" = "$1" ] || rest="$rest $other"; done
  processes=$rest
}

# stop_all: all that were started and not stopped.
stop_all() { for process in $processes; do stop "$process"; done; }

# median FILE COLUMN
median() { sort -n -k "$2" "$1" | awk -v column="$2" '{ all[NR] = $column } END { print all[int((NR + 1) / 2)] }'; }

missed=0
# judge NAME VALUE UNIT COMPARISON TARGET DETAIL
judge() {
  verdict=$(awk -v value="$2" -v target="$5" -v how="$4" \
    'BEGIN { print (how == ">=" ? value >= target : value <= target) ? "ok" : "MISSED" }')
  [ "$verdict" = ok ] || missed=1
  printf '%-34s %10s %-5s %2s %-6s %-7s %s\n' "$1" "$2" "$3" "$4" "$5" "$verdict" "$6"
}
