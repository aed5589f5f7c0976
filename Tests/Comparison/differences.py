"""Tells how what one program sends differs from what it should be."""

import dataclasses
import posixpath
import stat

import archive
import buildkit as model
from clients import reason


@dataclasses.dataclass(frozen=True)
class Verdict:
    # Of the kind, for counting.
    name: str
    text: str = ""
    is_failure: bool = False


@dataclasses.dataclass(frozen=True)
class Known:
    """A difference that is kept."""

    name: str
    why: str


UNLISTABLE = Known(
    "excluded directory that may not be listed",
    "docker lists every excluded directory before it passes over it, and refuses the tree; BuildKit's client does not",
)
SILENT = Known(
    "unreadable behind an exception",
    "docker's check does not look into excluded directories: what an exception brings back from there and may not be "
    "read is left out with no more than a line of log; a context is never sent short of a file here",
)
LATE_PATTERN = Known(
    "pattern found unusable while packing",
    "docker's check and its packing ask for different patterns; one that only packing trips over ends the archive "
    "early with a line of log; here it is an error",
)
EARLY_PATTERN = Known(
    "pattern found unusable by the check alone",
    "docker's check does not go by the results of the directory above, and so compiles a pattern that decides nothing",
)
EARLY_EXCEPTION = Known(
    "unreadable to the check alone",
    "docker's check does not go by the results of the directory above, and so takes files for brought back by an "
    "exception that its packing leaves out; one of them that may not be read refuses the tree",
)
LOST_DOCKERFILE = Known(
    "Dockerfile that docker leaves out",
    "docker looks whether the rules exclude the Dockerfile without regard to the directories that its walk will skip; "
    "the builder would not find it, so it is sent here",
)
DOCKERFILE_AS_PATTERN = Known(
    "Dockerfile with a wildcard in its name",
    "docker appends its name to the rules as a pattern, which means something else; here it is one path",
)
NO_DOCKERFILE_TEXT = Known(
    "Dockerfile that cannot be one",
    "docker sends a tree whose Dockerfile is a directory or a device, and the builder refuses it; here it is refused at "
    "once",
)
FOREIGN_NAME = Known(
    "Dockerfile whose name is not UTF-8", "requests to a broker are JSON, so that it cannot be named; it is refused"
)
OUTSIDE_IGNORE_FILE = Known(
    "ignore file that is a link to no file of the tree",
    "docker reads what it leads to, be it a device or elsewhere; here no link is followed out of the tree",
)
SPECIAL_FILE = Known(
    "special file that may not be opened",
    "docker's check opens even sockets and devices to see whether it may; their entries need no reading",
)
LINKED_IGNORE_FILE = Known(
    "added Dockerfile beside an ignore file that is a link",
    "docker writes the new contents behind the link's own header, and the archive breaks off; it is a file here",
)
KNOWN = [value for value in list(globals().values()) if isinstance(value, Known)]

SAME = Verdict("equal bytes")
SAME_ENTRIES = Verdict("equal entries, where a Dockerfile is added under a name of its own")
BOTH_REFUSE = Verdict("refused by both")
METACHARACTERS = set(b"*?[]\\^!# ")


def classic(case, theirs, ours):
    """Between the docker client's outcome and ours."""
    if case.file is not None and not _is_utf8(case.file) and ours.archive is None:
        return Verdict(FOREIGN_NAME.name)
    if theirs.archive is None and ours.archive is None:
        if reason(theirs) == reason(ours):
            return Verdict(f"{BOTH_REFUSE.name}: {reason(ours)}")
        # A tree that may not be read may have another fault, and docker lists a directory before anything else.
        if case.unprivileged and "unreadable" in (reason(theirs), reason(ours)):
            return Verdict(f"{BOTH_REFUSE.name}: another of several faults first")
        return _known(case, theirs, ours) or _failure(f"other reasons\n  docker: {theirs.words}  ours: {ours.words}")
    if theirs.archive is None:
        return _known(case, theirs, ours) or _failure(f"only docker refuses: {theirs.words}")
    if ours.archive is None:
        return _known(case, theirs, ours) or _failure(f"refused here only: {ours.words}")
    packed = archive.without_guard(ours.archive)
    if archive.has_guard(ours.archive) != archive.has_extended_first_header(packed):
        return _failure("a guard, or none, for the wrong first member")
    if packed == theirs.archive:
        return SAME
    if case.file == b"-" or _is_added(theirs):
        if archive.unordered(packed) == archive.unordered(theirs.archive):
            return SAME_ENTRIES
        return _known(case, theirs, ours) or _failure(
            _first_difference(archive.unordered(theirs.archive), archive.unordered(packed))
        )
    return _known(case, theirs, ours) or _failure(
        _first_difference(archive.entries(theirs.archive), archive.entries(packed))
    )


def _failure(text):
    return Verdict("different", text, is_failure=True)


def _is_added(outcome):
    return archive.ADDED_NAME.fullmatch(outcome.dockerfile or b"") is not None


def _first_difference(theirs, ours):
    for their_entry, our_entry in zip(theirs, ours):
        if their_entry != our_entry:
            return f"other entries\n  docker: {their_entry}\n  ours:   {our_entry}"
    if len(theirs) != len(ours):
        longer, who = (theirs, "docker") if len(theirs) > len(ours) else (ours, "ours")
        return f"more entries\n  {who}: {longer[min(len(theirs), len(ours))]}"
    return "the same entries in other bytes"


