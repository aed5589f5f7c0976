#!/bin/sh
# Feeds the parsers with made-up input for a while: each Tests/Fuzz/*Fuzz.swift in turn, under libFuzzer and
# AddressSanitizer.
#
#   sh Tests/fuzz.sh [SECONDS [NAME...]]    20 seconds each; NAME is the file's name without `Fuzz.swift`
#
# A fuzz file holds a `LLVMFuzzerTestOneInput` and names the sources that it is compiled with, in one module, on lines
#   // sources: Sources/JSON/*.swift ...
# relative to the project. C sources may be among them. Seeds are in Tests/Fuzz/corpus/NAME/. The exit status is 1 where
# an input crashed, hung, or where something did not compile; the input is shown.

set -u
cd "$(dirname "$0")/.." || exit 1
. clients/prerequisites.sh

seconds=${1:-20}
case $seconds in '' | *[!0-9]*)
  say "usage: sh Tests/fuzz.sh [SECONDS [NAME...]]"
  exit 2
  ;;
esac
[ $# -eq 0 ] || shift
require_swift

work=$(mktemp -d "${TMPDIR:-/tmp}/swiftdock-fuzz.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# The sources import each other as the modules that they are in the package. In one module they see each other already,
# so that empty modules of those names satisfy the imports.
mkdir "$work/modules" || exit 1
: >"$work/empty.swift"
for directory in Sources/*/; do
  module=$(basename "$directory")
  case $module in *-*) continue ;; esac
  if [ -e "$directory/module.modulemap" ]; then
    continue
  elif [ -e "$directory/include/$module.h" ]; then
    mkdir "$work/modules/$module" &&
      printf 'module %s {\n  umbrella header "%s"\n  export *\n}\n' "$module" "$PWD/${directory}include/$module.h" \
        >"$work/modules/$module/module.modulemap"
  else
    swiftc -parse-as-library -package-name swiftdock -module-name "$module" -emit-module \
      -emit-module-path "$work/modules/$module.swiftmodule" "$work/empty.swift" || exit 1
  fi
done

# compile FILE PROGRAM
compile() {
  patterns=$(sed -n 's|^// sources: ||p' "$1")
  if [ -z "$patterns" ]; then
    say "$1 has no line \"// sources: ...\"."
    return 1
  fi
  objects=
  sources=
  # Paths of this project hold no white space.
  for source in $patterns; do
    case $source in
      *.c)
        object=$work/$(basename "$source" .c).o
        clang -c -O1 -g -D_GNU_SOURCE -fsanitize=address -I "$(dirname "$source")/include" -o "$object" "$source" || return 1
        objects="$objects $object"
        ;;
      *) sources="$sources $source" ;;
    esac
  done
  # shellcheck disable=SC2086
  swiftc -parse-as-library -package-name swiftdock -module-name Fuzz -swift-version 6 -O -g -suppress-warnings \
    -enable-upcoming-feature ExistentialAny -enable-upcoming-feature InternalImportsByDefault -sanitize=fuzzer,address \
    -I "$work/modules" -I Sources/CCrypto -I Sources/CZlib -I Sources/CZstd -o "$2" $sources "$1" $objects >"$work/compile.log" 2>&1 && return 0
  # The linker's warnings about AddressSanitizer's symbols mean nothing.
  grep -v -e 'Cannot export local symbol' "$work/compile.log" | head -n 60 >&2
  return 1
}

# show FILE: an input, for people and to be made again elsewhere.
show() {
  say "The input, of $(wc -c <"$1") bytes (base64 -d makes it again):"
  base64 <"$1" >&2
  od -A d -t x1z "$1" | head -n 64 >&2
}

passed=0
failed=0
for file in Tests/Fuzz/*Fuzz.swift; do
  [ -e "$file" ] || continue
  name=$(basename "$file" Fuzz.swift)
  if [ $# -gt 0 ]; then
    case " $* " in *" $name "*) ;; *) continue ;; esac
  fi
  program=$work/$name
  if ! compile "$file" "$program"; then
    say "fuzz $name: does not compile"
    failed=$((failed + 1))
    continue
  fi
  mkdir "$work/$name.found" "$work/$name.crash" || exit 1
  seeds=Tests/Fuzz/corpus/$name
  [ -d "$seeds" ] || seeds=
  # The first directory takes what the run finds; the seeds are only read.
  # shellcheck disable=SC2086
  # Swift's own crash handler would stand between the crash and libFuzzer's report of it.
  if SWIFT_BACKTRACE=enable=no "$program" -max_total_time="$seconds" -timeout=20 -rss_limit_mb=2048 -print_final_stats=1 \
    -artifact_prefix="$work/$name.crash/" "$work/$name.found" $seeds >"$work/$name.log" 2>&1; then
    printf 'fuzz %s: %s inputs\n' "$name" \
      "$(sed -n 's/^stat::number_of_executed_units: *//p' "$work/$name.log")"
    passed=$((passed + 1))
  else
    tail -n 60 "$work/$name.log" >&2
    say "fuzz $name: failed"
    for input in "$work/$name.crash/"*; do [ -e "$input" ] && show "$input"; done
    failed=$((failed + 1))
  fi
  rm -rf "$program" "$work/$name".*
done
printf 'fuzz: %d passed, %d failed\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
