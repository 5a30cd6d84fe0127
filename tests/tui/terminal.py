"""The program itself on a pseudo-terminal."""

from __future__ import annotations

import os
import pty
import select
import signal
import sys
from collections.abc import Iterable, Iterator, Mapping

from leadq.paths import Home

_PATIENCE_S = 20


def play(home: Home, script: Iterable[tuple[bytes, bytes]], environment: Mapping[str, str] | None = None) -> bytes:
    """Show `home` on a terminal; send each answer once its cue has come since the last one. All that was written.

    It ends with the program, or at a cue whose answer is empty.
    """
    command = [sys.executable, "-m", "leadq", "--home", str(home.config.parent), "--now", "2026-05-13T13:00:00Z"]
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "COLUMNS": "120", "LINES": "40"}
        os.environ |= environment or {}
        os.execv(command[0], command)
    try:
        return _played(terminal, iter(script))
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(terminal)


def _played(terminal: int, steps: Iterator[tuple[bytes, bytes]]) -> bytes:
    everything, since = b"", b""
    cue, answer = next(steps)
    while select.select([terminal], [], [], _PATIENCE_S)[0]:
        try:
            chunk = os.read(terminal, 65536)
        except OSError:  # the program has ended
            break
        everything, since = everything + chunk, since + chunk
        if cue and cue in since:
            if not answer:
                return everything
            os.write(terminal, answer)
            since = b""
            cue, answer = next(steps, (b"", b""))
    assert not cue, f"{cue!r} never came: {everything[-2000:]!r}"
    return everything
