"""A thread that does one thing after another, so that the screen never waits for the disk."""

from __future__ import annotations

import threading
from collections.abc import Callable

Job = Callable[[], None]


class Hand:
    """Does jobs in the order in which they came. A newer job of the same kind replaces one that has not begun.

    Its jobs report back by posting messages. What one of them raises all the same goes to `failed`, and the next one
    has its turn. The thread is a daemon: what it is at when the program ends is a transaction, which SQLite takes back.
    """

    def __init__(self, name: str, failed: Callable[[Exception], None] = lambda error: None) -> None:
        self._failed = failed
        self._waiting: dict[str, Job] = {}
        self._bell = threading.Condition()
        self._stopped = False
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    def ask(self, kind: str, job: Job) -> None:
        """Put `job` behind the others, or in the place of one of the same kind."""
        with self._bell:
            if not self._stopped:
                self._waiting[kind] = job
                self._bell.notify()

    def stop(self, timeout_s: float, *, finish: bool = False) -> None:
        """Wait a moment for what has begun, and forget what has not; `finish`: wait for that too."""
        with self._bell:
            self._stopped = True
            if not finish:
                self._waiting.clear()
            self._bell.notify()
        self._thread.join(timeout_s)

    def _work(self) -> None:
        while (job := self._next()) is not None:
            try:
                job()
            except Exception as error:  # noqa: BLE001 - else the screen would wait for ever for what comes after it
                self._failed(error)

    def _next(self) -> Job | None:
        with self._bell:
            while not self._waiting and not self._stopped:
                self._bell.wait()
            if not self._waiting:
                return None
            return self._waiting.pop(next(iter(self._waiting)))
