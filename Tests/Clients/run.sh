#!/bin/sh
# JSON-RPC clients that other people wrote, each with a small script in this directory, against a broker that is started
# for them. The scripts are also examples of how to reach a broker from the program they are for.
#
#   sh Tests/Clients/run.sh [CLIENT]...    for example `emacs`; all if none is given
#
# Reads SWIFTDOCK_TEST_BIN, the directory of the built swiftdockd and swiftdock-ctl, and SWIFTDOCK_TEST_ENGINE, the
# Engine's address as unix://PATH. Needs emacs, nvim, python3 with venv, jq, curl, busybox-static, socat, a netcat that
# knows -U and -N and, for the Python client, PyPI.
#
# What each script does, and ends with status 0 if all of it was as it should be:
#
#   1. builds QUICK, follows the log to its end, finds in it the lines of the file QUICK/lines, in order, and learns
#      from `build.get` that the build succeeded;
#   2. is told by an error that there is no build of the name "none";
#   3. builds SLOW, whose only step prints a line and sleeps, cancels it once it has seen the line, and sees it end;
#   4. takes its leave as clients of language servers do, with `shutdown` and `exit`, and sees the connection end.
#
# The scripts see: SWIFTDOCK_SOCKET, the broker; QUICK and SLOW, two directories to build; QUICK/lines, what the first
# prints. They run in a directory of their own.

set -u
cd "$(dirname "$0")/../.." || exit 1
. clients/prerequisites.sh
. Tests/broker.sh

if [ -z "${SWIFTDOCK_TEST_BIN:-}" ] || [ -z "${SWIFTDOCK_TEST_ENGINE:-}" ]; then
  say "SWIFTDOCK_TEST_BIN and SWIFTDOCK_TEST_ENGINE have to be set."
  exit 2
fi
busybox=$(static_busybox) || {
  say "There is no busybox without shared libraries: apt-get install busybox-static"
  exit 69
}
clients=$PWD/Tests/Clients
[ $# -gt 0 ] || set -- emacs neovim-header neovim-line python nc socat

# Of the broker's socket no directory may be one that others can write to.
if [ "$(id -u)" -eq 0 ]; then parent=/run; else parent=${XDG_RUNTIME_DIR:-$HOME}; fi
runtime=$(mktemp -d "$parent/swiftdock-clients.XXXXXX") || exit 1
work=$(mktemp -d "${TMPDIR:-/tmp}/swiftdock-clients.XXXXXX") || exit 1
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

# install: what the Python client needs, into a virtual environment.
install() {
  python3 -m venv "$work/python" &&
    "$work/python/bin/pip" install --quiet --disable-pip-version-check --no-cache-dir --retries 8 --timeout 30 \
      --only-binary :all: -r "$clients/requirements.txt"
}

# start CLIENT: the program in which its script runs, in the directory where it is called, with nothing of the user's
# own configuration.
start() {
  case $1 in
    emacs) set -- emacs -Q --batch --load "$clients/emacs.el" ;;
    neovim-*) set -- env "FRAMING=${1#neovim-}" nvim --clean --headless -c "luafile $clients/neovim.lua" ;;
    python) install && set -- "$work/python/bin/python" -I "$clients/python.py" ;;
    *) set -- sh "$clients/$1.sh" ;;
  esac &&
    timeout 120 env -i PATH="$PATH" LC_ALL=C.UTF-8 HOME="$PWD" SWIFTDOCK_SOCKET="$SWIFTDOCK_SOCKET" \
      QUICK="$PWD/quick" SLOW="$PWD/slow" "$@"
}

# context NAME: a directory to be built that holds a file `lines`, which no other has, and a program for its steps. The
# Dockerfile ends as standard input has it.
context() {
  mkdir "$1"
  cp "$busybox" "$1/busybox"
  {
    od -An -N16 -tx1 /dev/urandom | tr -d ' \n'
    echo ' größer als ASCII: "日本" \ 🐳'
    seq 500
  } >"$1/lines"
  {
    echo 'FROM scratch'
    echo 'COPY busybox lines /'
    cat
  } >"$1/Dockerfile"
}

SWIFTDOCK_SOCKET=$runtime/s
start_broker "$SWIFTDOCK_SOCKET" "$work/state" "$work/broker.log" || exit 1

# remove_images: those of the builds so far. They have no names, and nothing else would remove them.
remove_images() {
  "$SWIFTDOCK_TEST_BIN/swiftdock-ctl" --socket "$SWIFTDOCK_SOCKET" rpc build.list '{"states": ["succeeded"]}' |
    jq -r '.builds[].result.imageId' |
    while read -r image; do
      curl -sS -X DELETE --unix-socket "${SWIFTDOCK_TEST_ENGINE#unix://}" "http://engine/images/$image?noprune=1"
    done >"$work/removed"
}

passed=0
failed=0
for client in "$@"; do
  directory=$work/$client
  mkdir "$directory"
  context "$directory/quick" <<'DOCKERFILE'
RUN ["/busybox", "cat", "/lines"]
DOCKERFILE
  context "$directory/slow" <<'DOCKERFILE'
RUN ["/busybox", "sh", "-c", "echo sleeping; exec /busybox sleep 600"]
DOCKERFILE
  if ! (cd "$directory" && start "$client") </dev/null >"$work/output" 2>&1; then
    echo "FAILED $client"
    sed 's/^/  /' "$work/output"
    failed=$((failed + 1))
  elif ! "$SWIFTDOCK_TEST_BIN/swiftdock-ctl" --socket "$SWIFTDOCK_SOCKET" status >/dev/null 2>&1; then
    echo "FAILED $client: the broker is gone"
    failed=$((failed + 1))
  else
    echo "ok $client"
    passed=$((passed + 1))
  fi
  rm -rf "$directory"
done
remove_images

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