def _known(case, theirs, ours):
    known = _known_difference(case, theirs, ours)
    return known and Verdict(known.name)


def _known_difference(case, theirs, ours):
    node = case.node(_resolved_dockerfile(case))
    if ours.archive is None:
        if "Error matching" in theirs.words and reason(ours) == "pattern":
            return LATE_PATTERN
        if "Can't add file" in theirs.words or "Can't stat file" in theirs.words:
            return SILENT
        if theirs.archive is not None and "Illegal byte sequence" in ours.words or "Invalid or incomplete" in ours.words:
            return FOREIGN_NAME
        ignore_file = case.node(b".dockerignore")
        if ignore_file is not None and ignore_file.kind == "link" and "Invalid argument" in ours.words:
            return OUTSIDE_IGNORE_FILE
        if "directory" in ours.words or node is not None and node.kind not in ("file", "hard"):
            return NO_DOCKERFILE_TEXT
        return None
    if theirs.archive is None:
        if "write too long" in theirs.words and case.node(b".dockerignore").kind == "link":
            return LINKED_IGNORE_FILE
        if "no permission to read" in theirs.words and any(
            node.kind in ("socket", "character", "block") and theirs.words.rstrip().endswith(_shown(node.path) + "'")
            for node in case.nodes
        ):
            return SPECIAL_FILE
        if "no permission to read" in theirs.words and _has_exception(case):
            return EARLY_EXCEPTION
        if "can't stat" in theirs.words:
            return UNLISTABLE
        if "syntax error in pattern" in theirs.words:
            return EARLY_PATTERN
        return None
    ignore_file = case.node(b".dockerignore")
    if ignore_file is not None and ignore_file.kind == "link" and ignore_file.data.startswith((b"/", b"..")):
        return OUTSIDE_IGNORE_FILE
    dockerfile = theirs.dockerfile
    if set(dockerfile) & METACHARACTERS:
        return DOCKERFILE_AS_PATTERN
    their_entries = archive.entries(theirs.archive)
    more = [entry for entry in archive.entries(archive.without_guard(ours.archive)) if entry not in their_entries]
    if [entry.name for entry in more] == [dockerfile]:
        return LOST_DOCKERFILE
    return None


def _has_exception(case):
    ignore_file = case.node(b".dockerignore")
    return ignore_file is not None and any(line.lstrip().startswith(b"!") for line in ignore_file.data.split(b"\n"))


def _shown(path):
    """As `Outcome.words` have it."""
    return "/" + path.decode("utf-8", "replace")


def _resolved_dockerfile(case):
    """Where its name leads by text alone."""
    name = case.file or case.root + b"/Dockerfile"
    return posixpath.normpath(name).partition(b"/")[2]


# BuildKit


def buildkit(case, ours):
    """Between the model and our outcome."""
    if case.file is not None and not _is_utf8(case.file):
        return BOTH_REFUSE if ours.archive is None else _failure("taken under a name that is not UTF-8")
    dockerfile = _resolved_dockerfile(case)
    if case.file is None and case.node(dockerfile) is None:
        dockerfile = b"dockerfile"
    node = case.node(dockerfile)
    if node is None or node.kind not in ("file", "hard") or not _is_utf8(dockerfile):
        return BOTH_REFUSE if ours.archive is None else Verdict("Dockerfile that is not the model's to find")
    if case.node(b".dockerignore") is not None and case.node(b".dockerignore").kind != "file":
        return Verdict("ignore file that is not the model's to find")
    try:
        expected = [_described(case, path) for path in model.sent(case, dockerfile)]
    except ValueError:
        return BOTH_REFUSE if ours.archive is None else _failure("a pattern is taken that cannot be used")
    if ours.archive is None:
        return _failure(f"refused: {ours.words}")
    firsts = {}
    for index, (path, first, fields) in enumerate(expected):
        link = firsts.setdefault(first, path)
        if link != path:
            expected[index] = (path, first, ("hard", fields[1], 0, link, b""))
    expected = [(path, fields) for path, _, fields in expected]
    found = [
        (entry.name, (entry.kind, entry.mode, entry.size, entry.link, entry.content))
        for entry in archive.entries(archive.without_guard(ours.archive))
    ]
    if found == expected:
        return Verdict("as the model")
    for ours_, models in zip(found, expected):
        if ours_ != models:
            return _failure(f"other entries\n  model: {models}\n  ours:  {ours_}")
    return _failure(f"{len(found)} entries instead of {len(expected)}")


def _is_utf8(name):
    try:
        return name.decode() is not None
    except UnicodeDecodeError:
        return False


def _described(case, path):
    """The path, what it shares with its hard links, and what its entry should say."""
    node = case.node(path)
    first = node
    while first.kind == "hard":
        first = case.node(first.data)
    mode = 0o777 if first.kind == "link" else stat.S_IMODE(first.mode)
    content = first.data + bytes(max(0, first.size - len(first.data))) if first.kind == "file" else b""
    link = first.data if first.kind == "link" else b""
    return path, first.path, (first.kind, mode, len(content), link, content)
