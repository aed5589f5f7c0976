"""Trees as values: made on disk for the programs that are compared, taken apart for the smallest one that still shows
a difference."""

import dataclasses
import os
import stat

IGNORE_SUFFIX = b".dockerignore"


@dataclasses.dataclass(frozen=True)
class Node:
    """One name in a tree."""

    # Relative to the root.
    path: bytes
    # directory, file, link, hard, fifo, socket, character or block.
    kind: str
    mode: int = 0o644
    # What a file holds, where a link points, the path of a hard link's first name.
    data: bytes = b""
    # A file is as long as this says, if it is more than `data`.
    size: int = 0
    # Nanoseconds since 1970.
    modified: int = 1_600_000_000_000_000_000
    # The value of security.capability.
    capability: bytes = b""


@dataclasses.dataclass(frozen=True)
class Case:
    """What both programs are run with, in a directory that holds `tree`, `outside` and `link`, a link to `tree`."""

    nodes: tuple
    # The context.
    root: bytes = b"tree"
    # The value of `-f`, relative to the directory.
    file: bytes | None = None
    # What stands on standard input for `-f -`.
    text: bytes = b"FROM scratch\n"
    # Whether the programs run without the rights of root.
    unprivileged: bool = False

    def node(self, path):
        return next((node for node in self.nodes if node.path == path), None)


def make(case, directory):
    """Makes the tree below `directory`, which holds nothing yet."""
    root = directory + b"/tree"
    os.mkdir(root)
    os.symlink(b"tree", directory + b"/link")
    with open(directory + b"/outside", "wb") as file:
        file.write(b"FROM outside\n")
    for node in case.nodes:
        _make(node, root)
    # A directory's time changes with what it gets, and its mode may keep its own maker out.
    for node in reversed(case.nodes):
        path = root + b"/" + node.path
        if node.kind not in ("link", "hard"):
            os.chmod(path, node.mode)
        if node.capability:
            os.setxattr(path, "security.capability", node.capability)
        if node.kind != "hard":
            os.utime(path, ns=(node.modified, node.modified), follow_symlinks=False)


def _make(node, root):
    path = root + b"/" + node.path
    if node.kind == "directory":
        os.mkdir(path)
    elif node.kind == "file":
        with open(path, "wb") as file:
            file.write(node.data)
            if node.size > len(node.data):
                file.truncate(node.size)
    elif node.kind == "link":
        os.symlink(node.data, path)
    elif node.kind == "hard":
        os.link(root + b"/" + node.data, path, follow_symlinks=False)
    elif node.kind == "fifo":
        os.mkfifo(path)
    elif node.kind == "socket":
        os.mknod(path, stat.S_IFSOCK | 0o600)
    elif node.kind == "character":
        os.mknod(path, stat.S_IFCHR | 0o600, os.makedev(1, 3))
    else:
        os.mknod(path, stat.S_IFBLK | 0o600, os.makedev(240, 1))


def remove(directory):
    """Removes a directory and everything in it, whatever the modes."""
    os.chmod(directory, 0o700)
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                remove(entry.path)
            else:
                os.unlink(entry.path)
    os.rmdir(directory)


def describe(case):
    """For people; each line a name."""
    lines = [f"  root {case.root!r}, -f {case.file!r}" + (", as nobody" if case.unprivileged else "")]
    if case.file == b"-":
        lines.append(f"  standard input {case.text!r}")
    for node in case.nodes:
        text = f"  {node.kind:9} {node.mode:04o} {node.path!r}"
        if node.data:
            text += f" {node.data[:2000]!r}"
        if node.size:
            text += f" size {node.size}"
        if node.modified != Node.modified:
            text += f" time {node.modified}"
        if node.capability:
            text += f" capability {node.capability.hex()}"
        lines.append(text)
    return "\n".join(lines)


def shrink(case, differs, attempts=300):
    """The smallest case found that still differs.

    `differs` tells it of a case; it is asked at most `attempts` times."""
    left = attempts
    while True:
        for smaller in _smaller(case):
            if left == 0:
                return case
            left -= 1
            if differs(smaller):
                case = smaller
                break
        else:
            return case


def _smaller(case):
    """Cases with a little less in them, the greatest steps first."""
    for node in case.nodes:
        gone = {node.path}
        for other in case.nodes:
            if other.path.startswith(node.path + b"/") or other.kind == "hard" and other.data in gone:
                gone.add(other.path)
        yield dataclasses.replace(case, nodes=tuple(other for other in case.nodes if other.path not in gone))
    if case.unprivileged:
        yield dataclasses.replace(case, unprivileged=False)
    if case.root != b"tree":
        yield dataclasses.replace(case, root=b"tree")
    for index, node in enumerate(case.nodes):
        for simpler in _simpler(node):
            yield dataclasses.replace(case, nodes=case.nodes[:index] + (simpler,) + case.nodes[index + 1 :])


def _simpler(node):
    plain = Node(node.path, node.kind, 0o755 if node.kind == "directory" else 0o644, node.data, node.size)
    if node != plain and node.kind not in ("link", "hard"):
        yield plain
    if node.kind == "file" and node.path.endswith(IGNORE_SUFFIX):
        lines = node.data.split(b"\n")
        for index in range(len(lines)):
            if len(lines) > 1:
                yield dataclasses.replace(node, data=b"\n".join(lines[:index] + lines[index + 1 :]))
        if len(node.data) < 200:
            for index in range(len(node.data)):
                yield dataclasses.replace(node, data=node.data[:index] + node.data[index + 1 :])
