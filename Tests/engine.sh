# shellcheck shell=sh
# Functions, to be read by other scripts after clients/prerequisites.sh: an Engine for tests, in a directory of its own.

# start_engine [IMAGE]: starts a dockerd and waits until it answers. Sets `engine_directory`, `engine_process` and
# `engine_socket`. Its data is on the filesystem in the file IMAGE, if there is one.
start_engine() {
  # Short: containerd's sockets are 34 bytes below exec-root, and a socket's path holds 107.
  engine_directory=$(mktemp -d /tmp/sd-engine.XXXXXX) || return 1
  engine_socket=$engine_directory/s
  if [ -n "${1:-}" ]; then
    mkdir "$engine_directory/data" && mount -o loop "$1" "$engine_directory/data" || {
      stop_engine
      return 1
    }
  fi
  # A background job of sh ignores SIGINT, and whoever started this script may have left signals blocked; dockerd would
  # inherit both. It gets a session of its own, so that Ctrl-C reaches only this script, which then ends it.
  PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin perl -MPOSIX=:signal_h,setsid -e '
    setsid();
    $SIG{$_} = "DEFAULT" for qw(HUP INT QUIT TERM PIPE CHLD USR1 USR2);
    sigprocmask(SIG_SETMASK, POSIX::SigSet->new);
    exec @ARGV or die "dockerd: $!\n"' \
    dockerd --host "unix://$engine_socket" --data-root "$engine_directory/data" --exec-root "$engine_directory/x" \
    --pidfile "$engine_directory/pid" --bridge=none --iptables=false --ip6tables=false --log-level=warn \
    </dev/null >"$engine_directory/log" 2>&1 &
  engine_process=$!
  ticks=600
  while ! engine_answers "$engine_socket"; do
    ticks=$((ticks - 1))
    if [ "$ticks" -eq 0 ] || ! running "$engine_process"; then
      say "The Engine for the tests did not start:"
      tail -n 12 "$engine_directory/log" >&2
      stop_engine
      return 1
    fi
    sleep 0.1
  done
}

# engine_answers SOCKET
engine_answers() {
  [ -S "$1" ] && printf 'GET /_ping HTTP/1.0\r\n\r\n' | nc -U -w 5 -N "$1" 2>/dev/null | grep -q '^HTTP/1.[01] 200'
}

# end_outliving: ends what outlives a dockerd that ended during a build: its own programs, known by an argument below
# its directory, and build steps, known by a root directory made of its data.
end_outliving() {
  for _ in 1 2 3 4 5; do
    left=
    for process in /proc/[0-9]*; do
      if tr '\0' '\n' 2>/dev/null <"$process/cmdline" | grep -q -e "^$engine_directory/x/" -e "^$engine_directory/data/" ||
        grep -q -e "^[^ ]* [^ ]* [^ ]* [^ ]* / .*[=:]$engine_directory/data/" "$process/mountinfo" 2>/dev/null; then
        left="$left ${process#/proc/}"
      fi
    done
    [ -n "$left" ] || break
    # shellcheck disable=SC2086
    kill -KILL $left 2>/dev/null
    sleep 0.2
  done
}

# stop_engine: ends it with all that it started, undoes its mounts and removes its directory.
stop_engine() {
  [ -n "${engine_directory:-}" ] || return 0
  [ -z "${engine_process:-}" ] || end_within 15 "$engine_process" || say "The Engine for the tests had to be killed."
  engine_process=
  end_outliving
  # Deepest first.
  awk -v below="$engine_directory/" 'index($5, below) == 1 { print $5 }' /proc/self/mountinfo | sort -r |
    while read -r point; do umount -l "$point"; done
  rm -rf --one-file-system "$engine_directory"
  engine_directory=
}
