"""leadq in a terminal that somebody looks at: tmux, and nothing but its keys and its screen."""

from __future__ import annotations

import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from leadq.tui.widgets.lead_list import POINTER

COLUMNS, LINES = 120, 40
PATIENCE_S: Final = 30.0
_LOOK_S: Final = 0.05


def installed() -> bool:
    """Whether there is a tmux here."""
    return shutil.which("tmux") is not None


@dataclass(frozen=True, slots=True)
class Tmux:
    """One session on a server of its own, at `socket`. `evidence` is told with what never came."""

    socket: Path
    evidence: Callable[[], str] = str

    def press(self, *keys: str) -> None:
        """Send keys, by tmux's names or as letters."""
        self._do("send-keys", "-t", "leadq", *keys)

    @property
    def screen(self) -> str:
        """What stands there now; empty once the program has left."""
        return self._do("capture-pane", "-p", "-t", "leadq", check=False)

    @property
    def pointed(self) -> str:
        """The name on the pointer's line: the words before two spaces, after the state and the time."""
        line = next(line for line in self.screen.splitlines() if line.startswith(POINTER))
        return re.split(r"\s{2,}", line)[2].strip()

    def until(self, *words: str) -> str:
        """Wait until all of these are on the screen; the screen. Raises AssertionError with it when they never are."""
        deadline = time.monotonic() + PATIENCE_S
        while not all(word in (screen := self.screen) for word in words):
            assert time.monotonic() < deadline, f"{words} never came:\n{screen}\n{self.evidence()}"
            time.sleep(_LOOK_S)
        return screen

    def until_elsewhere(self, name: str) -> None:
        """Wait until the pointer is on another lead: that a verb is done is told before the list is read anew."""
        deadline = time.monotonic() + PATIENCE_S
        while self.pointed == name:
            assert time.monotonic() < deadline, f"the pointer stayed on {name}:\n{self.screen}"
            time.sleep(_LOOK_S)

    def until_left(self) -> None:
        """Wait until the program has ended, and the session with it."""
        deadline = time.monotonic() + PATIENCE_S
        while self.screen:
            assert time.monotonic() < deadline, f"it did not leave:\n{self.screen}"
            time.sleep(_LOOK_S)

    def _do(self, *words: str, check: bool = True) -> str:
        command = ["tmux", "-S", str(self.socket), *words]
        return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=check).stdout


@contextmanager
def terminal(
    folder: Path, words: list[str], env: Mapping[str, str], evidence: Callable[[], str] = str
) -> Iterator[Tmux]:
    """Run `words` in a session of 120 by 40, whose socket is in `folder`; the server ends with the block."""
    tmux = Tmux(folder / "tmux", evidence)
    size = ("-x", str(COLUMNS), "-y", str(LINES))
    start = ["tmux", "-S", str(tmux.socket), "-f", "/dev/null", "-u", "new-session", "-d", "-s", "leadq", *size, *words]
    subprocess.run(start, env=dict(env), check=True, capture_output=True)
    try:
        yield tmux
    finally:
        tmux._do("kill-server", check=False)
