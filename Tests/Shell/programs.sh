# Without a netcat that can do it socat does; without both, and without jq, a message says what to install.
. "$SWIFTDOCK_TEST_DIRECTORY/testing.sh"

# A PATH with these programs and what else is needed.
path_with() {
  rm -rf bin
  mkdir "$PWD/bin"
  for program in sh cat id wc sed grep "$@"; do ln -s "$(command -v "$program")" "$PWD/bin/"; done
}
real=$PATH

path_with jq nc socat
PATH=$PWD/bin
run 0 sd_rpc broker.ping

PATH=$real
path_with jq socat
PATH=$PWD/bin
run 0 sd_rpc broker.ping '{"echo": 1}'
PATH=$real
# A netcat that is another one, beside it; and a path that socat has to be told with care.
printf '#!/bin/sh\necho "usage: nc [-N num_probes] [-U]"\nexit 1\n' >bin/nc
chmod +x bin/nc
odd="$PWD/a, b:c! (d) \"e\"'s \\ [é]"
mkdir "$odd"
ln -s "$SWIFTDOCK_SOCKET" "$odd/s"
good=$SWIFTDOCK_SOCKET
SWIFTDOCK_SOCKET=$odd/s
PATH=$PWD/bin
run 0 sd_rpc broker.ping '{"echo": 2}'
PATH=$real
run 0 sd_rpc broker.ping '{"echo": 3}'
SWIFTDOCK_SOCKET=$good

# With socat an answer may take as long as it does, and Ctrl-C works the same.
tree slow <<DOCKERFILE
RUN sleep 2 && echo $(unique)
DOCKERFILE
PATH=$PWD/bin
run 0 sd_build slow
PATH=$real
printf '%s\n' '. "$SWIFTDOCK_TEST_CLIENT"; sd_build slow || echo "status $?"' >script
tree slow <<DOCKERFILE
RUN echo first $(unique) && sleep 60
DOCKERFILE
in_group log env "PATH=$PWD/bin" "$SWIFTDOCK_TEST_SHELL" script
eventually grep -q '[0-9] first ' log
ctrl_c
wait "$group" || fail "the script ended with status $?"
says log 'status 130'
eventually gone

rm bin/socat
PATH=$PWD/bin
run 69 sd_ls
says err 'netcat-openbsd'
PATH=$real
path_with nc
PATH=$PWD/bin
run 69 sd_ls
says err 'apt-get install jq'
PATH=$real
