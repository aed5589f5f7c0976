#!/bin/sh
# Measures what the release build does with build contexts, against C programs that do only what has to be done, and
# against tar, openssl and curl, and holds it to its targets:
#
#   sh Tests/Benchmarks/context.sh [--trees DIR] [--only first|unchanged|builds] [--full] [ROUNDS]    3 rounds
#
# --trees DIR   where the contexts are made, 2 GiB, and found again by the next run. Not on tmpfs.
# --only PART   first: contexts that the broker has not seen. unchanged: those that it has. builds: whole builds that
#               nothing is known of, by an Engine whose data is on a filesystem in a file of 8 GiB in /var/tmp, which
#               needs root.
# --full        whole builds of 100,000 small files instead of 20,000.
#
# What is compared takes turns, whole builds in another order each time, and what counts is the median of the ratios of
# all turns. The exit status is 1 where a target was missed or something failed.

set -u
cd "$(dirname "$0")/../.." || exit 1
. clients/prerequisites.sh
. Tests/engine.sh
. Tests/Benchmarks/measure.sh

rounds=3
trees=
only=
built=fewer
while [ $# -gt 0 ]; do
  case $1 in
    --trees) trees=${2:-} && [ -n "$trees" ] && shift ;;
    --only) only=${2:-} && shift ;;
    --full) built=small ;;
    *) rounds=$1 ;;
  esac || rounds=
  shift
done
case $rounds/$only in
  /* | *[!0-9]*/* | 0/*) usage=bad ;;
  */ | */first | */unchanged | */builds) usage= ;;
  *) usage=bad ;;
esac
if [ -n "$usage" ]; then
  say "usage: sh Tests/Benchmarks/context.sh [--trees DIR] [--only first|unchanged|builds] [--full] [ROUNDS]"
  exit 2
fi
disk_mebibytes=8192
# A file's digest is only remembered, and its contents are only held, if it had not changed for so long when it was read.
settling_seconds=61

# wanted PART: whether it is to be measured.
wanted() { [ -z "$only" ] || [ "$only" = "$1" ]; }

require_swift
require libssl-dev openssl tar
swift build -c release --product swiftdockd >&2 && swift build -c release --product swiftdock-ctl >&2 || exit 1
bin=$(swift build -c release --show-bin-path)
work=$(mktemp -d /var/tmp/sd-context.XXXXXX) || exit 1

processes=
engine_directory=
clean_up() {
  stop_all
  stop_engine
  mountpoint -q "$work/mount" && umount "$work/mount"
  rm -f "$trees/large/round" "$trees/$built/round"
  rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# fail TEXT...
fail() {
  say "$*"
  exit 1
}

trees=${trees:-$work/trees}
mkdir -p "$trees" || exit 1
trees=$(cd "$trees" && pwd)
for directory in "$work" "$trees"; do
  case $(stat -f -c %T "$directory") in
    tmpfs | ramfs | overlayfs) fail "$directory is not on a disk: take another one with --trees, or mount one there." ;;
  esac
done

