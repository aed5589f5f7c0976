# A large log is printed as it comes, whole and in order, and is not kept.
. "$SWIFTDOCK_TEST_DIRECTORY/testing.sh"

count=60000
# The first message comes alone; the others when something of it was printed.
cat >broker.sh <<'BROKER'
jq -cn '
  {jsonrpc: "2.0", method: "build.accepted", params: {requestId: 1, buildId: "b", subscriptionId: "s"}},
  {jsonrpc: "2.0", method: "logs.event", params: {subscriptionId: "s", buildId: "b", nextSeq: 2, events: [
    {seq: 1, timeMs: 0, kind: "step", stepId: "x", name: "RUN it", state: "started"}]}}'
until [ -e go ]; do sleep 0.1; done
jq -cn --argjson count "$1" '
  ("." * 200) as $dots
  | (range(0; $count; 500) as $from | {jsonrpc: "2.0", method: "logs.event", params: {subscriptionId: "s", buildId: "b",
      nextSeq: ($from + 502), events: [range($from; $from + 500) | {seq: (. + 2), timeMs: 12, kind: "log", stepId: "x",
        stream: "stdout", text: "\(.) \($dots)"}]}}),
    {jsonrpc: "2.0", method: "logs.event", params: {subscriptionId: "s", buildId: "b", nextSeq: 0, events: [
      {seq: 1, timeMs: 0, kind: "log", stepId: "x", stream: "stdout", text: "half ", partial: true},
      {seq: 1, timeMs: 0, kind: "log", stepId: "x", stream: "stdout", base64: "bGluZQ=="},
      {kind: "gap", fromSeq: 7, toSeq: 9, bytes: 12, reason: "retention"},
      {seq: 1, timeMs: 1250, kind: "step", stepId: "x", name: "RUN it", state: "done"}]}},
    {jsonrpc: "2.0", id: 1, result: {buildId: "b", state: "succeeded", result: {imageId: "sha256:i", tags: []}}}'
BROKER
mkfifo answers
sh broker.sh "$count" >answers &
broker=$!
fake answers
SWIFTDOCK_SOCKET=$PWD/fake.sock
sd_build "$PWD" >out 2>err &
build=$!
eventually grep -q '^#1 RUN it$' err
: >go
wait "$build" || fail "status $?"
wait "$broker"
same "the image" sha256:i "$(cat out)"
same "the order" "$count" "$(awk '$1 == "#1" && $2 == "0.012" && $3 == n + 0 { n++ } END { print n }' err)"
says err '#1 0.000 half line'
says err '[events 7 to 9, 12 bytes, are not kept any more]'
same "the last line" '#1 DONE 1.3s' "$(tail -n 1 err)"
