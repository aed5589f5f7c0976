"""A broker by way of pygls, the library for language servers in Python.

Written for the version in requirements.txt. What is special about it:

- Its own connections are for standard input and output, TCP and WebSockets. `run_async` reads from any stream, so from
  a Unix socket, too.
- Objects in results and params arrive as named tuples. A member that is absent in JSON is absent there, too. (What is
  no name in Python is renamed, so the broker's results have names only that are.) Errors arrive as JsonRpcException.
- A notification that came behind an answer may be dispatched before the coroutine that awaits the answer goes on. So
  what is heard is kept by its subscription, whether that is known yet or not.
"""

import asyncio
import collections
import os
import pathlib
import threading

from pygls.client import JsonRPCClient
from pygls.exceptions import JsonRpcException
from pygls.io_ import run_async


def same(what, expected, actual):
    if expected != actual:
        raise SystemExit(f"{what} is {actual!r}, not {expected!r}")


class Log:
    """What was heard of a subscription."""

    def __init__(self):
        self.lines = []
        self.has_lines = asyncio.Event()
        self.state = None
        self.has_ended = asyncio.Event()


broker = JsonRPCClient()
logs = collections.defaultdict(Log)


@broker.feature("logs.event")
def heard_events(params):
    log = logs[params.subscriptionId]
    for event in params.events:
        if getattr(event, "stream", None) == "stdout":
            log.lines.append(event.text)
            log.has_lines.set()


@broker.feature("logs.end")
def heard_end(params):
    log = logs[params.subscriptionId]
    log.state = params.state
    log.has_ended.set()


@broker.feature("build.state")
def heard_state(params):
    """Not of interest here; pygls warns of what it has no function for."""


async def connect():
    """Connects to the broker. The task ends when the connection does."""
    reader, writer = await asyncio.open_unix_connection(os.environ["SWIFTDOCK_SOCKET"])
    broker.protocol.set_writer(writer)
    return asyncio.create_task(run_async(threading.Event(), reader, broker.protocol))


async def call(method, params=None):
    return await broker.protocol.send_request_async(method, params)


async def main():
    connection = await connect()
    same("framing", "header", (await call("initialize", {"client": {"name": "pygls"}})).framing)

    # A build, its log, its end.
    build = await call("build", {"context": os.environ["QUICK"], "events": True})
    log = logs[build.subscriptionId]
    await log.has_ended.wait()
    same("end of the log", "succeeded", log.state)
    same("lines", pathlib.Path(os.environ["QUICK"], "lines").read_text("utf-8").splitlines(), log.lines)
    same("state", "succeeded", (await call("build.get", {"buildId": build.buildId})).state)

    try:
        same("answer", "an error", await call("build.get", {"buildId": "none"}))
    except JsonRpcException as error:
        same("error", (1201, "BuildNotFound"), (error.code, error.data["name"]))

    # A build that is cancelled.
    build = await call("build", {"context": os.environ["SLOW"], "events": True})
    log = logs[build.subscriptionId]
    await log.has_lines.wait()
    same("lines", ["sleeping"], log.lines)
    same("outcome", "stopping", (await call("cancel", {"buildId": build.buildId})).outcome)
    await log.has_ended.wait()
    same("end of the log", "cancelled", log.state)
    same("state", "cancelled", (await call("build.get", {"buildId": build.buildId})).state)

    # As clients of language servers take their leave. This ends the connection, not the broker.
    same("shutdown", None, await call("shutdown"))
    broker.protocol.notify("exit")
    await connection


asyncio.run(main())
