#!/bin/sh
# Tests of clients/shell/swiftdock.sh in each shell that is there of dash, bash, zsh and busybox sh, against a broker
# that is started for them.
#
#   sh Tests/Shell/run.sh [TEST]...    for example `build`; all if none is given
#
# Reads SWIFTDOCK_TEST_BIN, the directory of the built swiftdockd and swiftdock-ctl, and SWIFTDOCK_TEST_ENGINE, the
# Engine's address as unix://PATH. Needs jq, a netcat that knows -U and -N, socat, curl, busybox-static and, for the
# test named services, docker-registry.
#
# The tests see: SWIFTDOCK_SOCKET, the broker; SWIFTDOCK_TEST_SHELL, the shell they run in; SWIFTDOCK_TEST_CLIENT, what
# they test; SWIFTDOCK_TEST_DIRECTORY, where they are; SWIFTDOCK_TEST_BUSYBOX, a program for images made from scratch;
#, which busybox would take for its own by its name.

set -u
cd "$(dirname "$0")/../.." || exit 1
. clients/prerequisites.sh
. Tests/broker.sh

if [ -z "${SWIFTDOCK_TEST_BIN:-}" ] || [ -z "${SWIFTDOCK_TEST_ENGINE:-}" ]; then
  say "SWIFTDOCK_TEST_BIN and SWIFTDOCK_TEST_ENGINE have to be set."
  exit 2
fi
SWIFTDOCK_TEST_BUSYBOX=$(static_busybox) || {
  say "There is no busybox without shared libraries: apt-get install busybox-static"
  exit 69
}
SWIFTDOCK_TEST_DIRECTORY=$PWD/Tests/Shell
SWIFTDOCK_TEST_CLIENT=$PWD/clients/shell/swiftdock.sh
export SWIFTDOCK_TEST_BIN SWIFTDOCK_TEST_BUSYBOX SWIFTDOCK_TEST_DIRECTORY SWIFTDOCK_TEST_CLIENT
[ $# -gt 0 ] || set -- build refusals calls interrupt statuses programs push large caller services

# Of the broker's socket no directory may be one that others can write to.
if [ "$(id -u)" -eq 0 ]; then parent=/run; else parent=${XDG_RUNTIME_DIR:-$HOME}; fi
runtime=$(mktemp -d "$parent/swiftdock-shell.XXXXXX") || exit 1
work=$(mktemp -d "${TMPDIR:-/tmp}/swiftdock-shell.XXXXXX") || exit 1
broker=
clean_up() {
  code=$?
  trap - EXIT INT TERM
  [ -z "$broker" ] || end_within 30 "$broker" || say "The broker had to be killed."
  rm -rf "$runtime" "$work"
  exit "$code"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

export SWIFTDOCK_SOCKET="$runtime/s"
start_broker "$SWIFTDOCK_SOCKET" "$work/state" "$work/broker.log" || exit 1

# As programs that are one word: busybox goes by the name it is called by.
mkdir "$work/shells"
ln -s "$SWIFTDOCK_TEST_BUSYBOX" "$work/shells/sh"
passed=0
failed=0
for name in dash bash zsh "busybox sh"; do
  case $name in
    *" sh") SWIFTDOCK_TEST_SHELL=$work/shells/sh ;;
    *) SWIFTDOCK_TEST_SHELL=$(command -v "$name") || {
      echo "skipped: $name is not installed"
      continue
    } ;;
  esac
  export SWIFTDOCK_TEST_SHELL
  for test in "$@"; do
    mkdir "$work/$test"
    if (cd "$work/$test" && timeout 300 "$SWIFTDOCK_TEST_SHELL" -eu "$SWIFTDOCK_TEST_DIRECTORY/$test.sh") \
      </dev/null >"$work/output" 2>&1; then
      echo "ok $name: $test"
      passed=$((passed + 1))
    else
      echo "FAILED $name: $test (status $?)"
      sed 's/^/  /' "$work/output"
      failed=$((failed + 1))
    fi
    rm -rf "${work:?}/$test"
  done
done

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
