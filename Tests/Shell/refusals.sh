# What cannot be built ends with the right status and says why; standard output stays empty.
. "$SWIFTDOCK_TEST_DIRECTORY/testing.sh"

tree failing <<'DOCKERFILE'
RUN echo some output && exit 3
DOCKERFILE
run 1 sd_build failing
silent out
says err 'some output'
says err 'ERROR: '
says err ' 3'
run 1 sd_wait latest
says err 'ERROR: '

run 1 sd_build nowhere
says err 'There is no directory nowhere'
mkdir empty
run 1 sd_build empty
says err Dockerfile
silent out

for arguments in '' 'failing failing' '-t' '--unknown failing' '-' '--push=yes failing' '-- failing failing' \
  '--build-arg "=x" failing' '--label "" failing' '-f /etc/passwd failing' '-f failing/.. failing' \
  '--network sideways failing' '-t UPPER failing' '--push failing'; do
  eval "run 2 sd_build $arguments"
  silent out
done
run 2 sd_build --target "$(printf 'not \377 UTF-8')" failing
says err 'not UTF-8'
run 2 sd_logs
run 2 sd_logs --from 0 latest
run 2 sd_logs --nonsense latest
run 2 sd_wait
run 2 sd_cancel
run 2 sd_push
run 2 sd_ls here
run 2 sd_rpc
run 2 sd_rpc broker.ping '[1]'
run 2 sd_rpc broker.ping '{} {}'
run 2 sd_rpc broker.ping '{'
run 2 sd_rpc build.get '{"buildID": "misspelt"}'
says err InvalidParams
run 1 sd_rpc no.such.method
for command in sd_logs sd_wait sd_cancel sd_push; do
  run 1 "$command" 00000000000000000000000000000000
  run 1 "$command" zzz
  silent out
done
run 0 sd_build --help
says out 'reads no credentials'
run 0 sd_push --help
says out 'reads no credentials'
