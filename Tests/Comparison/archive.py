"""What an archive holds, as Python's tarfile reads it."""

import dataclasses
import io
import re
import tarfile

KINDS = {
    tarfile.REGTYPE: "file",
    tarfile.LNKTYPE: "hard",
    tarfile.SYMTYPE: "link",
    tarfile.CHRTYPE: "character",
    tarfile.BLKTYPE: "block",
    tarfile.DIRTYPE: "directory",
    tarfile.FIFOTYPE: "fifo",
}
GUARD_SIZE = 1024
BLOCK_SIZE = 512
ADDED_NAME = re.compile(rb"\.dockerfile\.[0-9a-f]{20}")


@dataclasses.dataclass(frozen=True)
class Entry:
    name: bytes
    kind: str
    mode: int
    owner: tuple
    modified: float
    size: int
    link: bytes
    device: tuple
    content: bytes
    records: tuple


def has_guard(archive):
    """Whether it begins with a global extended header."""
    return archive[156:157] == b"g"


def without_guard(archive):
    return archive[GUARD_SIZE:] if has_guard(archive) else archive


def has_extended_first_header(archive):
    return archive[156:157] == b"x"


def entries(archive):
    """In their order.

    An archive without an end is read as far as it goes."""
    padded = archive + bytes(-len(archive) % BLOCK_SIZE + 2 * BLOCK_SIZE)
    found = []
    with tarfile.open(fileobj=io.BytesIO(padded), mode="r:", encoding="utf-8", errors="surrogateescape") as reader:
        for member in reader:
            content = reader.extractfile(member).read() if member.isreg() else b""
            found.append(_entry(member, content))
    return found


def _entry(member, content):
    # What the fields hold too is compared there.
    records = {
        key: value for key, value in member.pax_headers.items() if key not in ("path", "linkpath", "size", "comment")
    }
    return Entry(
        name=_bytes(member.name),
        kind=KINDS[member.type],
        mode=member.mode,
        owner=(member.uid, member.gid, member.uname, member.gname),
        modified=member.mtime,
        size=member.size,
        link=_bytes(member.linkname),
        device=(member.devmajor, member.devminor) if member.isdev() else (),
        content=content,
        records=tuple(sorted(records.items())),
    )


def _bytes(text):
    return text.encode("utf-8", "surrogateescape")


def unordered(archive):
    """The entries of an archive that a Dockerfile was added to, without what its maker is free to choose: the added
    file's name and place, and the times of what was added."""
    chosen = []
    for entry in entries(archive):
        if entry.name == b".dockerignore" or ADDED_NAME.fullmatch(entry.name):
            entry = dataclasses.replace(entry, modified=0, records=(), size=0)
        name = ADDED_NAME.sub(b".dockerfile.NAME", entry.name)
        content = ADDED_NAME.sub(b".dockerfile.NAME", entry.content) if entry.name == b".dockerignore" else entry.content
        chosen.append(dataclasses.replace(entry, name=name, content=content))
    return sorted(chosen, key=lambda entry: entry.name)
