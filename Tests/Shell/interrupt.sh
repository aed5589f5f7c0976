# Ctrl-C in sd_build takes the build out of its work and waits for its end; nothing is left of it, and the script goes
# on with its own traps.
. "$SWIFTDOCK_TEST_DIRECTORY/testing.sh"

word=$(unique)
tree slow <<DOCKERFILE
RUN echo $word-first && sleep \${SECONDS_TO_WAIT:-60}
DOCKERFILE

cat >script <<'SCRIPT'
. "$SWIFTDOCK_TEST_CLIENT"
trap 'echo the exit' EXIT
trap 'echo the hangup' HUP
[ "${TRAP:-no}" = no ] || trap 'echo the trap' INT
code=0
sd_build slow || code=$?
echo "status $code"
SCRIPT

state_of() { sd_rpc build.get "{\"buildId\": \"$(sed -n 's/^build //p' "$1")\"}" | jq -r .state; }

for TRAP in no yes; do
  export TRAP
  in_group log "$SWIFTDOCK_TEST_SHELL" script
  eventually grep -q " $word-first$" log
  ctrl_c
  wait "$group" || fail "the script ended with status $?: $(cat log)"
  says log 'Stopping the build.'
  says log 'status 130'
  same "the last line" 'the exit' "$(tail -n 1 log)"
  same "lines of the trap" "$([ "$TRAP" = no ] && echo 0 || echo 1)" "$(grep -c '^the trap$' log || :)"
  same "the state" cancelled "$(state_of log)"
  gone || fail "something is left: $(ps -eo pgid,args | grep "^ *$group")"
done

# Two share the work: one leaves it, and the other has it to its end.
word=$(unique)
tree slow <<DOCKERFILE
RUN echo $word-first && sleep 4
DOCKERFILE
TRAP=no
sd_build slow >stays.out 2>stays.err &
stays=$!
eventually grep -q " $word-first$" stays.err
in_group log "$SWIFTDOCK_TEST_SHELL" script
eventually grep -q " $word-first$" log
says log 'shares work that was already running'
ctrl_c
wait "$group" || fail "the script ended with status $?: $(cat log)"
says log 'Left the build; it goes on for 1 other.'
says log 'status 130'
wait "$stays" || fail "the other ended with status $?: $(cat stays.err)"
grep -q '^sha256:' stays.out || fail "the other has no image"

# The second Ctrl-C leaves at once: here a broker that does not even answer `cancel`.
mkfifo answers
cat >broker.sh <<'BROKER'
jq -cn '{jsonrpc: "2.0", method: "build.accepted", params: {requestId: 1, buildId: "b", subscriptionId: "s"}}'
exec sleep 60
BROKER
sh broker.sh >answers &
broker=$!
fake answers
SWIFTDOCK_SOCKET=$PWD/fake.sock
in_group log "$SWIFTDOCK_TEST_SHELL" script
eventually grep -q '^build b$' log
ctrl_c
sleep 1
! grep -q status log || fail "the first Ctrl-C did not wait"
ctrl_c
wait "$group" || fail "the script ended with status $?: $(cat log)"
says log 'status 130'
eventually gone
kill "$broker"
wait "$fake_process" || :