for source in Tests/Benchmarks/Context/*.c; do
  cc -std=gnu11 -O2 -Wall -Wextra -Werror -o "$work/$(basename "$source" .c)" "$source" -lcrypto || exit 1
done

# make_tree NAME KIND FILES: $trees/NAME, and what is sent of it, `FILES BYTES`, in $trees/NAME.sent.
make_tree() {
  [ -s "$trees/$1.sent" ] && return
  say "Making the tree $1."
  rm -rf "${trees:?}/$1"
  "$work/make_tree" "$2" "$trees/$1" "$3" >"$work/sent" && mv "$work/sent" "$trees/$1.sent" || exit 1
}

make_tree large large 20
if wanted first || wanted unchanged || [ "$built" = small ]; then make_tree small small 100000; fi
if wanted unchanged; then make_tree ignored ignored 100000; fi
if wanted builds && [ "$built" = fewer ]; then make_tree fewer small 20000; fi

# await_settled NAME: until the tree is old enough to be remembered.
await_settled() {
  left=$((settling_seconds - $(date +%s) + $(stat -c %Z "$trees/$1.sent")))
  [ "$left" -le 0 ] || sleep "$left"
}

brokers=0
# start_broker [COMMAND...]: one that knows nothing yet, by way of the command. Sets `broker` and `socket`.
start_broker() {
  brokers=$((brokers + 1))
  directory=$work/broker-$brokers
  mkdir -m 700 "$directory"
  socket=$directory/s
  start "$socket" "$@" "$bin/swiftdockd" --socket "$socket" --engine "unix://${engine_socket:-$work/no-engine}" \
    --state-dir "$directory/state"
  broker=$process
}

# end_broker PART: notes the most memory that it had.
end_broker() {
  awk '/^VmHWM:/ { printf "%.1f\n", $2 / 1024 }' "/proc/$broker/status" >>"$work/peak $1"
  stop "$broker"
  rm -rf "$work/broker-$brokers"
}

# cpu_of PROCESS: seconds of processors that it took so far.
cpu_of() { sed 's/.*) //' "/proc/$1/stat" | awk -v ticks="$(getconf CLK_TCK)" '{ print ($12 + $13) / ticks }'; }

# spend COMMAND...: sets `spent` to `SECONDS CPU`, and keeps what the command says in $work/said.
spend() {
  : >"$work/spent.line"
  "$work/spent" "$work/spent.line" "$@" >"$work/said" || fail "failed: $*"
  read -r spent <"$work/spent.line"
}

# spend_walk TREE [NAME]
spend_walk() { spend "$work/walk_tree" "$trees/$1" ${2:+"$2"}; }

# spend_hash TREE [COMMAND...]: reads and hashes all of it, by way of the command.
spend_hash() {
  hashed=$1
  shift
  spend "$@" "$work/hash_tree" "$trees/$hashed"
  cut -d ' ' -f 1,2 "$work/said" | cmp -s - "$trees/$hashed.sent" || fail "hash_tree has not read all of $hashed"
}

# warm TREE...: whoever comes first shall not be the one who waits for the disk.
warm() { for tree in "$@"; do spend_hash "$tree"; done; }

# spend_pipe TREE PROGRAM [COMMAND...]: what cat or tar makes of it through openssl.
spend_pipe() {
  piped=$1
  case $2 in cat) producer='cat ./*' ;; tar) producer='tar -cf - .' ;; esac
  shift 2
  # shellcheck disable=SC2016
  spend "$@" sh -c 'cd "$1" && $2 | openssl dgst -sha256' sh "$trees/$piped" "$producer"
  grep -q '= [0-9a-f]\{64\}$' "$work/said" || fail "openssl has made no digest"
}

# spend_program TREE [COMMAND...]: swiftdock-ctl on its own. Sets `digest`.
spend_program() {
  digested=$1
  shift
  spend "$@" "$bin/swiftdock-ctl" context digest "$trees/$digested"
  digest=$(cat "$work/said")
}

# spend_broker TREE: asks the broker. Sets `spent` to its answer's time and the broker's CPU, and `digest`.
spend_broker() {
  before=$(cpu_of "$broker")
  spend "$work/ask" "$socket" "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"context.digest\",\"params\":\
{\"context\":\"$trees/$1\",\"builder\":\"buildkit\"}}"
  spent=$(echo "${spent% *} $before $(cpu_of "$broker")" | awk '{ printf "%.4f %.2f\n", $1, $3 - $2 }')
  digest=$(sed -n 's/.*"contextDigest":"\([^"]*\)".*/\1/p' "$work/said")
  sed -n 's/.*"files":\([0-9]*\),"sizeBytes":\([0-9]*\).*/\1 \2/p' "$work/said" | cmp -s - "$trees/$1.sent" ||
    fail "the broker has not measured $1: $(cat "$work/said")"
}

