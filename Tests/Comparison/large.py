#!/usr/bin/python3
"""Holds the archives that `swiftdock-ctl context tar` makes of trees that are too large for the test suite against what
the docker client sends.

    /usr/bin/python3 -B Tests/Comparison/large.py [--gibibytes N] [--entries N] [--directory DIR] [--program PATH]

One tree has a file of 9 GiB (--gibibytes) without blocks on the disk, the other one 1,000,000 entries (--entries): files,
links and directories. 0 leaves one of them out. They are made in DIR (/var/tmp) and removed again.

Prints, for each, length and SHA-256 of both archives, which have to be the same, the time that each took and, of ours,
the most memory it had; that the digest is the manifest's SHA-256 is seen, too. At last `N passed, N failed`. PATH is
swiftdock-ctl, found in SWIFTDOCK_TEST_BIN if not given.
"""

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import time

import trees
from clients import Docker, Recorder

TIMEOUT = 3600
PIECE = 1 << 20


def measured(pieces):
    """Length and SHA-256 of bytes that are not kept."""
    length = 0
    digest = hashlib.sha256()
    for piece in pieces:
        length += len(piece)
        digest.update(piece)
    return length, digest.hexdigest()


def run(command):
    """Measures what a program writes: length and digest, seconds, and mebibytes of memory at most."""
    began = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as program:
        output = measured(iter(lambda: program.stdout.read(PIECE), b""))
        _, status, usage = os.wait4(program.pid, 0)
        program.returncode = os.waitstatus_to_exitcode(status)
    if program.returncode != 0:
        raise SystemExit(f"{command} ended with {program.returncode}")
    return output, time.monotonic() - began, usage.ru_maxrss >> 10


def make_large_file(root, gibibytes):
    with open(root + "/large", "wb") as file:
        file.write(b"beginning")
        file.truncate(gibibytes << 30)
        file.seek(-3, os.SEEK_END)
        file.write(b"end")


def make_many_entries(root, count):
    """Directories of 1,000 names: files without contents and with some, links, and hard links."""
    left = count - 1
    number = 0
    while left > 0:
        directory = f"{root}/{number:05}"
        os.mkdir(directory)
        left -= 1
        for index in range(min(left, 1000)):
            name = f"{directory}/a name of ordinary length {index}"
            if index % 10 < 7:
                os.close(os.open(name, os.O_WRONLY | os.O_CREAT, 0o644))
            elif index % 10 == 7:
                with open(name, "wb") as file:
                    file.write(b"%d" % index)
            elif index % 10 == 8:
                os.symlink("../Dockerfile", name)
            else:
                os.link(f"{directory}/a name of ordinary length {index - 9}", name)
        left -= min(left, 1000)
        number += 1


def compare(what, make, directory, program):
    """Whether all is as it should be."""
    with tempfile.TemporaryDirectory(prefix="swiftdock-large.", dir=directory) as work:
        tree = work + "/tree"
        os.mkdir(tree)
        try:
            with open(tree + "/Dockerfile", "wb") as file:
                file.write(b"FROM scratch\n")
            make(tree)
            return compare_tree(what, work, program)
        finally:
            trees.remove(tree)


def compare_tree(what, work, program):
    tree = work + "/tree"
    ours, seconds, memory = run([program, "context", "tar", "--builder", "classic", tree])
    print(f"{what}: {ours[0]} bytes, {ours[1]}, {seconds:.1f} s, at most {memory} MiB", flush=True)
    digest = subprocess.run([program, "context", "digest", tree], stdout=subprocess.PIPE, text=True, check=True)
    manifest, seconds, memory = run([program, "context", "manifest", tree])
    print(f"  the manifest: {manifest[0]} bytes, {seconds:.1f} s, at most {memory} MiB", flush=True)
    recorder = Recorder(work, collect=measured)
    try:
        began = time.monotonic()
        outcome = Docker(recorder, work, timeout=TIMEOUT).outcome(trees.Case(nodes=()), work)
        print(f"  docker: {outcome.archive or outcome.words}, {time.monotonic() - began:.1f} s", flush=True)
    finally:
        recorder.stop()
    return outcome.archive == ours and digest.stdout == f"sha256:{manifest[1]}\n"


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1].strip())
    parser.add_argument("--gibibytes", type=int, default=9)
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--directory", default="/var/tmp")
    parser.add_argument("--program", default=os.path.join(os.environ.get("SWIFTDOCK_TEST_BIN", ""), "swiftdock-ctl"))
    options = parser.parse_args()
    results = []
    if options.gibibytes:
        results.append(
            compare(
                f"a file of {options.gibibytes} GiB",
                lambda root: make_large_file(root, options.gibibytes),
                options.directory,
                options.program,
            )
        )
    if options.entries:
        results.append(
            compare(
                f"{options.entries} entries",
                lambda root: make_many_entries(root, options.entries),
                options.directory,
                options.program,
            )
        )
    print(f"{sum(results)} passed, {len(results) - sum(results)} failed")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
