"""A model of what BuildKit's client sends, for which there is no program to ask: which names, in which order.

It works on the description of a tree and never looks at one, and writes patterns as Python's expressions."""

import re

WHITE_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"
WILDCARDS = set("*[]?^\\")


def _text(raw):
    return raw.decode("utf-8", "surrogateescape")


def _cleaned(path):
    """As Go's filepath.Clean."""
    absolute = path.startswith("/")
    parts = []
    for part in path.split("/"):
        if part == ".." and parts and parts[-1] != "..":
            parts.pop()
        elif part == ".." and absolute or part in ("", "."):
            continue
        else:
            parts.append(part)
    return "/" * absolute + "/".join(parts) or "."


class Pattern:
    """One line of an ignore file."""

    def __init__(self, text, is_exception, literal=False):
        self.text = text
        self.is_exception = is_exception
        self._expression = re.compile(re.escape(text) if literal else self._translated(text))
        # Where everything below a directory is meant, that directory is what counts.
        below = text if literal else text.removesuffix("/**").removesuffix("/*")
        self.below = below
        self.is_plain = literal or not set(below) & WILDCARDS

    @staticmethod
    def _translated(text):
        rest = text.replace("**", "")
        if not set(rest) & set("*?[]\\"):
            # Literal text before, behind or between.
            if "**" not in text:
                return re.escape(text)
            if text == "**":
                return "(?s:.*)"
            if text.endswith("**") and text.count("**") == 1 and not text.startswith("**"):
                return re.escape(text[:-2]) + "(?s:.*)"
            if text.startswith("**") and text.count("**") == 1:
                ending = text[2:]
                # `/x` also means `x` at the root.
                return "(?s:.*)" + re.escape(ending) + ("|" + re.escape(ending[1:]) if ending.startswith("/") else "")
        expression = ""
        index = 0
        while index < len(text):
            if text.startswith("**", index):
                index += 3 if text.startswith("**/", index) else 2
                expression += "(?:.*/)?" if index < len(text) else ".*"
                continue
            character = text[index]
            index += 1
            if character == "*":
                expression += "[^/]*"
            elif character == "?":
                expression += "[^/]"
            elif character in "[]^-":
                expression += character
            else:
                expression += re.escape(character)
        return expression

    def matches(self, path):
        return self._expression.fullmatch(path) is not None


def patterns(ignore_file):
    """Those of an ignore file. Raises ValueError where one cannot be used."""
    found = []
    for number, line in enumerate(_text(ignore_file).split("\n")):
        line = line.removesuffix("\r")
        if number == 0:
            line = line.removeprefix("\ufeff")
        if line.startswith("#"):
            continue
        line = line.strip(WHITE_SPACE)
        is_exception = line.startswith("!")
        line = line[is_exception:].strip(WHITE_SPACE)
        if not line and not is_exception:
            continue
        line = _cleaned(line) if line else ""
        if is_exception and line in ("", "/"):
            raise ValueError("an exception without a pattern")
        found.append(Pattern(line[1:] if len(line) > 1 and line.startswith("/") else line, is_exception))
    return found


def ignore_file(case, dockerfile):
    """The contents of the one that counts; empty where there is none."""
    for name in (dockerfile + b".dockerignore", b".dockerignore"):
        node = case.node(name)
        if node is not None and node.kind == "file":
            return node.data
    return b""


def sent(case, dockerfile):
    """The paths that are sent, in their order. Sockets are not."""
    rules = patterns(ignore_file(case, dockerfile))
    if rules:
        rules.append(Pattern(_text(dockerfile), True, literal=True))
    children = {}
    for node in case.nodes:
        parent = node.path.rpartition(b"/")[0]
        children.setdefault(parent, []).append(node)
    return _Walk(rules, children).paths


class _Walk:
    def __init__(self, rules, children):
        self._rules = rules
        self._children = children
        self._skips = all(rule.is_plain for rule in rules if rule.is_exception)
        self.paths = []
        self._directory(b"", [False] * len(rules), [])

    def _directory(self, path, results, waiting):
        """`waiting` are the directories above that have no entry yet."""
        for node in sorted(self._children.get(path, []), key=lambda node: node.path.rpartition(b"/")[2]):
            excluded, found = self._judge(_text(node.path), results)
            is_directory = node.kind == "directory"
            if not excluded and (is_directory or node.kind != "socket"):
                self.paths += waiting + [node.path]
                waiting.clear()
            if is_directory and not (excluded and self._may_skip(_text(node.path))):
                inner = waiting + [node.path] if excluded else []
                before = len(self.paths)
                self._directory(node.path, found, inner)
                if len(self.paths) > before:
                    waiting.clear()

    def _judge(self, path, above):
        """Whether a path is excluded, and what each rule said of it."""
        excluded = False
        found = []
        for rule, hit in zip(self._rules, above):
            hit = hit or rule.is_exception == excluded and rule.matches(path)
            found.append(hit)
            if hit:
                excluded = not rule.is_exception
        return excluded, found

    def _may_skip(self, path):
        if not self._skips:
            return False
        return not any(rule.is_exception and (rule.below + "/").startswith(path + "/") for rule in self._rules)
