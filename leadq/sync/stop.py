"""The end of a watcher: asked for by a signal or by whoever started it, and never waited for longer than it may take.

A cycle runs in a thread of its own. When a stop is asked for, its child takes no new command; after `DRAIN_S` the child
is killed, so that what it had been given is unknown; and a thread that goes on all the same is left behind: whatever it
was at is a transaction, which SQLite takes back.
"""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from leadq.errors import Exit
from leadq.sync.ports import SystemTicks
from leadq.sync.supervisor import Child

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from leadq.sync.ports import Ticks
    from leadq.sync.protocol import Fire, Open
    from leadq.sync.report import SyncReport
    from leadq.sync.run import OpenChild

DRAIN_S: Final = 10.0
"""How long what is under way may go on: systemd and Windows kill after 90 and 20 seconds."""

OWNED: Final = "LEADQ_OWNED"
"""Set by whoever starts a watcher that must not outlive them: it ends when its standard input does."""

_LAST_S: Final = 2.0  # for writing down what became of a child that was killed
_POLL_S: Final = 0.1


class Stop:
    """Whether an end was asked for, with which exit status, and whether it may still be waited for."""

    def __init__(self, ticks: Ticks) -> None:
        self._ticks = ticks
        self._asked_s: float | None = None
        self.status = Exit.DONE

    def ask(self, status: Exit = Exit.DONE) -> None:
        """End soon; a second Ctrl-C: at once. From any thread, and from a signal handler."""
        if self._asked_s is None:
            self._asked_s, self.status = self._ticks.monotonic(), status
        elif status is Exit.INTERRUPTED:
            self._asked_s = self._ticks.monotonic() - DRAIN_S

    @property
    def asked(self) -> bool:
        """Whether to begin nothing new."""
        return self._asked_s is not None

    @property
    def over(self) -> bool:
        """Whether what is under way has had its time."""
        return self._asked_s is not None and self._ticks.monotonic() - self._asked_s >= DRAIN_S


@contextmanager
def heeded(stop: Stop) -> Iterator[None]:
    """Let Ctrl-C, SIGTERM and the end of the terminal ask `stop`. Only in the main thread."""
    wanted = {signal.SIGINT: Exit.INTERRUPTED, signal.SIGTERM: Exit.DONE}
    if hasattr(signal, "SIGHUP"):
        wanted[signal.SIGHUP] = Exit.DONE
    before = {number: signal.signal(number, _asking(stop, status)) for number, status in wanted.items()}
    if os.environ.get(OWNED):
        threading.Thread(target=_until_left, args=(stop,), daemon=True).start()
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _asking(stop: Stop, status: Exit) -> Callable[[int, object], None]:
    return lambda _number, _frame: stop.ask(status)


def _until_left(stop: Stop) -> None:
    while os.read(0, 1):
        pass
    stop.ask()


def to_its_end(work: Callable[[OpenChild], SyncReport], on_drain: Callable[[], None]) -> SyncReport:
    """Run `work` once; a signal lets what is under way end, which `on_drain` hears of, and nothing new begin.

    Raises KeyboardInterrupt after Ctrl-C, and when `work` did not end in time.
    """
    stop = Stop(SystemTicks())
    with heeded(stop):
        report = Drained(stop, lambda _name, open_child: work(open_child), on_drain)("")
    if report is None or stop.status is Exit.INTERRUPTED:
        raise KeyboardInterrupt
    return report


class Drained:
    """Runs `work` of one connection after the other, each within what `stop` leaves it; `on_drain`: it has to wait."""

    def __init__(
        self, stop: Stop, work: Callable[[str, OpenChild], SyncReport], on_drain: Callable[[], None] = lambda: None
    ) -> None:
        self._stop, self._work, self._on_drain = stop, work, on_drain
        self._child: Child | None = None

    def __call__(self, name: str) -> SyncReport | None:
        """What `work` returned or raised; None when it did not end in time."""
        reports: list[SyncReport] = []
        errors: list[BaseException] = []

        def run() -> None:
            try:
                reports.append(self._work(name, self._open))
            except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
                errors.append(error)

        thread = threading.Thread(target=run, name=f"leadq-cycle-{name}", daemon=True)
        thread.start()
        self._await(thread)
        if errors:
            raise errors[0]
        return reports[0] if reports else None

    def _await(self, thread: threading.Thread) -> None:
        while thread.is_alive() and not self._stop.asked:
            thread.join(_POLL_S)
        if not thread.is_alive():
            return
        if self._child:
            self._child.halt()  # one that is opened from now on is halted there
        self._on_drain()
        while thread.is_alive() and not self._stop.over:
            thread.join(_POLL_S)
        if thread.is_alive() and self._child:
            self._child.kill()
            thread.join(_LAST_S)

    def _open(self, order: Open | Fire, ticks: Ticks) -> Child:
        self._child = Child(order, ticks)
        if self._stop.asked:
            self._child.halt()
        return self._child
