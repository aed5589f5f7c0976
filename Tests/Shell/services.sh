# The example in clients/examples/services builds and pushes what changed, and nothing else; with a real registry.
. "$SWIFTDOCK_TEST_DIRECTORY/testing.sh"

examples=${SWIFTDOCK_TEST_CLIENT%/shell/*}/examples/services
registry_process=
trap '[ -z "$registry_process" ] || kill "$registry_process"' EXIT
trap 'exit 1' TERM

# start_registry: on a port that is free. Sets REGISTRY.
start_registry() {
  for _ in 1 2 3 4 5 6 7 8 9; do
    port=$((20000 + $(od -An -N2 -tu2 /dev/urandom) % 10000))
    jq -n --arg address "127.0.0.1:$port" --arg directory "$PWD/registry" \
      '{version: 0.1, storage: {filesystem: {rootdirectory: $directory}}, http: {addr: $address}}' >registry.yml
    : >registry.log
    docker-registry serve registry.yml >registry.log 2>&1 &
    registry_process=$!
    export REGISTRY="127.0.0.1:$port"
    ticks=100
    while kill -0 "$registry_process" 2>/dev/null && [ "$ticks" -gt 0 ]; do
      # Another program may listen there.
      ! grep -q "listening on" registry.log || return 0
      ticks=$((ticks - 1))
      sleep 0.1
    done
    kill "$registry_process" 2>/dev/null || :
  done
  fail "no registry: $(cat registry.log)"
}

# tags NAME: what the registry has of it, sorted.
tags() { curl -sS "http://$REGISTRY/v2/$1/tags/list" | jq -r '.tags | sort | join(" ")'; }

tag_of() { "$SWIFTDOCK_TEST_BIN/swiftdock-ctl" context digest "tree of it/$1" | cut -c 8-19; }

builds() { sd_rpc build.list '{"limit": 500}' | jq '.builds | length'; }

start_registry
export SWIFTDOCK_CTL="$SWIFTDOCK_TEST_BIN/swiftdock-ctl"
mkdir 'tree of it'
cp -r "$examples/web" "$examples/worker" "$examples/report" 'tree of it/'
# Contents that no other run had.
unique >>'tree of it/web/index.html'
services() { "$SWIFTDOCK_TEST_SHELL" "$examples/build.sh" 'tree of it'; }

run 0 services
same "the services" 'report built web built worker built' "$(cut -d ' ' -f 1-2 out | paste -s -d ' ')"
web=$(tag_of web)
same "the tags of web" "$web" "$(tags web)"
same "the tags of worker" "$(tag_of worker)" "$(tags worker)"
same "the tags of report" "$(tag_of report)" "$(tags report)"
says err "pushed $REGISTRY/web:$web sha256:"

before=$(builds)
run 0 services
same "the services" 'report unchanged web unchanged worker unchanged' "$(cut -d ' ' -f 1-2 out | paste -s -d ' ')"
says out "web unchanged $REGISTRY/web:$web"
same "the number of builds" "$before" "$(builds)"

unique >>'tree of it/web/index.html'
run 0 services
same "the services" 'report unchanged web built worker unchanged' "$(cut -d ' ' -f 1-2 out | paste -s -d ' ')"
same "the number of builds" "$((before + 1))" "$(builds)"
same "the tags of web" "$(printf '%s\n' "$web" "$(tag_of web)" | sort | paste -s -d ' ')" "$(tags web)"

# A build that fails ends it, with its status; what came before it is pushed.
echo 'RUN ["/no/such/program"]' >>'tree of it/web/Dockerfile'
unique >>'tree of it/worker/work.sh'
run 1 services
same "the services" 'report unchanged' "$(cut -d ' ' -f 1-2 out | paste -s -d ' ')"

# The push of a build that has ended.
run 0 sd_build -t "$REGISTRY/worker:later" -t "$REGISTRY/worker:{context:20}" 'tree of it/worker'
run 0 sd_push latest "$REGISTRY/worker:later"
pushed=$(curl -sSI -H 'Accept: application/vnd.docker.distribution.manifest.v2+json' \
  "http://$REGISTRY/v2/worker/manifests/later" | tr -d '\r' | sed -n 's/^Docker-Content-Digest: //p')
same "what was pushed" "$REGISTRY/worker:later $pushed" "$(cat out)"
run 0 sd_push latest
same "the number of tags pushed" 2 "$(grep -c ' sha256:' out)"

# Without the registry nothing is built, and a push fails.
kill "$registry_process"
wait "$registry_process" || :
registry_process=
run 69 services
run 1 sd_push latest
silent out
says err "ERROR: $REGISTRY/worker:later: "
run 1 sd_build --push -t "$REGISTRY/worker:never" 'tree of it/worker'
silent out
says err 'ERROR: '
