# A build prints its image's id and nothing else to standard output; names and values arrive as they were given.
. "$SWIFTDOCK_TEST_DIRECTORY/testing.sh"

value='it'"'"'s "quoted" $(false) `false` \n \ * é 日本
second line'
odd='a tree'"'"'s "näme" $HOME *
 -'
printf '%s' "$value" >expected
tree "$odd" <<'DOCKERFILE'
COPY expected /expected
ARG VALUE
ARG FROM_ENVIRONMENT
ARG LEFT_OUT=default
RUN printf '%s' "$VALUE" | cmp - /expected && printf '%s' "$FROM_ENVIRONMENT" | cmp - /expected && test "$LEFT_OUT" = default
DOCKERFILE
cp expected "$odd/expected"
mv "$odd/Dockerfile" "$odd/-file of 'mine'"
name=swiftdock-shell-$(unique)

export FROM_ENVIRONMENT="$value"
run 0 sd_build -t "$name" --tag="${name}:{context:8}" --build-arg "VALUE=$value" --build-arg FROM_ENVIRONMENT \
  --build-arg=LEFT_OUT --label "näme of \"it\"=$value" --builder auto --network host --no-cache \
  -f "$odd/-file of 'mine'" "$odd"
image=$(cat out)
case $image in
  sha256:????????????????????????????????????????????????????????????????) ;;
  *) fail "not an image id: $image" ;;
esac
says err '] RUN printf '
says err "tagged ${name}:latest"
label=$(curl -s --unix-socket "${SWIFTDOCK_TEST_ENGINE#unix://}" "http://engine/images/$image/json" |
  jq -j '.Config.Labels["näme of \"it\""]')
same "the label" "$value" "$label"
sd_rpc build.list '{"limit": 1}' >out
digest=$(jq -r '.builds[0].contextDigest' out)
digest=${digest#sha256:}
same "the tags" "${name}:latest ${name}:$(printf %.8s "$digest")" "$(jq -r '.builds[0].result.tags | map(.tag) | join(" ")' out)"

# From within the directory, and by way of a link to it.
ln -s "$odd" link
mv "$odd/-file of 'mine'" "$odd/Dockerfile"
(cd "$odd" && sd_build --build-arg "VALUE=$value" --build-arg FROM_ENVIRONMENT -- . >../out 2>../err) || fail "status $?"
run 0 sd_build --build-arg "VALUE=$value" --build-arg FROM_ENVIRONMENT link
