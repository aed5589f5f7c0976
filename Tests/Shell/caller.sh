# The caller's shell stays as it was: options, traps, variables, standard input, and nothing runs on.
. "$SWIFTDOCK_TEST_DIRECTORY/testing.sh"

tree quick <<DOCKERFILE
RUN echo $(unique)
DOCKERFILE

# What there is to see of the shell, without what changes by itself.
snapshot() {
  set +o
  trap
  set | sed -e '/^_=/d' -e '/^BASH_/d' -e '/^PIPESTATUS/d' -e '/^RANDOM=/d' -e '/^SECONDS=/d' -e '/^EPOCH/d' -e '/^SRANDOM=/d' \
    -e '/^LINENO=/d' -e '/^TTYIDLE=/d' -e '/^pipestatus=/d' -e '/^status=/d' -e '/^?=/d' -e "/^'?'=/d" -e '/^OPTIND=/d' -e '/^!=/d' -e '/^PPID=/d' -e '/^[0-9]=/d' -e '/^argv=/d' -e '/^@=/d' -e '/^\*=/d' -e '/^ARGC=/d' -e '/^#=/d'
}

unset CDPATH
IFS=s/1
# shellcheck disable=SC3040
! (set -o pipefail) 2>/dev/null || set -o pipefail
trap 'echo "the exit of $0"' EXIT
trap "echo 'it''s' \"
\" a trap" HUP
set -C -f
snapshot >before
# shellcheck disable=SC2119
sd_build --build-arg a=b quick >|image 2>|messages
sd_ls --all >|list
sd_wait latest >|image2
sd_logs latest >|log
sd_cancel latest >|cancelled
sd_rpc broker.ping >|pong
! sd_wait zzz 2>|messages
! sd_build nowhere 2>|messages
snapshot >|after
cmp -s before after || fail "something changed: $(diff before after || :)"
set +C +f
IFS=' 	
'
grep -q '^sha256:' image
cmp image image2

# As other functions of the same script may be called, too.
jq() { echo "not for the client"; }
nc() { echo "not for the client"; }
CDPATH=/
export CDPATH
printf 'one\ntwo\n' | {
  read -r first
  sd_build quick >image 2>messages
  read -r second
  same "what was read" "one two" "$first $second"
}
grep -q '^sha256:' image
unset CDPATH

# A status that nobody looks at ends a script with -e.
printf '%s\n' 'set -eu' '. "$SWIFTDOCK_TEST_CLIENT"' 'sd_build nowhere' 'echo went on' >script
code=0
"$SWIFTDOCK_TEST_SHELL" script >out 2>err || code=$?
same "the status" 1 "$code"
silent out

# What bash does at each failure that nobody handles is not done inside.
if [ -n "${BASH_VERSION:-}" ]; then
  printf '%s\n' 'set -E' 'trap "echo the trap" ERR' '. "$SWIFTDOCK_TEST_CLIENT"' 'sd_build quick' 'sd_wait latest' >script
  run 0 "$SWIFTDOCK_TEST_SHELL" script
  same "times of the trap" 0 "$(grep -c '^the trap$' out || :)"
fi

# Nothing of all this runs on, and no file was left.
printf '%s\n' '. "$SWIFTDOCK_TEST_CLIENT"' 'sd_build quick' >script
mkdir temporary
in_group log env TMPDIR="$PWD/temporary" "$SWIFTDOCK_TEST_SHELL" script
wait "$group" || fail "status $?"
gone || fail "something runs on: $(ps -eo pgid,args | grep "^ *$group ")"
same "temporary files" '' "$(ls -A temporary)"
trap - EXIT
