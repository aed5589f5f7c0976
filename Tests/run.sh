#!/bin/sh
# Everything that the project is held to, in a fresh clone or a used one, from any directory: formatting, the release
# build of both programs, all tests against a Docker Engine and a Podman service started for them, and a short run of
# each fuzz target.
#
#   sh Tests/run.sh [--fuzz SECONDS]    SECONDS for each fuzz target, 20 if not given; 0 leaves them out
#
# Needs Swift 6.2 or later. What else is missing is installed on Debian and Ubuntu. As root, which an Engine needs; as
# another user the tests that need an Engine are skipped, and say so.
#
# The tests see: SWIFTDOCK_TEST_BIN, the directory of the built programs; SWIFTDOCK_TEST_ENGINE and SWIFTDOCK_TEST_PODMAN,
# the addresses of a Docker Engine and of Podman's service; SWIFTDOCK_TEST_EXCHANGES, where they write down what they
# exchange with brokers.

set -u
cd "$(dirname "$0")/.." || exit 1
. clients/prerequisites.sh
. Tests/engine.sh
. Tests/podman.sh

fuzz_seconds=20
while [ $# -gt 0 ]; do
  case $1 in
    --fuzz) fuzz_seconds=${2:-} && shift ;;
    *) fuzz_seconds= ;;
  esac
  shift
done
case $fuzz_seconds in '' | *[!0-9]*)
  say "usage: sh Tests/run.sh [--fuzz SECONDS]"
  exit 2
  ;;
esac

# dockerd needs cgroups. Where none are mounted, everything runs in a mount namespace of its own that has them.
if [ "$(id -u)" -eq 0 ] && ! mountpoint -q /sys/fs/cgroup; then
  if [ -z "${SWIFTDOCK_TEST_NAMESPACE:-}" ]; then
    export SWIFTDOCK_TEST_NAMESPACE=1
    exec unshare --mount --propagation private sh Tests/run.sh --fuzz "$fuzz_seconds"
  fi
  require cgroupfs-mount
  cgroupfs-mount
fi

require_swift
require libssl-dev zlib1g-dev libzstd-dev zstd pkg-config busybox-static jq netcat-openbsd socat python3-jsonschema
[ "$(id -u)" -ne 0 ] || require docker.io docker-registry apache2-utils perl-base dash zsh curl podman \
  emacs-nox neovim python3-venv

work=$(mktemp -d "${TMPDIR:-/tmp}/swiftdock-test.XXXXXX") || exit 1
engine_directory=
podman_directory=
clean_up() {
  stop_engine
  stop_podman
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

mkdir "$work/exchanges"
export SWIFTDOCK_TEST_EXCHANGES="$work/exchanges"

passed=0
failed=0
skipped=0
: >"$work/summary"

# record NAME PASSED FAILED SKIPPED
record() {
  passed=$((passed + $2))
  failed=$((failed + $3))
  skipped=$((skipped + $4))
  printf '%-24s %4d passed, %d failed, %d skipped\n' "$1" "$2" "$3" "$4" >>"$work/summary"
}

# check NAME COMMAND...: one thing that passes or fails.
check() {
  name=$1
  shift
  say "== $name"
  if "$@"; then
    record "$name" 1 0 0
  else
    say "== $name failed"
    record "$name" 0 1 0
    return 1
  fi
}

# count_tests FILE: passed, failed and skipped tests of an xUnit file. Its own totals count failures by issue.
count_tests() {
  awk '
    /^ *<testcase / { total++; open = 1 }
    /^ *<skipped/ { skipped++ }
    /^ *<failure/ && open { failed++; open = 0 }
    END { print total - failed - skipped, failed + 0, skipped + 0 }' "$1"
}

swift_tests() {
  say "== swift test"
  swift test --skip-build --xunit-output "$work/xunit.xml" >"$work/tests.log" 2>&1
  status=$?
  # Of thousands of lines those that tell of something wrong or left out, and the last.
  sed -e '/ Test run with /b' -e '/^✔/d' -e '/^◇/d' "$work/tests.log"
  report=$work/xunit-swift-testing.xml
  results="0 0 0"
  [ ! -e "$report" ] || results=$(count_tests "$report")
  case $status/$results in
    0/"0 0 "*)
      say "== swift test ran no test"
      results="0 1 0"
      ;;
    0/* | */*" "[1-9]*" "*) ;;
    *)
      # A run that crashed leaves no report.
      say "== swift test ended with status $status:"
      tail -n 100 "$work/tests.log" >&2
      results="0 1 0"
      ;;
  esac
  # Word splitting is meant.
  # shellcheck disable=SC2086
  record "swift test" $results
}

# count_script NAME COMMAND...: a script whose last line is `N passed, N failed`, perhaps behind a word with a colon.
count_script() {
  name=$1
  shift
  say "== $name"
  "$@" >"$work/script.log"
  status=$?
  cat "$work/script.log"
  results=$(sed -n 's/^\([a-z]*: \)\{0,1\}\([0-9]*\) passed, \([0-9]*\) failed$/\2 \3/p' "$work/script.log" | tail -n 1)
  if [ -z "$results" ]; then
    say "== $name ended with status $status"
    results="0 1"
  fi
  record "$name" "${results% *}" "${results#* }" 0
}

check "format" swift format lint --strict --parallel --recursive Package.swift Sources Tests
check "release: swiftdockd" swift build -c release --product swiftdockd
check "release: swiftdock-ctl" swift build -c release --product swiftdock-ctl
SWIFTDOCK_TEST_BIN=$(swift build -c release --show-bin-path)
export SWIFTDOCK_TEST_BIN

if check "debug build" swift build --build-tests --explicit-target-dependency-import-check error; then
  if [ "$(id -u)" -ne 0 ]; then
    say "Not root: the tests that need an Engine are skipped."
  elif check "test Engine" start_engine; then
    export SWIFTDOCK_TEST_ENGINE="unix://$engine_socket"
    if check "test Podman" start_podman; then export SWIFTDOCK_TEST_PODMAN="unix://$podman_socket"; fi
  fi
  swift_tests
  if [ -n "${SWIFTDOCK_TEST_ENGINE:-}" ]; then
    count_script "shell client" sh Tests/Shell/run.sh
    count_script "other clients" sh Tests/Clients/run.sh
  fi
  stop_engine
  stop_podman
  ! command -v docker >/dev/null || count_script "contexts" sh Tests/Comparison/run.sh
  # Without an Engine some of the methods are not called.
  partial=--partial
  [ -z "${SWIFTDOCK_TEST_ENGINE:-}" ] || partial=
  # shellcheck disable=SC2086
  count_script "openrpc.json" /usr/bin/python3 Tests/OpenRPC/check.py --records "$SWIFTDOCK_TEST_EXCHANGES" $partial
fi
[ "$fuzz_seconds" -eq 0 ] || count_script "fuzz" sh Tests/fuzz.sh "$fuzz_seconds"

echo
cat "$work/summary"
echo
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