# expect DIGEST: that the last digest was this one.
expect() { [ "$digest" = "$1" ] || fail "two digests of one tree: $1 and $digest"; }

# note FILE OURS PEER: a round, each side as `SECONDS CPU`.
note() { echo "$2 $3" >>"$work/$1"; }

# compare NAME FILE TARGET: by time, and tells of the CPU.
compare() {
  awk '{ print $0, $1 / $3, ($4 > 0 ? $2 / $4 : 0) }' "$work/$2" >"$work/$2.ratios"
  set -- "$1" "$work/$2.ratios" "$3"
  judge "$1" "$(printf '%.2f' "$(median "$2" 5)")" times "<=" "$3" "$(printf \
    '%.2f s : %.2f s; CPU %.2f s : %.2f s, %.2f times' \
    "$(median "$2" 1)" "$(median "$2" 3)" "$(median "$2" 2)" "$(median "$2" 4)" "$(median "$2" 6)")"
}

measure_first() {
  await_settled small
  await_settled large
  warm small large
  round=0
  while [ "$round" -lt "$rounds" ]; do
    round=$((round + 1))
    # Small files more often than large ones: what disturbs them weighs more.
    for tree in small large small small; do
      if [ "$tree" = small ]; then least="spend_hash small"; else least="spend_pipe large cat"; fi
      $least && peer=$spent
      spend_program "$tree" && ours=$spent && known=$digest
      note "program $tree" "$ours" "$peer"
      if [ "$tree" = small ]; then
        spend_pipe small tar
        note "program : tar" "$ours" "$spent"
        tar=$spent
      fi
      start_broker
      spend_broker "$tree" && expect "$known"
      end_broker "first time, $tree"
      note "broker $tree" "$spent" "$peer"
      [ "$tree" != small ] || note "broker : tar" "$spent" "$tar"
      free=$spent

      $least taskset -c 0 && peer=$spent
      spend_program "$tree" taskset -c 0 && expect "$known"
      note "program $tree, one core" "$spent" "$peer"
      note "program $tree, cores" "$ours" "$spent"
      start_broker taskset -c 0
      spend_broker "$tree" && expect "$known"
      end_broker "first time, $tree"
      note "broker $tree, cores" "$free" "$spent"
    done
  done
  compare "program, 100,000 files : C" "program small" 1.2
  compare "broker, 100,000 files : C" "broker small" 1.2
  compare "program, 100,000 files : tar" "program : tar" 1
  compare "broker, 100,000 files : tar" "broker : tar" 1
  compare "program, 1 GiB : cat" "program large" 1.2
  compare "broker, 1 GiB : cat" "broker large" 1.2
  compare "on one core, 100,000 files : C" "program small, one core" 1.2
  compare "on one core, 1 GiB : cat" "program large, one core" 1.2
  compare "program, 100,000 files, cores : 1" "program small, cores" 0.6
  compare "program, 1 GiB, cores : 1" "program large, cores" 0.6
  compare "broker, 100,000 files, cores : 1" "broker small, cores" 0.6
  compare "broker, 1 GiB, cores : 1" "broker large, cores" 0.6
}

measure_unchanged() {
  for tree in small ignored; do
    await_settled "$tree"
    start_broker
    # The first answer takes reading; the second need not.
    spend_broker "$tree" && known=$digest
    spend_broker "$tree"
    # Short turns: what disturbs them comes and goes.
    round=0
    while [ "$round" -lt $((rounds * 3)) ]; do
      round=$((round + 1))
      spend_walk "$tree" && whole=$spent
      [ "$(cat "$work/said")" = "$(cat "$trees/small.sent")" ] || [ "$tree" != small ] || fail "not all was walked"
      spend_walk "$tree" node_modules && entered=$spent
      spend_broker "$tree" && expect "$known"
      note "unchanged $tree" "$spent" "$whole"
      note "unchanged $tree, entered" "$spent" "$entered"
    done
    end_broker "unchanged, $tree"
  done
  compare "unchanged, 100,000 files" "unchanged small" 1.5
  compare "unchanged, 95 % ignored" "unchanged ignored, entered" 1.5
  compare "unchanged, 95 % ignored : all" "unchanged ignored" 1.5
}

