#!/bin/sh
# Builds swiftdock, starts a broker, and has it build and tag the image in clients/examples/hello.
#
#   sh clients/quickstart.sh [--keep]
#
# Needs Swift 6.2 or later. What else is missing is installed on Debian and Ubuntu; elsewhere it is named. Where no
# Docker Engine answers, the broker runs one of its own, for which this script has to be run by root.
#
# It can be run again and from any directory. When it ends, nothing that it started runs and its temporary directories
# are gone, unless --keep was given: then the broker stays, and how to end it is printed.

set -u
cd "$(dirname "$0")/.." || exit 1
. clients/prerequisites.sh

keep=
for argument in "$@"; do
  case $argument in
    --keep) keep=yes ;;
    *)
      say "usage: sh clients/quickstart.sh [--keep]"
      exit 2
      ;;
  esac
done

example=clients/examples/hello
image=swiftdock-hello

# engine_answers SOCKET: asked with what is there; a socket that nothing can ask counts as an Engine.
engine_answers() {
  [ -S "$1" ] || return 1
  if command -v docker >/dev/null 2>&1; then
    docker --host "unix://$1" version >/dev/null 2>&1
  elif command -v curl >/dev/null 2>&1; then
    curl -sf --max-time 10 --unix-socket "$1" http://docker/_ping >/dev/null 2>&1
  fi
}

# found_engine: prints the address of a local Engine that answers, or of one on another machine as it is set, so that
# the broker can say why it does not use it. Follows docker's settings as the docker command does.
found_engine() {
  address=${DOCKER_HOST:-}
  if [ -z "$address" ] && command -v docker >/dev/null 2>&1; then
    address=$(docker context inspect --format '{{.Endpoints.docker.Host}}' 2>/dev/null)
  fi
  address=${address:-unix:///var/run/docker.sock}
  case $address in
    unix://*) engine_answers "${address#unix://}" || return 1 ;;
    /*) engine_answers "$address" || return 1 ;;
  esac
  printf '%s\n' "$address"
}

# end_broker: 90 seconds, for a broker that ends running builds and an Engine of its own.
end_broker() {
  [ -n "$broker" ] || return 0
  end_within 90 "$broker" || say "The broker (process $broker) did not end and was killed; see $state."
  broker=
}

clean_up() {
  status=$?
  trap - EXIT INT TERM
  end_broker
  [ -z "$runtime" ] || rm -rf "$runtime"
  # An Engine of the broker's own has undone its mounts; if not, what is under them is left alone.
  [ -z "$state" ] || rm -rf --one-file-system "$state"
  exit "$status"
}

broker=
runtime=
state=

require_swift
require libssl-dev zlib1g-dev libzstd-dev pkg-config busybox-static

engine=$(found_engine) || {
  require docker.io
  # Its package may have started it.
  engine=$(found_engine)
} || {
  if [ "$(id -u)" -ne 0 ]; then
    say "No Docker Engine answers to you, and only root can run one of the broker's own. One of these helps:"
    say "  sudo systemctl start docker                   (where it is installed and not running)"
    say "  sudo usermod -aG docker $(id -un)             (where it runs and you may not use it; then log in again)"
    say "  sudo env \"PATH=\$PATH\" sh clients/quickstart.sh"
    exit 69
  fi
  engine=private
}

say "Building swiftdockd and swiftdock-ctl (some minutes the first time)"
swift build -c release --product swiftdockd >&2 || exit 1
swift build -c release --product swiftdock-ctl >&2 || exit 1
programs=$(swift build -c release --show-bin-path) || exit 1

# Beside the example's files, so that the commands below work as they are typed; written only when it differs, so that
# an unchanged context stays unchanged.
tool=$(static_busybox) || exit 1
cmp -s "$tool" "$example/busybox" || cp "$tool" "$example/busybox" || exit 1

trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# The socket's directory has to be one that nobody else can write above, and its path short.
if [ -n "${XDG_RUNTIME_DIR:-}" ] && [ -w "$XDG_RUNTIME_DIR" ]; then
  parent=$XDG_RUNTIME_DIR
elif [ "$(id -u)" -eq 0 ]; then
  parent=/run
else
  parent=$HOME/.cache
  mkdir -p "$parent" || exit 1
fi
runtime=$(mktemp -d "$parent/swiftdock-quickstart.XXXXXX") || exit 1
# Images can be large, so they do not go where memory is used as a disk.
state=$(mktemp -d /var/tmp/swiftdock-quickstart.XXXXXX) || exit 1
socket=$runtime/swiftdockd.sock
log=$state/swiftdockd.log
address=$engine
[ "$engine" != private ] || address=unix://$state/broker/engine/docker.sock

say "Starting the broker, with the Engine: $engine"
"$programs/swiftdockd" --socket "$socket" --engine "$engine" --state-dir "$state/broker" </dev/null >"$log" 2>&1 &
broker=$!
# An Engine of its own may take a minute to start.
ticks=900
until "$programs/swiftdock-ctl" --socket "$socket" status >/dev/null 2>&1; do
  ticks=$((ticks - 1))
  if [ "$ticks" -eq 0 ] || ! running "$broker"; then
    say "The broker did not start:"
    tail -n 20 "$log" >&2
    if [ "$engine" = private ] && ! mountpoint -q /sys/fs/cgroup; then
      say "This machine has no cgroups mounted, which an Engine needs: apt-get install cgroupfs-mount && cgroupfs-mount"
    fi
    exit 69
  fi
  sleep 0.1
done

say "Building $example"
"$programs/swiftdock-ctl" --socket "$socket" build -t "$image" "$example" || exit 1

if ! command -v docker >/dev/null 2>&1; then
  say "The image is $image. It was not run: the docker command is not installed (apt-get install docker-cli)."
else
  say "Running $image"
  docker --host "$address" run --rm --network none "$image" ||
    say "The image was built, but running it failed, as docker says above."
fi

cat <<END

Next, from $PWD:
  .build/release/swiftdock-ctl --help
END
if [ -n "$keep" ]; then
  cat <<END
  .build/release/swiftdock-ctl --socket $socket build -t $image $example
  .build/release/swiftdock-ctl --socket $socket build -t $image --build-arg NAME=you $example
  .build/release/swiftdock-ctl --socket $socket ls --all
  docker --host $address run --rm --network none $image
The broker runs on, as process $broker. To end it, and once it has ended to remove what it kept:
  kill $broker
  rm -r $runtime $state
END
  broker=
  runtime=
  state=
else
  if [ "$engine" = private ]; then option=" --engine private"; else option=; fi
  cat <<END
  .build/release/swiftdockd$option &
  .build/release/swiftdock-ctl build -t $image $example
  .build/release/swiftdock-ctl build -t $image --build-arg NAME=you $example
or, to have a broker like this one stay:
  sh clients/quickstart.sh --keep
END
fi
