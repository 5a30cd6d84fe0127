"""Runs an adapter in a process of its own, and imports none.

Whatever the child does (answers, crashes, hangs, prints, dies) comes out of here as messages, the last of
them a `Failed` when it ended before its time. Deadlines are real seconds.
"""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, TypeVar

from leadq.i18n import N_
from leadq.plugins.sdk import Description, Found, Page, Result
from leadq.sync.asking import Describe, Introduce, Introduction, Plan, Prepare, Steps
from leadq.sync.delivering import Deliver
from leadq.sync.exchanging import Exchange, Exchanged
from leadq.sync.fetching import Fetch, Fetched
from leadq.sync.heard import Heard
from leadq.sync.hearing import Hearing
from leadq.sync.protocol import (
    MAX_LINE,
    Done,
    Failed,
    Fire,
    Lookup,
    Message,
    Open,
    ProtocolError,
    Pull,
    Push,
    Ready,
    Tidy,
    Used,
    encode,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from typing import IO

    from leadq.plugins.sdk import Change, Ref, Step
    from leadq.sync.ports import Ticks

_KEPT: Final = frozenset(
    (
        *("PATH", "HOME", "USER", "LOGNAME", "LANG", "TZ", "TMPDIR", "TEMP", "TMP"),
        *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "USERPROFILE"),
        *("APPDATA", "LOCALAPPDATA", "PROGRAMDATA"),
        *("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"),
        *("SSL_CERT_FILE", "SSL_CERT_DIR", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"),
    )
)
"""What a child gets of our environment: how to run and how to reach the network, and no program's tokens."""

_LAST_WORDS_S: Final = 2.0  # how long a child that was told to end, or has hung up, may take before it is killed
_AT_ONCE: Final = 1 << 16  # bytes: what a pipe holds
M = TypeVar("M", Result, Page, Found, Failed, Description, Steps, Exchanged)


class Child:
    """One plugin's process, from `Open`, `Fire`, `Introduce`, `Deliver` or `Fetch` to its end.

    A context manager: no process is left behind.
    """

    def __init__(self, order: Open | Fire | Introduce | Deliver | Fetch, ticks: Ticks) -> None:
        self._order = order
        self._hearing = Hearing(order.secrets.values() if isinstance(order, Open) else ())
        self._ticks = ticks
        self._deadline = ticks.monotonic() + order.timeout_s
        self._lines = Heard()
        self._over: Failed | None = None
        self._halted = False
        self.used = Used()

    def __enter__(self) -> Child:
        self._process = subprocess.Popen(
            # -P: a module in the current folder must not pass for one of ours.
            [sys.executable, "-P", "-m", "leadq.sync.child"],
            bufsize=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a plugin's prints are not for the screen
            env=environment(os.environ),
            start_new_session=True,  # Ctrl-C is ours to answer; and a kill takes its own children along
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._stdin = self._process.stdin
        self._reader = threading.Thread(target=_read, args=(self._process.stdout, self._lines), daemon=True)
        self._reader.start()
        self._send(self._order)
        return self

    def __exit__(self, *_: object) -> None:
        if self._over or self._writer.is_alive():
            self.kill()
        self._lines.no_more()
        self._writer.join(_LAST_WORDS_S)
        self._stdin.close()  # the child reads the end of its orders
        if self._ended() is None:
            self.kill()
        self._reader.join(_LAST_WORDS_S)

    def halt(self) -> None:
        """Take no new command: what is under way goes on, and of the next one nothing leaves. From any thread."""
        self._halted = True

    def kill(self) -> None:
        """End the process and its own children at once, if it runs; who waits for an answer hears that it died."""
        process = getattr(self, "_process", None)
        if process is None or process.poll() is not None:
            return
        if sys.platform == "win32":
            process.kill()
        else:
            with suppress(ProcessLookupError):  # another thread was told of its end meanwhile
                os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def ready(self) -> Ready | Failed:
        """What the adapter can do, or why it cannot be used."""
        message = self._next()
        return message if isinstance(message, Ready | Failed) else self._garbled(type(message).__name__)

    def push(self, changes: Sequence[Change]) -> Iterator[list[Result | Failed]]:
        """Send `changes`; yield the answers as they come, together those that are there together.

        A `Failed` without op_id is the last answer of all. A change that got no answer is unknown, unless
        that `Failed` says that nothing left.
        """
        self._command(Push(tuple(changes)))
        while True:
            burst = [self._answer(Result)]
            while burst[-1] and not self._over and not self._lines.is_empty():
                burst.append(self._answer(Result))
            yield [answer for answer in burst if answer]
            if self._over or not burst[-1]:
                return

    def pull(self, cursor: str | None, scope: Mapping[str, str]) -> Iterator[Page | Failed]:
        """The pages from `cursor` on; a `Failed` is the last."""
        self._command(Pull(cursor, scope))
        return self._answers(Page)

    def lookup(self, refs: Sequence[Ref]) -> Iterator[Found | Failed]:
        """What is at each of `refs`; a `Failed` is the last."""
        self._command(Lookup(tuple(refs)))
        return self._answers(Found)

    def tidy(self, external_id: str, op_id: str) -> Failed | None:
        """Leave one timeline entry of the op; what went wrong, if anything did."""
        self._command(Tidy(external_id, op_id))
        answer = self._answer(Failed)
        return answer if isinstance(answer, Failed) else None

    def introduced(self) -> Introduction | Failed:
        """What the adapter of an `Introduce` wants to be given, or why it cannot be used."""
        message = self._next()
        return message if isinstance(message, Introduction | Failed) else self._garbled(type(message).__name__)

    def describe(self) -> Description | Failed:
        """The fields, picklists and owners at the other end."""
        return self._only(Describe(), Description)

    def plan(self) -> tuple[Step, ...] | Failed:
        """What would have to be created there."""
        answer = self._only(Plan(), Steps)
        return answer if isinstance(answer, Failed) else answer.steps

    def prepare(self, steps: Sequence[Step]) -> Failed | None:
        """Create `steps`; what went wrong, if anything did."""
        self._command(Prepare(tuple(steps)))
        answer = self._answer(Failed)
        return answer if isinstance(answer, Failed) else None

    def exchange(self, word: str, what: Mapping[str, Any]) -> Mapping[str, Any] | Failed:
        """Say something to a hub; its answer."""
        answer = self._only(Exchange(word, what), Exchanged)
        return answer if isinstance(answer, Failed) else answer.what

    def _only(self, command: Message, kind: type[M]) -> M | Failed:
        """The one answer to a command that has one."""
        self._command(command)
        answers = list(self._answers(kind))
        if len(answers) == 1 or self._over:
            return answers[-1]
        return self._garbled(f"{len(answers)} answers")

    def fired(self) -> Failed | None:
        """Wait until the alerts of a `Fire` were heard, or a `Deliver` was; what went wrong, if anything did."""
        message = self._next()
        if isinstance(message, Done):
            return None
        return message if isinstance(message, Failed) else self._garbled(type(message).__name__)

    def fetched(self) -> Fetched | Failed:
        """What the source of a `Fetch` has."""
        message = self._next()
        return message if isinstance(message, Fetched | Failed) else self._garbled(type(message).__name__)

    def _answers(self, kind: type[M]) -> Iterator[M | Failed]:
        while (answer := self._answer(kind)) is not None:
            yield answer
            if self._over:
                return

    def _answer(self, kind: type[M]) -> M | Failed | None:
        """The next answer; None when the command is done."""
        message = self._next()
        if isinstance(message, Done):
            return None
        return message if isinstance(message, kind | Failed) else self._garbled(type(message).__name__)

    def _command(self, message: Message) -> None:
        if self._halted:
            self._over = self._over or Failed("stopped", N_("Sync was stopped; what is left goes out the next time."))
        else:
            self._send(message)

    def _send(self, message: Message) -> None:
        """Write from a thread: a child that does not read must not hold us past the deadline."""
        self._writer = threading.Thread(target=_write, args=(self._stdin, encode(message)), daemon=True)
        self._writer.start()

    def _next(self) -> Message:
        if self._over:
            return self._over
        line = self._lines.get(max(self._deadline - self._ticks.monotonic(), 0))
        if line is None:
            self._over = Failed("deadline", N_("The adapter did not end in time and was stopped."))
            return self._over
        if not line:
            self._over = Failed("died", N_("The adapter’s process died ({how})."), {"how": self._how()})
            return self._over
        try:
            message = self._hearing.message(line)
        except ProtocolError as error:
            return self._garbled(str(error))
        if isinstance(message, Used):
            self.used = message
            return self._next()
        if isinstance(message, Failed) and not message.op_id:
            self._over = message
        return message

    def _garbled(self, why: str) -> Failed:
        params = {"why": self._hearing.sentence(why)}
        self._over = Failed("garbled", N_("The adapter’s process did not answer as agreed ({why})."), params)
        return self._over

    def _how(self) -> str:
        code = self._ended()
        if code is None:
            return "?"
        names = {-number.value: number.name for number in signal.Signals}
        return names.get(code, f"exit {code}")

    def _ended(self) -> int | None:
        try:
            return self._process.wait(_LAST_WORDS_S)
        except subprocess.TimeoutExpired:
            return None


def environment(ours: Mapping[str, str]) -> dict[str, str]:
    """The environment of a child: the allowed part of `ours`, and UTF-8 for whatever it prints or opens."""
    kept = {name: value for name, value in ours.items() if name.upper() in _KEPT or name.startswith("LC_")}
    return kept | {"PYTHONUTF8": "1"}


def _read(pipe: IO[bytes], lines: Heard) -> None:
    """Hand on every line, then an empty one. Runs in a thread, which alone reads and closes the pipe."""
    with io.BufferedReader(pipe, _AT_ONCE) as stream:  # type: ignore[type-var]
        while line := stream.readline(MAX_LINE):
            lines.put(line)
    lines.put(b"")


def _write(pipe: IO[bytes], data: bytes) -> None:
    left = memoryview(data)
    try:
        while left:
            left = left[pipe.write(left) :]
    except OSError:
        return  # the child is gone: its end of the other pipe tells how