# engine_call METHOD PATH
engine_call() { curl -sS --fail --unix-socket "$engine_socket" -X "$1" "http://engine$2"; }

# forget_builds [IMAGE]: the Engine has nothing left of any build, and nothing left to write.
forget_builds() {
  [ -z "${1:-}" ] || engine_call DELETE "/images/$1?force=true" >>"$work/log" || fail "cannot remove the image $1"
  engine_call POST "/build/prune?all=true" >>"$work/log" || fail "cannot empty the Engine's build cache"
  engine_call POST "/images/prune?filters=%7B%22dangling%22%3A%5B%22true%22%5D%7D" >>"$work/log" ||
    fail "cannot remove the Engine's images"
  sync -f "$engine_directory/data"
}

# is_built: whether $work/said is an answer of the Engine that ends with an image. Sets `image`.
is_built() {
  image=$(sed -n 's/.*"aux":{"ID":"\(sha256:[0-9a-f]*\)"}.*/\1/p' "$work/said" | tail -n 1)
  [ -n "$image" ] && ! grep -q '"errorDetail"' "$work/said"
}

contexts=0
# renew TREE: makes it a context that has never been built.
renew() {
  contexts=$((contexts + 1))
  printf '%s %08d\n' "$(date +%s)" "$contexts" >"$trees/$1/round"
}

# end_build: notes the image's size in `bytes`, and forgets it.
end_build() {
  bytes=$(engine_call GET "/images/$image/json" | sed -n 's/.*"Size":\([0-9]*\),.*/\1/p')
  [ -n "$bytes" ] || fail "the Engine does not know the image $image"
  forget_builds "$image"
}

# spend_build TREE BUILDER: by a broker. Adds its CPU to the client's.
spend_build() {
  renew "$1"
  start_broker
  ticks=100
  until "$bin/swiftdock-ctl" --socket "$socket" rpc broker.status 2>/dev/null | grep -q '"state":"up"'; do
    ticks=$((ticks - 1))
    [ "$ticks" -gt 0 ] || fail "the broker found no Engine"
    sleep 0.05
  done
  before=$(cpu_of "$broker")
  spend "$bin/swiftdock-ctl" --socket "$socket" build --quiet --no-cache --builder "$2" "$trees/$1"
  spent=$(echo "$spent $before $(cpu_of "$broker")" | awk '{ printf "%.4f %.4f\n", $1, $2 + $4 - $3 }')
  image=$(cat "$work/said")
  end_broker "build of $1, $2"
  end_build
}

# spend_upload TREE BUILDER [hashed]: by tar and curl; hashed: and by openssl, which sees it on its way.
spend_upload() {
  case $2 in classic) version=1 ;; *) version=2 ;; esac
  renew "$1"
  rm -f "$work/hash"
  # shellcheck disable=SC2016
  spend bash -o pipefail -c '
    if [ -n "$4" ]; then tar -C "$1" -cf - . | tee >(openssl dgst -sha256 >"$4"); else tar -C "$1" -cf - .; fi |
      curl -sS --unix-socket "$2" -X POST -H "Content-Type: application/x-tar" -H "Expect:" -T - \
        "http://engine/build?nocache=1&version=$3"' \
    bash "$trees/$1" "$engine_socket" "$version" "${3:+"$work/hash"}"
  is_built || fail "tar and curl have built nothing: $(tail -c 500 "$work/said")"
  [ -z "${3:-}" ] || grep -q '= [0-9a-f]\{64\}$' "$work/hash" || fail "openssl has made no digest"
  end_build
}

