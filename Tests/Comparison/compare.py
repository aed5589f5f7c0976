#!/usr/bin/python3
"""Holds the archives that `swiftdock-ctl context tar` makes of random trees against what the builders' clients send.

    /usr/bin/python3 Tests/Comparison/compare.py [--trees N] [--seed S] [--threads N] [--shown N] [--program PATH]

N trees (1,000) from seed S (1) on are sent by the installed docker client, with DOCKER_BUILDKIT=0, to a socket that
records them, and compared with `--builder classic` byte by byte, or entry by entry where they may differ in more than
the entries. As many, of other seeds, are compared with `--builder buildkit` and a model of BuildKit's client
(buildkit.py). Where one program refuses a tree, so has the other, for the same reason.

Prints the client's version, the differences that are known and why they are kept, how often each was met, and the
first 5 (--shown) of the others with their seed and the smallest tree found that shows them; at last `N passed, N
failed`.

As root, some trees are read by both programs as nobody; as another user, there are no device files. PATH is
swiftdock-ctl, found in SWIFTDOCK_TEST_BIN if not given.
"""

import argparse
import collections
import concurrent.futures
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import threading

import differences
import trees
from clients import Docker, Ours, Recorder
from generate import Generator


class Comparison:
    """One of the two: makes cases, and tells how a case differs."""

    def __init__(self, work, ours):
        self._work = work
        self._ours = ours

    def _in_tree(self, case, body):
        directory = tempfile.mkdtemp(dir=self._work).encode()
        try:
            os.chmod(directory, 0o755)
            trees.make(case, directory)
            return body(directory)
        finally:
            trees.remove(directory)


class Classic(Comparison):
    """With the docker client."""

    name = "classic"

    def __init__(self, work, ours, docker):
        super().__init__(work, ours)
        self._docker = docker

    def case(self, seed):
        return Generator(f"classic {seed}").case()

    def verdict(self, case):
        def run(directory):
            theirs = self._docker.outcome(case, directory)
            return differences.classic(case, theirs, self._ours.outcome(case, directory, "classic"))

        return self._in_tree(case, run)


class BuildKit(Comparison):
    """With the model of its client."""

    name = "buildkit"

    def case(self, seed):
        return Generator(f"buildkit {seed}", plain=True).case()

    def verdict(self, case):
        return self._in_tree(
            case, lambda directory: differences.buildkit(case, self._ours.outcome(case, directory, "buildkit"))
        )


class Tally:
    """What became of the cases."""

    def __init__(self, shown):
        self._shown = shown
        self._lock = threading.Lock()
        self.counts = collections.Counter()
        self.failures = []

    def add(self, comparison, seed, case, verdict):
        with self._lock:
            self.counts[comparison.name, verdict.name] += 1
            if not verdict.is_failure:
                return
            self.failures.append(seed)
            if len(self.failures) > self._shown:
                return
        smallest = trees.shrink(case, lambda smaller: self._differs(comparison, smaller))
        verdict = comparison.verdict(smallest)
        with self._lock:
            print(f"{comparison.name}, seed {seed}: {verdict.text}\n{trees.describe(smallest)}", flush=True)

    @staticmethod
    def _differs(comparison, case):
        try:
            return comparison.verdict(case).is_failure
        except OSError:
            # Without what was left out the tree cannot be made.
            return False


def main():
    parser = argparse.ArgumentParser(usage=__doc__.split("\n\n")[1].strip())
    parser.add_argument("--trees", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--shown", type=int, default=5)
    parser.add_argument("--program", default=os.path.join(os.environ.get("SWIFTDOCK_TEST_BIN", ""), "swiftdock-ctl"))
    options = parser.parse_args()

    # What was made is removed also then.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    os.umask(0o022)
    # Nobody has to get to the trees, to the socket and to the program.
    with tempfile.TemporaryDirectory(prefix="swiftdock-compare.") as work:
        os.chmod(work, 0o755)
        program = os.path.join(work, "swiftdock-ctl")
        shutil.copy(pathlib.Path(options.program), program)
        recorder = Recorder(work)
        try:
            return compare(options, work, Docker(recorder, work), Ours(program))
        finally:
            recorder.stop()


def compare(options, work, docker, ours):
    print(f"{docker.version()}, DOCKER_BUILDKIT=0")
    tally = Tally(options.shown)

    def look(comparison, seed):
        case = comparison.case(seed)
        try:
            verdict = comparison.verdict(case)
        except subprocess.TimeoutExpired as error:
            # Once may be the machine's fault.
            print(f"{comparison.name}, seed {seed}: {error}; again:\n{trees.describe(case)}", flush=True)
            verdict = comparison.verdict(case)
        tally.add(comparison, seed, case, verdict)

    with concurrent.futures.ThreadPoolExecutor(options.threads) as pool:
        jobs = []
        for comparison in (Classic(work, ours, docker), BuildKit(work, ours)):
            jobs += [pool.submit(look, comparison, seed) for seed in range(options.seed, options.seed + options.trees)]
        try:
            for job in jobs:
                job.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise

    for known in differences.KNOWN:
        print(f"known: {known.name}: {known.why} ({tally.counts['classic', known.name]} trees)")
    for (comparison, name), count in sorted(tally.counts.items()):
        print(f"{comparison:10} {count:6} {name}")
    total = sum(tally.counts.values())
    print(f"{total - len(tally.failures)} passed, {len(tally.failures)} failed")
    return 1 if tally.failures else 0


if __name__ == "__main__":
    sys.exit(main())
