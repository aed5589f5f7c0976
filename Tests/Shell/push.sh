# What is printed of pushes, by the answers of a broker that has only one.
. "$SWIFTDOCK_TEST_DIRECTORY/testing.sh"

id=00000000000000000000000000000000
jq -cn '{jsonrpc: "2.0", id: 1, result: {tags: [
  {tag: "127.0.0.1:5000/a:1", ok: true, digest: "sha256:1"}, {tag: "127.0.0.1:5000/a:2", ok: true, digest: "sha256:2"}]}}' >answer
fake answer
with_fake 0 sd_push "$id" 127.0.0.1:5000/a:1 127.0.0.1:5000/a:2
same "the pushed" '127.0.0.1:5000/a:1 sha256:1 127.0.0.1:5000/a:2 sha256:2' "$(paste -s -d ' ' out)"
silent err
same "the request" "{\"buildId\":\"$id\",\"tags\":[\"127.0.0.1:5000/a:1\",\"127.0.0.1:5000/a:2\"]}" "$(jq -c .params request)"

jq -c '.result.tags[1] |= {tag, ok: false, error: {code: 1508, message: "It said no.",
  data: {name: "RegistryRefused", retryable: false, hint: "Ask it.", traceId: "0"}}}' answer >some
fake some
with_fake 1 sd_push "$id"
same "the pushed" '127.0.0.1:5000/a:1 sha256:1' "$(cat out)"
same "the others" 'ERROR: 127.0.0.1:5000/a:2: It said no. Ask it.' "$(paste -s -d ' ' err)"
same "the request" "{\"buildId\":\"$id\"}" "$(jq -c .params request)"

jq -cn '{jsonrpc: "2.0", id: 1, result: {buildId: "b", state: "succeeded", result: {imageId: "sha256:i", tags: [
  {tag: "127.0.0.1:5000/a:1", ok: true, pushed: true, digest: "sha256:1"}]}}}' >answer
fake answer
with_fake 0 sd_build --push -t 127.0.0.1:5000/a:1 "$PWD"
same "the request" true "$(jq -c .params.push request)"
same "the image" sha256:i "$(cat out)"
says err 'tagged 127.0.0.1:5000/a:1'
says err 'pushed 127.0.0.1:5000/a:1 sha256:1'

# Built, but not pushed: no id.
jq -c '.result.state = "failed" | .result.error = {code: 1509, message: "Not pushed.", data: {name: "PublishFailed", retryable: false, traceId: "0"}}
  | .result.result.tags[0] |= {tag, ok: false, error: {code: 1508, message: "It said no.", data: {}}}' answer >failed
fake failed
with_fake 1 sd_build --push -t 127.0.0.1:5000/a:1 "$PWD"
silent out
says err 'ERROR: Not pushed.'