# compare_builds NAME FILE: of lines `OURS CPU PLAIN CPU HASHED CPU`, to which the ranges are added.
compare_builds() {
  awk '{ print $1, $2, $3, $4 }' "$work/$2" >"$work/$2.plain"
  range=$(for column in 1 3 5; do
    sort -n -k "$column,$column" "$work/$2" | awk -v column="$column" 'NR == 1 { least = $column } { most = $column }
      END { printf "%s%.1f-%.1f s", (column > 1 ? " : " : ""), least, most }'
  done)
  compare "$1" "$2.plain" 1.1
  awk '{ print $1, $2, $5, $6, $2 / $6 }' "$work/$2" >"$work/$2.cpu"
  judge "$1, CPU" "$(printf '%.2f' "$(median "$work/$2.cpu" 5)")" times "<=" 1 "$(printf \
    'CPU %.2f s : %.2f s hashed; ranges %s' "$(median "$work/$2.cpu" 2)" "$(median "$work/$2.cpu" 4)" "$range")"
}

measure_builds() {
  await_settled "$built"
  warm "$built" large
  # Small files more often than large ones: what disturbs them weighs more. With 100,000 of them it does not.
  turns="$built large"
  [ "$built" = small ] || turns="$built large $built $built"
  round=0
  turn=0
  while [ "$round" -lt "$rounds" ]; do
    round=$((round + 1))
    for tree in $turns; do
      turn=$((turn + 1))
      for builder in classic buildkit; do
        case $((turn % 6)) in
          1) order='ours plain hashed' ;;
          2) order='plain hashed ours' ;;
          3) order='hashed ours plain' ;;
          4) order='hashed plain ours' ;;
          5) order='plain ours hashed' ;;
          0) order='ours hashed plain' ;;
        esac
        size=
        for side in $order; do
          case $side in
            ours) spend_build "$tree" "$builder" && ours=$spent ;;
            plain) spend_upload "$tree" "$builder" && plain=$spent ;;
            hashed) spend_upload "$tree" "$builder" hashed && hashing=$spent ;;
          esac || fail "the filesystem of the Engine cannot be written"
          [ "$bytes" = "${size:=$bytes}" ] || fail "images of one tree have $size and $bytes bytes"
        done
        note "build $tree, $builder" "$ours $plain" "$hashing"
      done
    done
  done
  files=20,000
  [ "$built" = fewer ] || files=100,000
  for builder in classic buildkit; do
    compare_builds "$builder, $files files" "build $built, $builder"
    compare_builds "$builder, 1 GiB" "build large, $builder"
  done
}

# start_engine_on_disk: an Engine whose data is on a filesystem of its own, which is always as full and as old. All of its
# blocks are there before: while a sparse file grows, builds take a third longer.
start_engine_on_disk() {
  require e2fsprogs curl bash docker.io
  mkdir "$work/mount" && truncate -s 16M "$work/trial" && mkfs.ext4 -q -F "$work/trial" || exit 1
  if ! mount -o loop "$work/trial" "$work/mount" 2>>"$work/log"; then
    say "No file can be mounted here: whole builds are left out."
    return 1
  fi
  umount "$work/mount" || fail "a disk for the Engine cannot be unmounted"
  dd if=/dev/zero of="$work/disk" bs=1M count="$disk_mebibytes" conv=fsync 2>"$work/said" ||
    fail "no disk for the Engine: $(cat "$work/said")"
  mkfs.ext4 -q -F -E nodiscard,lazy_itable_init=0,lazy_journal_init=0 "$work/disk" || exit 1
  start_engine "$work/disk" || exit 1
  forget_builds || fail "the filesystem of the Engine cannot be written"
}

if wanted first; then measure_first; fi
if wanted unchanged; then measure_unchanged; fi
if wanted builds; then
  if [ "$(id -u)" -ne 0 ]; then
    say "Not root: whole builds are left out."
  elif start_engine_on_disk; then
    measure_builds
  fi
fi

for file in "$work/peak "*; do
  [ -e "$file" ] || continue
  judge "memory, ${file#"$work/peak "}" "$(sort -n "$file" | tail -n 1)" MiB "<=" 64 ""
done
exit "$missed"
