"""The programs that are compared, and the socket that the docker client sends to."""

import dataclasses
import http.server
import os
import re
import socketserver
import subprocess
import threading
import urllib.parse

NOBODY = 65534
# Of one run; far more than any takes.
TIMEOUT = 120


@dataclasses.dataclass(frozen=True)
class Outcome:
    """What became of a context: an archive, or words that say why there is none."""

    # Nothing where the program refused. What a recorder kept of it, by docker's client.
    archive: bytes | None
    # What the program says of itself, errors included.
    words: str
    # Path of the Dockerfile in the archive, where it was asked for.
    dockerfile: bytes | None = None


class Recorder:
    """An Engine that answers every request as if all were well, and keeps the body of each build by its tag.

    - collect: makes of a body's pieces what is kept of it."""

    def __init__(self, directory, collect=b"".join):
        self.address = os.path.join(directory, "engine.sock")
        self._lock = threading.Lock()
        self._builds = {}
        recorder = self

        class Handler(_Handler):
            def keep(self, query, pieces):
                body = collect(pieces)
                with recorder._lock:
                    recorder._builds[query["t"][0]] = (query, body)

        self._server = _Server(self.address, Handler)
        # The client may run as somebody else.
        os.chmod(self.address, 0o666)
        self._thread = threading.Thread(target=self._server.serve_forever, name="recorder")
        self._thread.start()

    def take(self, tag):
        """The query and body of a build; nothing if it was never asked for."""
        with self._lock:
            return self._builds.pop(tag, None)

    def stop(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class _Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 64

    def handle_error(self, request, client_address):
        """A client that goes away is seen by its own end."""


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_HEAD(self):
        self._answer(b"")

    def do_GET(self):
        self._answer(b'{"ApiVersion":"1.41","Version":"20.10.24","Os":"linux","Arch":"amd64"}')

    def do_POST(self):
        target = urllib.parse.urlsplit(self.path)
        if target.path.endswith("/build"):
            # Names of files may be any bytes.
            query = urllib.parse.parse_qs(target.query, encoding="utf-8", errors="surrogateescape")
            self.keep(query, self._body())
        else:
            b"".join(self._body())
        self._answer(b'{"stream":"done\\n"}\r\n')

    def _body(self):
        """Its pieces."""
        if self.headers.get("Transfer-Encoding") != "chunked":
            yield self.rfile.read(int(self.headers.get("Content-Length", "0")))
            return
        while size := int(self.rfile.readline(), 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def _answer(self, body):
        self.send_response(200)
        self.send_header("Api-Version", "1.41")
        self.send_header("Ostype", "linux")
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def address_string(self):
        return "unix"

    def log_message(self, format, *arguments):
        """Each run's own words are enough."""


def _run(case, command, directory, environment=None, timeout=TIMEOUT):
    if case.unprivileged and os.getuid() == 0:
        command = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--"] + command
    return subprocess.run(
        command,
        cwd=directory,
        env=environment,
        input=case.text if case.file == b"-" else b"",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        timeout=timeout,
        check=False,
    )


class Docker:
    """The installed client, told to use the builder without BuildKit."""

    def __init__(self, recorder, directory, timeout=TIMEOUT):
        self._recorder = recorder
        self._timeout = timeout
        self._environment = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": directory,
            "DOCKER_CONFIG": os.path.join(directory, "config"),
            "DOCKER_BUILDKIT": "0",
            "DOCKER_HOST": "unix://" + recorder.address,
        }
        os.mkdir(self._environment["DOCKER_CONFIG"])
        os.chmod(self._environment["DOCKER_CONFIG"], 0o755)

    @staticmethod
    def version():
        return subprocess.run(["docker", "--version"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()

    def outcome(self, case, directory):
        tag = f"case-{threading.get_ident()}"
        command = ["docker", "build", "-t", tag]
        if case.file is not None:
            command += ["-f", case.file]
        ran = _run(case, command + [case.root], directory, self._environment, self._timeout)
        words = ran.stderr.decode("utf-8", "replace")
        build = self._recorder.take(tag)
        if ran.returncode != 0 or build is None:
            return Outcome(None, words)
        query, archive = build
        # Without one the Engine takes `Dockerfile`, which the client leaves out of the query.
        dockerfile = query.get("dockerfile", ["Dockerfile"])[0].encode("utf-8", "surrogateescape")
        return Outcome(archive, words, dockerfile)


class Ours:
    """`swiftdock-ctl context tar`."""

    def __init__(self, program):
        self._program = program

    def outcome(self, case, directory, builder):
        command = [self._program, "context", "tar", "--builder", builder]
        if case.file is not None:
            command += ["--file", case.file]
        ran = _run(case, command + [case.root], directory)
        words = ran.stderr.decode("utf-8", "replace")
        return Outcome(ran.stdout if ran.returncode == 0 else None, words)


# What a refusal is about, by the words of either program; the first that fits.
_REASONS = [
    ("ignore file", re.compile(r"error reading \.dockerignore|Cannot read \S*\.dockerignore|the line is too long")),
    ("pattern", re.compile(r"syntax error in pattern|illegal exclusion pattern|cannot be used:")),
    ("unreadable", re.compile(r"no permission to read|can't stat|: [Pp]ermission denied")),
    (
        "Dockerfile",
        re.compile(
            r"symlinks in Dockerfile path|unable to open Dockerfile|open : no such"
            r"|There is no Dockerfile|Cannot use .*: (No such file|Not a directory)|too many links|symbolic links"
        ),
    ),
]


def reason(outcome):
    """What a refusal is about."""
    return next((name for name, words in _REASONS if words.search(outcome.words)), f"unknown: {outcome.words}")
