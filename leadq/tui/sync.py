"""`leadq sync` as processes of their own: adapters, HTTP and their troubles never come near the screen."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from leadq.clock import iso
from leadq.i18n import _, current

if TYPE_CHECKING:
    from collections.abc import Callable

    from leadq.clock import Clock
    from leadq.paths import Home


_STEPS_BACK: Final = 10
"""As `nice` counts: so the screen gets about nine times as much of a busy processor."""


class Keeper:
    """`leadq sync --watch` for as long as the screen is up.

    It holds the other end of the watcher's standard input, which closes however the screen ends, also when it is
    killed: the watcher then ends what is under way and follows, and nobody waits for it.
    """

    def __init__(self, home: Home, clock: Clock, on_end: Callable[[int], None]) -> None:
        """`on_end` hears of its exit status, from a thread of its own."""
        self._on_end = on_end
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter, and no word of it comes from outside
            [sys.executable, "-m", "leadq", "sync", "--watch", "-q", "--lang", current()],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**_environment(home, clock), "LEADQ_OWNED": "1"},
            start_new_session=True,  # when the terminal closes, that is ours to tell
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._step_back()
        threading.Thread(target=self._wait, name="leadq-watch", daemon=True).start()

    def close(self) -> None:
        """Let it go."""
        if self._process.stdin:
            self._process.stdin.close()

    def _step_back(self) -> None:
        """A key comes before what is fetched: where both want the processor, the watcher and its children wait."""
        if hasattr(os, "setpriority"):
            with suppress(OSError):  # it has ended already, or may not be told
                os.setpriority(os.PRIO_PROCESS, self._process.pid, _STEPS_BACK)

    def _wait(self) -> None:
        self._on_end(self._process.wait())


def run_sync(home: Home, clock: Clock) -> dict[str, Any]:
    """One cycle of every connection; what it printed, or an error of the same shape when that is not JSON."""
    finished = subprocess.run(  # noqa: S603 - our own interpreter, and no word of it comes from outside
        [sys.executable, "-m", "leadq", "sync", "--json", "--lang", current()],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        errors="replace",
        env=_environment(home, clock),
        check=False,
    )
    try:
        outcome = json.loads(finished.stdout)
    except ValueError:
        outcome = None
    return outcome if isinstance(outcome, dict) else _broken(finished)


def _environment(home: Home, clock: Clock) -> dict[str, str]:
    """Ours, for the same home at the same instant."""
    environment = dict(os.environ)
    if home.config.parent == home.data.parent and home.config.name == "config":
        environment["LEADQ_HOME"] = str(home.config.parent)
    if clock.frozen_ms is not None:
        environment["LEADQ_NOW"] = iso(clock.frozen_ms) or ""
    return environment


def _broken(finished: subprocess.CompletedProcess[str]) -> dict[str, Any]:
    last = (finished.stderr.strip().splitlines() or [""])[-1]
    message = _("Sync ended with status {status}. {last}").format(status=finished.returncode, last=last).strip()
    return {"ok": False, "error": {"code": "sync", "message": message, "hint": ""}}
