# shellcheck shell=sh
# Functions, to be read by other scripts after clients/prerequisites.sh and Tests/engine.sh: Podman's service for tests,
# with its images, its settings and all else in a directory of its own.

# start_podman: starts it and waits until it answers. Sets `podman_directory`, `podman_process` and `podman_socket`.
start_podman() {
  podman_directory=$(mktemp -d /tmp/sd-podman.XXXXXX) || return 1
  podman_socket=$podman_directory/s
  mkdir "$podman_directory/tmp" || return 1
  # Its storage driver is the one that needs nothing of the kernel. As for dockerd: a session and signals of its own.
  TMPDIR=$podman_directory/tmp perl -MPOSIX=:signal_h,setsid -e '
    setsid();
    $SIG{$_} = "DEFAULT" for qw(HUP INT QUIT TERM PIPE CHLD USR1 USR2);
    sigprocmask(SIG_SETMASK, POSIX::SigSet->new);
    exec @ARGV or die "podman: $!\n"' \
    podman --root "$podman_directory/root" --runroot "$podman_directory/run" --tmpdir "$podman_directory/libpod" \
    --storage-driver vfs --cgroup-manager cgroupfs --events-backend none \
    system service --time 0 "unix://$podman_socket" </dev/null >"$podman_directory/log" 2>&1 &
  podman_process=$!
  ticks=300
  while ! engine_answers "$podman_socket"; do
    ticks=$((ticks - 1))
    if [ "$ticks" -eq 0 ] || ! running "$podman_process"; then
      say "Podman for the tests did not start:"
      tail -n 12 "$podman_directory/log" >&2
      stop_podman
      return 1
    fi
    sleep 0.1
  done
}

# stop_podman: ends it with the steps that it left running, known by a root directory below its own, and removes that.
stop_podman() {
  [ -n "${podman_directory:-}" ] || return 0
  [ -z "${podman_process:-}" ] || end_within 15 "$podman_process" || say "Podman for the tests had to be killed."
  podman_process=
  for _ in 1 2 3 4 5; do
    left=
    for process in /proc/[0-9]*; do
      awk -v below="$podman_directory/" '$5 == "/" && index($4, below) == 1 { found = 1 } END { exit !found }' \
        "$process/mountinfo" 2>/dev/null && left="$left ${process#/proc/}"
    done
    [ -n "$left" ] || break
    # shellcheck disable=SC2086
    kill -KILL $left 2>/dev/null
    sleep 0.2
  done
  awk -v below="$podman_directory/" 'index($5, below) == 1 { print $5 }' /proc/self/mountinfo | sort -r |
    while read -r point; do umount -l "$point"; done
  rm -rf --one-file-system "$podman_directory"
  podman_directory=
}
