# The other functions, on builds that run and on builds that have ended.
. "$SWIFTDOCK_TEST_DIRECTORY/testing.sh"

run 0 sd_rpc broker.ping '{"echo": ["a b", {"é": null}]}'
same "the echo" '["a b",{"é":null}]' "$(jq -c .echo out)"
printf '{"echo":\n 7}' | sd_rpc broker.ping - >out
same "the echo" 7 "$(jq -c .echo out)"
run 0 sd_rpc broker.ping

word=$(unique)
tree slow <<DOCKERFILE
RUN echo $word-first && sleep 60
DOCKERFILE
run 0 sd_rpc build "$(jq -cn --arg context "$PWD/slow" '{$context}')"
id=$(jq -r .buildId out)
prefix=$(printf %.10s "$id")
(sd_logs -f "$prefix" >followed 2>&1 || echo "status $?" >>followed) &
follower=$!
(
  code=0
  sd_wait "$id" >waited 2>&1 || code=$?
  echo "status $code" >>waited
) &
waiter=$!
eventually grep -q "$word-first" followed
run 0 sd_ls
says out "$(printf %.12s "$id")  running"
same "the first line" "BUILD         STATE" "$(sed -n '1s/^\(BUILD  *STATE\).*/\1/p' out)"
run 0 sd_logs "$id"
says out "RUN echo $word-first"
run 0 sd_cancel "$prefix"
same "the answer" "$id is stopping" "$(cat out)"
wait "$follower"
wait "$waiter"
says waited 'status 130'
run 130 sd_wait "$id"
run 0 sd_cancel "$id" "$id"
same "the answer" "$id had ended already" "$(sed -n 2p out)"
run 0 sd_ls
same "unfinished builds" 0 "$(grep -c "$(printf %.12s "$id")" out || :)"
run 0 sd_ls --all --everyone
says out "$(printf %.12s "$id")  cancelled"

# As swiftdock-ctl prints it; here with steps that take turns, half lines and what is not ASCII.
tree turns <<DOCKERFILE
FROM scratch AS other
COPY --from=0 /bin/busybox /bin/busybox
RUN ["/bin/busybox", "sh", "-c", "for i in 1 2 3; do echo $word-other; /bin/busybox sleep 0.2; done"]
FROM 0
RUN for i in 1 2 3; do printf half; sleep 0.1; echo " $word"; done; printf '\\303\\251 \\t end without newline'
COPY --from=other /bin/busybox /again
DOCKERFILE
sed -i 's/^FROM 0$/FROM first/; s/--from=0/--from=first/; 1s/$/ AS first/' turns/Dockerfile
run 0 sd_build turns
run 0 sd_logs latest
"$SWIFTDOCK_TEST_BIN/swiftdock-ctl" logs latest >printed
cmp out printed || fail "$(diff out printed)"

# A log from its middle: no line of what was before.
tree quick <<DOCKERFILE
RUN echo $word-1 && echo $word-2
DOCKERFILE
run 0 sd_build quick
image=$(cat out)
run 0 sd_wait latest
same "the image" "$image" "$(cat out)"
sd_rpc build.list '{"limit": 1}' >out
id=$(jq -r '.builds[0].buildId' out)
sd_rpc logs.subscribe "{\"buildId\": \"$id\", \"follow\": false}" >out
seq=$(jq -s --arg text "$word-2" '[.[].params.events[]? | select(.text == $text) | .seq][0]' out)
run 0 sd_logs --from "$seq" "$id"
says out "$word-2"
! grep -q "0 $word-1" out || fail "an earlier line"

# One that several builds begin with.
jq -cn '{jsonrpc: "2.0", id: 1, result: {builds: [{buildId: "abc1"}, {buildId: "abd1"}, {buildId: "abc2"}]}}' >answer
fake answer
with_fake 2 sd_wait abc
says err '"abc" begins several builds'
says err abc2
! grep -q abd err || fail "it does not begin so"
