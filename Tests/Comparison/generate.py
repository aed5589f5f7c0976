"""Random cases, the same for the same seed."""

import dataclasses
import os
import random

from trees import IGNORE_SUFFIX, Case, Node

NAMES = [
    b"a", b"b", b"c", b"foo", b"bar", b"foo.txt", b"x.go", b"keep.txt", b"a.b", b"[x]", "é".encode(), b"a b",
    b"node_modules", b".git", b"\\q", b"^c", b"a^", b"$d", b"d+", b"(e)", b"A1", b"w_1", b"*", b"?", b"!a", b"#a",
    b" a", b"a ", b"\xff", b"a\xe9", "日本".encode(), b"new\nline", b"-f", "e\u0301".encode(), b"a\x01", b"a\\b",
]  # fmt: skip
# Names that cost an extended header, or only just do not.
LONG_NAMES = [b"l" * 99, b"l" * 100, b"l" * 101, b"l" * 155, b"l" * 255, "é".encode() * 127]
COMPONENTS = [
    b"*", b"**", b"a", b"b", b"c", b"foo", b"?", b"*.txt", b"keep.txt", b"[a-c]", b"foo*", b"**a", b"a**", b".", b"..",
    "é".encode(), b"node_modules", b"[^b]", b"*.*", b".*", b"???",
]  # fmt: skip
# Not of use in paths alone: what the pattern language makes of them is what the docker client is asked about.
FRAGMENTS = [
    b"*", b"**", b"?", b"a", b"b", b"*.txt", b"**/", b"/", b".", b"[a-c]", b"[^a]", b"keep.txt", b"\\*", b"[*]",
    b"[?x]", b"^", "é".encode(), b"!", b" ", b"\\w", b"\\D", b"\\x41", b"[[:alpha:]]", b"$", b"+", b"(", b"}", b"[!a]",
    b"\\101", b"\xff", b"[", b"]", b"\\", b"[z-a]", b"-", b"[a-]", b"\\Q", b"\\E", b"|", "[é-ü]".encode(), b"\\b",
    b"{", b"{2}", b"{0,1}", b"{1,}", b"{0}", b"{01}", b"{2,1}", b"a|b", b"|*", b"\\[", b"[\\]]", b"\t", "\u00a0".encode(), "\u2003".encode(), b"[[:none:]]", b"\\p", b"..",
]  # fmt: skip
WHOLE_LINES = [
    b"", b"#", b"# a", b" # a", b"/", b".", b"..", b"/..", b"./", b"*", b"**", b"*/*", b"**/*", b"!**",
    b"!*", b".dockerignore", b"Dockerfile", b"Dockerfile*", b"*.dockerignore", b"!Dockerfile", b"!.dockerignore",
    b"\xef\xbb\xbfa", b"!!a", b"!#a", b"/**", b"a/**", b"a/*", b"!a/**", b"!a/*", b"**/.git", b"!**/keep.txt",
]  # fmt: skip
PLAIN_WHOLE_LINES = [
    b"", b"# a", b"/", b"*", b"**", b"*/*", b"**/*", b"!**", b"!*", b"Dockerfile", b"a/**", b"a/*", b"!a/**", b"!a/*",
    b"!**/keep.txt", b"!*/b", b"!a/b/**/*", b"!a/b/*/c", b"!*/**",
]  # fmt: skip
MODES = [0o644, 0o600, 0o755, 0o4755, 0o2711, 0o1777, 0o444, 0o000]
SECOND = 1_000_000_000
TIMES = [
    0, -1, -SECOND, -7 * SECOND - 5, 1_600_000_000 * SECOND + 999_999_999, 8_589_934_591 * SECOND,
    8_589_934_592 * SECOND,
]  # fmt: skip
CAPABILITIES = [bytes.fromhex("0100000200040000000000000000000000000000")]
TARGETS = [b"a", b"../b", b"/etc/passwd", b"nowhere", b".", b"..", b"x" * 100, b"x" * 101, "é".encode(), b"\xff", b"a/"]
IS_ROOT = os.getuid() == 0


