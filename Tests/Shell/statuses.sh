# What a broker answers, and that there is none, as statuses. The answers are of a broker that has only one.
. "$SWIFTDOCK_TEST_DIRECTORY/testing.sh"

while read -r code name retryable; do
  jq -cn --arg name "$name" --argjson retryable "$retryable" '{
    jsonrpc: "2.0", id: 1,
    error: {code: 1, message: "It is so.", data: {$name, $retryable, hint: "Do this.", cause: [{message: "Thus."}], traceId: "0"}}
  }' >answer
  fake answer
  with_fake "$code" sd_build "$PWD"
  silent out
  same "the explanation" 'It is so.   because: Thus. Do this.' "$(grep -v '^$' err | paste -s -d ' ')"
  fake answer
  with_fake "$code" sd_rpc a.method
  same "the error" "$name" "$(jq -r .data.name err)"
  fake answer
  with_fake "$code" sd_wait 00000000000000000000000000000000
  jq -c '{jsonrpc, id, result: {buildId: "b", state: "failed", result: null, error}}' answer >ended
  fake ended
  with_fake "$code" sd_build "$PWD"
  says err 'ERROR: It is so.'
done <<'STATUSES'
69 EngineUnavailable true
69 EngineLost true
77 PermissionDenied false
77 NotOwner false
77 ContextPathRefused false
124 BuildTimedOut false
130 BuildCancelled false
2 InvalidParams false
75 QueueFull true
75 ShuttingDown true
1 PublishFailed false
1 AnotherOne false
STATUSES

# What is sent.
fake answer
with_fake 1 sd_build -t a -t b:c --label x=1 --label x=2 --label y --target t --platform linux/amd64 --no-cache --pull \
  --network=none --builder=classic --push --file="$PWD/D" "$PWD"
same "the request" "$(jq -cnS --arg context "$(pwd -P)" '{jsonrpc: "2.0", id: 1, method: "build", params: {
  $context, dockerfile: "D", wait: true, events: true, tags: ["a", "b:c"], labels: {x: "2", y: ""}, target: "t",
  platform: "linux/amd64", noCache: true, pull: true, network: "none", builder: "classic", push: true}}')" \
  "$(jq -cS . request)"

# The broker goes away.
: >nothing
for call in "sd_rpc broker.ping" "sd_ls" "sd_wait 00000000000000000000000000000000" "sd_logs -f 00000000000000000000000000000000"; do
  fake nothing
  eval "with_fake 69 $call"
  [ -s err ] || fail "$call says nothing"
done
fake nothing
with_fake 69 sd_build "$PWD"
says err 'No answer from'
jq -cn '{jsonrpc: "2.0", method: "build.accepted", params: {requestId: 1, buildId: "b", subscriptionId: "s"}}' >answer
fake answer
with_fake 69 sd_build "$PWD"
says err 'before the build had ended'
{
  jq -cn '{jsonrpc: "2.0", id: 1, result: {subscriptionId: "s", nextSeq: 1, earliestSeq: 1, lastSeq: 1, state: "running"}}'
  jq -cn '{jsonrpc: "2.0", method: "logs.end", params: {subscriptionId: "s", buildId: "b", nextSeq: 9, reason: "shutdown", state: "running"}}'
} >answer
fake answer
with_fake 75 sd_logs -f 00000000000000000000000000000000

# There is none, or it may not be reached.
SWIFTDOCK_SOCKET=$PWD/nowhere.sock
run 69 sd_ls
says err 'No broker is running'
says err "$PWD/nowhere.sock"
SWIFTDOCK_SOCKET=unix://$PWD/fake.sock
run 69 sd_ls
: >file.sock
SWIFTDOCK_SOCKET=file.sock
run 69 sd_ls
SWIFTDOCK_SOCKET=/$(printf %0107d 0)
run 2 sd_ls
says err '108 bytes'
if [ "$(id -u)" -eq 0 ]; then
  mkdir closed
  chmod 755 .
  chmod 700 closed
  for SWIFTDOCK_SOCKET in "$PWD/closed/s" "$PWD/closed/further/s" "$PWD/file.sock"; do
    { cat "$SWIFTDOCK_TEST_CLIENT" && echo sd_ls; } >script
    export SWIFTDOCK_SOCKET
    run 77 /usr/bin/setpriv --reuid=65534 --regid=65534 --clear-groups /bin/sh <script
    says err "Not allowed to use $SWIFTDOCK_SOCKET"
  done
fi
unset SWIFTDOCK_SOCKET
export XDG_RUNTIME_DIR="$PWD/no runtime" XDG_STATE_HOME="$PWD/s t"
run 69 sd_ls
says err "$PWD/no runtime/swiftdock/swiftdockd.sock"
mkdir -p "$XDG_STATE_HOME/swiftdock/run"
jq -cn '{jsonrpc: "2.0", id: 1, result: {"found": true}}' >answer
fake answer
ln -s "$PWD/fake.sock" "$XDG_STATE_HOME/swiftdock/run/swiftdockd.sock"
run 0 sd_rpc a.method
wait "$fake_process"
same "the result" '{"found":true}' "$(cat out)"
