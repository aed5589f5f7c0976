# shellcheck shell=sh
# Functions, to be read by other scripts after clients/prerequisites.sh: a broker for tests.

# start_broker SOCKET STATE LOG: starts the swiftdockd of SWIFTDOCK_TEST_BIN on the Engine SWIFTDOCK_TEST_ENGINE, with its
# state and log where it is told, and waits until it answers. Sets `broker` to its process, which the caller ends, from
# the first moment on; status 1, and the log on standard error, where it does not start.
start_broker() {
  # The Engine for tests may have no bridge.
  "$SWIFTDOCK_TEST_BIN/swiftdockd" --socket "$1" --engine "$SWIFTDOCK_TEST_ENGINE" --state-dir "$2" \
    --default-network host </dev/null >"$3" 2>&1 &
  broker=$!
  ticks=300
  until "$SWIFTDOCK_TEST_BIN/swiftdock-ctl" --socket "$1" status >/dev/null 2>&1; do
    ticks=$((ticks - 1))
    if [ "$ticks" -eq 0 ] || ! running "$broker"; then
      say "The broker did not start:"
      cat "$3" >&2
      return 1
    fi
    sleep 0.1
  done
}
