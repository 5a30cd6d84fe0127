"""A program in a terminal of its own: what it wrote and when, and the screen that this makes.

The bytes are stamped as they arrive and put on an emulated screen afterwards, so that the emulator, which is slow, is
not part of what is measured. Like a plain terminal it answers no question.
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pyte

COLUMNS, LINES = 120, 40
_QUIET_S = 0.7
_LIMIT_S = 30.0

Screen = list[str]


@dataclass
class Program:
    """A running program; `heard` is when each piece of its output came, in seconds since the fork."""

    pid: int
    descriptor: int
    started_s: float
    heard: list[tuple[float, bytes]] = field(default_factory=list)

    def listen(self, until_s: float, quiet_s: float = _LIMIT_S) -> None:
        """Take its output until `until_s` seconds after the fork, or until it says nothing more for `quiet_s`.

        Raises RuntimeError when it ends by itself.
        """
        while (left := until_s - self.age_s) > 0:
            if not self.hear(min(left, quiet_s)) and self.heard and left > quiet_s:
                return

    @property
    def age_s(self) -> float:
        """Seconds since the fork."""
        return time.monotonic() - self.started_s

    def hear(self, patience_s: float) -> bytes:
        """The next piece of its output, once it is there; nothing when none comes within `patience_s`."""
        if not select.select([self.descriptor], [], [], patience_s)[0]:
            return b""
        at_s, piece = self.age_s, self._next()
        self.heard.append((at_s, piece))
        return piece

    def type(self, keys: bytes) -> float:
        """Send it what somebody types; when that was."""
        at_s = self.age_s
        os.write(self.descriptor, keys)
        return at_s

    def _next(self) -> bytes:
        try:
            return os.read(self.descriptor, 1 << 20)
        except OSError as error:  # how Linux says that nobody is at the other end any more
            said = b"".join(piece for _at, piece in self.heard)[-8000:].decode("utf-8", "replace")
            raise RuntimeError(f"the program ended by itself; it had written: {said}") from error

    def screens(self) -> Iterator[tuple[float, Screen]]:
        """The screen after each piece of output, and when it was so."""
        screen = pyte.Screen(COLUMNS, LINES)
        stream = pyte.ByteStream(screen)
        for at_s, piece in self.heard:
            stream.feed(piece)
            yield at_s, screen.display


@contextmanager
def running(words: list[str], env: dict[str, str]) -> Iterator[Program]:
    """Start it in a new terminal of 120 by 40; it is killed at the end."""
    started_s = time.monotonic()
    pid, descriptor = pty.fork()
    if pid == 0:
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
        os.execve(words[0], words, env)
    try:
        yield Program(pid, descriptor, started_s)
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(descriptor)


def settled(words: list[str], env: dict[str, str], seconds: float) -> Screen:
    """The screen that it shows after so long."""
    with running(words, env) as program:
        program.listen(seconds)
        return [screen for _at, screen in program.screens()][-1]


def first_paint(words: list[str], env: dict[str, str], painted: Callable[[Screen], bool]) -> float:
    """Seconds from the fork to the first screen of which `painted` is true. Raises RuntimeError when none is."""
    with running(words, env) as program:
        program.listen(_LIMIT_S, _QUIET_S)
    screen: Screen = []
    for at_s, screen in program.screens():
        if painted(screen):
            return at_s
    last = "\n".join(screen)
    raise RuntimeError(f"{' '.join(words)} never painted what was looked for; its last screen:\n{last}")
