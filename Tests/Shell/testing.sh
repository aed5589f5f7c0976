# shellcheck shell=sh
# Functions for the tests in this directory. Each test is a script for the shell under test, which runs it with -eu in a
# directory of its own; run.sh says what it is given. A test that ends with a status other than 0 has failed.

# shellcheck source-path=SCRIPTDIR source=../../clients/shell/swiftdock.sh
. "$SWIFTDOCK_TEST_CLIENT"

# fail TEXT...: also shows what the last `run` printed.
fail() {
  echo "FAILED: $*"
  [ ! -e out ] || sed 's/^/  out: /' out
  [ ! -e err ] || sed 's/^/  err: /' err
  exit 1
}

# same WHAT EXPECTED ACTUAL
same() { [ "$2" = "$3" ] || fail "$1 is \"$3\", not \"$2\""; }

# run STATUS COMMAND...: the command ends with the status; what it prints is in the files out and err.
run() {
  expected=$1
  shift
  ended=0
  "$@" >out 2>err || ended=$?
  same "the status of $*" "$expected" "$ended"
}

# says FILE TEXT: the text is somewhere in the file.
says() { grep -qF -e "$2" "$1" || fail "\"$2\" is not in $1"; }

# silent FILE
silent() { [ ! -s "$1" ] || fail "$1 is not empty"; }

# eventually COMMAND...: within 30 seconds the command succeeds.
eventually() {
  ticks=300
  until "$@"; do
    ticks=$((ticks - 1))
    [ "$ticks" -gt 0 ] || fail "never: $*"
    sleep 0.1
  done
}

# tree: a directory of that name with an image's program in it and, in its Dockerfile, what standard input has to say
# after that.
tree() {
  mkdir -p "$1"
  cp "$SWIFTDOCK_TEST_BUSYBOX" "$1/busybox"
  {
    echo 'FROM scratch'
    echo 'COPY busybox /bin/busybox'
    echo 'RUN ["/bin/busybox", "--install", "-s", "/bin"]'
    cat
  } >"$1/Dockerfile"
}

# unique: a word that no other test used, so that no cache has the answer.
unique() { od -An -N8 -tx1 /dev/urandom | tr -d ' \n'; }

# fake FILE: a broker for one connection, whose request ends up in the file `request` and whose answer is the file.
# Sets `fake_process`.
fake() {
  rm -f fake.sock request
  socat -t 1000 UNIX-LISTEN:fake.sock - <"$1" >request &
  fake_process=$!
  eventually [ -S fake.sock ]
}

# with_fake STATUS COMMAND...: as `run`, with the fake as the broker.
with_fake() {
  SWIFTDOCK_SOCKET=$PWD/fake.sock
  run "$@"
  wait "$fake_process"
}

# in_group FILE COMMAND...: starts the command as a terminal would: in a process group of its own, with SIGINT as it is
# by default. What it prints ends up in the file. Sets `group`. (By its path, since busybox has an env that cannot.)
in_group() {
  file=$1
  shift
  # Or what an earlier command printed would be taken for this one's.
  : >"$file"
  setsid /usr/bin/env --default-signal=INT "$@" >"$file" 2>&1 &
  group=$!
}

# ctrl_c: to the group.
ctrl_c() { kill -INT "-$group"; }

# gone: whether no process is left of the group.
gone() { ! ps -eo pgid= | grep -qx " *$group"; }