class Generator:
    """Makes one case.

    - plain: patterns only whose meaning `buildkit.py` knows, and nothing that a user without rights cannot read."""

    def __init__(self, seed, plain=False):
        self._random = random.Random(seed)
        self._plain = plain
        self._nodes = []

    def case(self):
        self._fill(b"", 0)
        random_ = self._random
        case = Case(nodes=(), root=b"link" if self._chance(10) else b"tree")
        case = self._with_dockerfile(case)
        if not self._chance(12):
            self._add(Node(b".dockerignore", "file", data=self._ignore_file()))
        elif self._chance(3):
            target = random_.choice([b"a", b"nowhere", b"Dockerfile"])
            self._add(Node(b".dockerignore", random_.choice(["link", "directory"]), 0o755, data=target))
        if self._chance(5):
            # One beside whatever the Dockerfile may be called.
            name = (case.file or b"tree/Dockerfile").removeprefix(case.root + b"/")
            if b"/" not in name and name != b"-":
                self._add(Node(name + IGNORE_SUFFIX, "file", data=b"" if self._chance(4) else self._ignore_file()))
        unprivileged = not self._plain and self._chance(8)
        return dataclasses.replace(case, nodes=tuple(self._nodes), unprivileged=unprivileged)

    def _chance(self, of):
        return self._random.randrange(of) == 0

    def _add(self, node):
        """Unless the name is taken."""
        if all(other.path != node.path for other in self._nodes):
            self._nodes.append(node)

    def _with_dockerfile(self, case):
        """Adds a Dockerfile, mostly, and a way to name it."""
        random_ = self._random
        directories = [node.path for node in self._nodes if node.kind == "directory"]
        files = [node.path for node in self._nodes if node.kind == "file"]
        way = random_.randrange(20)
        if way < 9:
            self._add(Node(b"Dockerfile", "file", data=b"FROM scratch\n"))
        if way < 7:
            return case
        if way == 7:
            return dataclasses.replace(case, file=case.root + random_.choice([b"/Dockerfile", b"/./Dockerfile", b"//Dockerfile"]))
        if way == 8:
            return dataclasses.replace(case, file=random_.choice([b"tree", b"link"]) + b"/Dockerfile")
        if way == 9:
            self._add(Node(b"dockerfile", "file", data=b"FROM scratch\n"))
            return case
        if way == 10 and self._chance(3):
            return case
        if way == 11:
            self._add(Node(b"Dockerfile", "link", data=random_.choice(files or [b"nowhere"])))
            return case
        if way == 12:
            target = random_.choice([b"nowhere", b"../outside", b"Dockerfile", b"/etc/hostname"])
            self._add(Node(b"Dockerfile", "link", data=target))
            return case if self._chance(2) else dataclasses.replace(case, file=case.root + b"/Dockerfile")
        if way in (13, 14) and directories:
            path = random_.choice(directories) + b"/prod.Dockerfile"
            self._add(Node(path, "file", data=b"FROM scratch\n"))
            return dataclasses.replace(case, file=case.root + b"/" + path)
        if way == 15 and files:
            return dataclasses.replace(case, file=case.root + b"/" + random_.choice(files))
        if way == 16 and not self._plain:
            return dataclasses.replace(case, file=b"-")
        if way == 17 and not self._plain:
            return dataclasses.replace(case, file=b"outside")
        if way == 18 and directories:
            path = random_.choice(directories) + b"/../Dockerfile"
            self._add(Node(b"Dockerfile", "file", data=b"FROM scratch\n"))
            return dataclasses.replace(case, file=case.root + b"/" + path)
        if way == 19 and not self._plain:
            return dataclasses.replace(case, file=case.root + random_.choice([b"", b"/none", b"/none/Dockerfile"]))
        self._add(Node(b"Dockerfile", "file", data=b"FROM scratch\n"))
        return case

    def _fill(self, directory, depth):
        random_ = self._random
        count = random_.randint(2 if depth == 0 else 0, 6)
        for name in random_.sample(NAMES, count) + ([random_.choice(LONG_NAMES)] if self._chance(10) else []):
            path = directory + b"/" + name if directory else name
            time = random_.choice(TIMES) if self._chance(8) else Node.modified
            mode = random_.choice(MODES) if self._chance(3) else 0o644
            way = random_.randrange(100)
            if way < 45 and depth < 4:
                mode = random_.choice([0o700, 0o711, 0o1777, 0o555, 0o000, 0o444]) if self._chance(6) else 0o755
                self._add(Node(path, "directory", mode, modified=time))
                self._fill(path, depth + 1)
            elif way < 53:
                self._add(Node(path, "link", data=random_.choice(TARGETS), modified=time))
            elif way < 60:
                firsts = [node.path for node in self._nodes if node.kind in ("file", "link", "fifo")]
                if firsts:
                    self._add(Node(path, "hard", data=random_.choice(firsts)))
            elif way < 63:
                self._add(Node(path, "fifo", mode, modified=time))
            elif way < 65:
                self._add(Node(path, "socket", mode, modified=time))
            elif way < 67 and IS_ROOT:
                self._add(Node(path, random_.choice(["character", "block"]), mode, modified=time))
            else:
                size = random_.choice([1, 511, 512, 513, 70_000]) if self._chance(8) else 0
                data = b"" if self._chance(6) else b"%d" % random_.getrandbits(64)
                capability = random_.choice(CAPABILITIES) if IS_ROOT and self._chance(20) else b""
                self._add(Node(path, "file", mode, data, size, time, capability))

    # Ignore files

    def _ignore_file(self):
        random_ = self._random
        # One line that cannot be used is enough to have the whole file refused.
        odd = not self._plain and self._chance(4)
        lines = [self._line(odd and self._chance(2)) for _ in range(random_.randint(1, 6))]
        text = (b"\r\n" if self._chance(8) else b"\n").join(lines)
        if self._chance(10):
            text = b"\xef\xbb\xbf" + text
        if self._chance(400) and not self._plain:
            text += b"\n" + b"a" * random_.choice([65_534, 65_535, 65_536])
        return text + (b"\n" if self._chance(2) else b"")

    def _line(self, odd):
        random_ = self._random
        if odd:
            return b"".join(random_.choice(FRAGMENTS) for _ in range(random_.randint(1, 4)))
        if self._chance(6):
            return random_.choice(PLAIN_WHOLE_LINES if self._plain else WHOLE_LINES)
        if self._chance(3):
            pattern = b"/".join(random_.choice(COMPONENTS) for _ in range(random_.randint(1, 4)))
        else:
            pattern = self._pattern_of_a_path()
        if self._chance(10):
            pattern = random_.choice([b"/", b"./", b"//", b"../"]) + pattern
        if self._chance(10):
            pattern += random_.choice([b"/", b"//", b"/.", b"/..", b"/*", b"/**"])
        if self._chance(3):
            pattern = random_.choice([b"!", b"!", b"! ", b"!/"]) + pattern
        if self._chance(10):
            pattern = random_.choice([b" ", b"\t", b"  "]) + pattern
        if self._chance(10):
            pattern += random_.choice([b" ", b"\t", b"\r"])
        return pattern

    def _pattern_of_a_path(self):
        """Most patterns should concern something that is there."""
        random_ = self._random
        paths = [node.path for node in self._nodes if b"\n" not in node.path]
        if self._plain:
            paths = [path for path in paths if path.isascii() and not set(path) & set(b"[]\\^*?!# \x01")]
        if not paths:
            return b"a"
        components = random_.choice(paths).split(b"/")
        for index, component in enumerate(components):
            way = random_.randrange(12)
            if way == 0:
                components[index] = b"*"
            elif way == 1:
                components[index] = b"**"
            elif way == 2:
                components[index] = component[:1] + b"*"
            elif way == 3:
                components[index] = b"*" + component[-1:]
            elif way == 4 and len(component) < 20:
                components[index] = b"?" * len(component)
        if self._chance(4):
            components = components[: random_.randint(1, len(components))]
        if self._chance(8):
            components = [b"**"] + components[-1:]
        return b"/".join(components)
