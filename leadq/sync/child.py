"""The process that runs one adapter: `python -m leadq.sync.child`, started by the supervisor only.

It has no database and gets its secrets by pipe. What a plugin prints goes to standard error, where it can
break nothing; what it raises becomes one `Failed`; how it dies, the supervisor sees.
"""

from __future__ import annotations

import faulthandler
import os
import sys
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

from leadq.lock import held
from leadq.plugins import manager
from leadq.plugins.manager import PluginFailure
from leadq.sync.asking import Introduce
from leadq.sync.delivering import Deliver, deliver
from leadq.sync.fetching import Fetch, fetch
from leadq.sync.protocol import MAX_LINE, Done, Failed, Fire, Message, Open, ProtocolError, decode, encode
from leadq.sync.serving import UnusableError, introduced, opened, told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from leadq.plugins.sdk import SlaEvent
    from leadq.sync.serving import Serving

MEMORY_BYTES: Final = 1 << 30
CPU_S: Final = 300
OPEN_FILES: Final = 256
_GRACE_S: Final = 1.0
_LOCK_WAIT_S: Final = 3.0  # a child whose supervisor was killed ends its write within this time, or hangs


class Line:
    """The private pipe to the supervisor."""

    def __init__(self, incoming: BinaryIO, outgoing: BinaryIO) -> None:
        self._incoming = incoming
        self._outgoing = outgoing

    def send(self, message: Message) -> None:
        """Say it now: what was said before a crash counts."""
        self._outgoing.write(encode(message))
        self._outgoing.flush()

    def read(self) -> bytes:
        """One line as it comes."""
        return self._incoming.readline(MAX_LINE)

    def say(self, line: bytes) -> None:
        """One line as it is."""
        self._outgoing.write(line + b"\n")
        self._outgoing.flush()

    def commands(self) -> Iterator[Message]:
        """What the supervisor asks for, until it hangs up."""
        while line := self._incoming.readline(MAX_LINE):
            yield decode(line)


def main() -> int:
    """Serve one supervisor until it hangs up."""
    line = private_line()
    limit_resources()
    serve(line)
    return 0


def serve(line: Line) -> None:
    """Open the adapter that the first command names, then do as told; the first failure ends it."""
    try:
        _obey_all(line)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin may raise anything; it is reported
        line.send(told(error))


def _obey_all(line: Line) -> None:
    commands = line.commands()
    order = next(commands)
    if isinstance(order, Fire):
        with _no_longer_than(order.timeout_s):
            line.send(_fire(order))
        return
    if isinstance(order, Deliver):
        with _no_longer_than(order.timeout_s):
            line.send(deliver(order))
        return
    if isinstance(order, Fetch):
        with _no_longer_than(order.timeout_s):
            line.send(fetch(order))
        return
    if isinstance(order, Introduce):
        with _no_longer_than(order.timeout_s):
            line.send(introduced(order))
        return
    if not isinstance(order, Open):
        raise ProtocolError(f"first of all open, not {type(order).__name__}")
    with _alone(order), _no_longer_than(order.timeout_s):
        _serve(opened(order), commands, line)


def _alone(order: Open) -> AbstractContextManager[None]:
    """The lock of a child that may write; one that may not meets nobody, and leaves no file."""
    return nullcontext() if order.dry_run else held(Path(order.lock), min(_LOCK_WAIT_S, order.timeout_s / 2))


def _serve(serving: Serving, commands: Iterator[Message], line: Line) -> None:
    try:
        for message in serving.ready():
            line.send(message)
        for command in commands:
            for message in serving.obey(command):
                line.send(message)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin may raise anything; it is reported
        for message in serving.ended(error):
            line.send(message)


@contextmanager
def _no_longer_than(seconds: float) -> Iterator[None]:
    """End this process soon after so long, even inside C code; for the case that nobody is left to kill it.

    Not at once: whoever is left goes first, and knows why.
    """
    with Path(os.devnull).open("w") as nowhere:
        faulthandler.dump_traceback_later(seconds + _GRACE_S, exit=True, file=nowhere)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()


def _fire(order: Fire) -> Done | Failed:
    """Let the plugin hear each alert; one that it fails at keeps no other from it."""
    hear = manager.hearing(order.plugin)
    if isinstance(hear, PluginFailure):
        raise UnusableError(hear)
    troubles = [trouble for event in order.events if hear and (trouble := _heard(hear, event))]
    return troubles[0] if troubles else Done()


def _heard(hear: Callable[[SlaEvent], None], event: SlaEvent) -> Failed | None:
    try:
        hear(event)
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin may raise anything; it is reported
        return told(error)
    return None


def private_line() -> Line:
    """Take the pipe away from standard input and output: no print of a plugin can touch it."""
    incoming, outgoing = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return Line(os.fdopen(incoming, "rb"), os.fdopen(outgoing, "wb"))


def limit_resources() -> None:
    """A plugin that runs away is stopped by the kernel before it takes the machine with it (POSIX only)."""
    if sys.platform == "win32":
        return
    import resource

    wanted = (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_S),
        (resource.RLIMIT_NOFILE, OPEN_FILES),
    )
    for what, limit in wanted:
        hard = resource.getrlimit(what)[1]
        soft = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
        try:
            resource.setrlimit(what, (soft, hard))
        except (ValueError, OSError):
            continue  # macOS refuses RLIMIT_AS; the other limits still hold


if __name__ == "__main__":
    sys.exit(main())
