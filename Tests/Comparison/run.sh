#!/bin/sh
# Compares the contexts that swiftdock makes with those of the installed docker client, and of a model of BuildKit's:
#
#   sh Tests/Comparison/run.sh [--trees N] [--seed S] [--threads N] [--shown N]
#
# See compare.py. Uses the swiftdock-ctl in SWIFTDOCK_TEST_BIN; if that is not set, a debug build is made.

set -u
cd "$(dirname "$0")/../.." || exit 1
. clients/prerequisites.sh

require docker.io
if [ -z "${SWIFTDOCK_TEST_BIN:-}" ]; then
  require_swift
  swift build --product swiftdock-ctl >&2 || exit 1
  SWIFTDOCK_TEST_BIN=$(swift build --show-bin-path)
  export SWIFTDOCK_TEST_BIN
fi
exec /usr/bin/python3 -B Tests/Comparison/compare.py "$@"
