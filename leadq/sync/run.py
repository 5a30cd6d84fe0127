"""What the cycles of one run share, and the adapter that a cycle talks to."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from leadq.i18n import _

if TYPE_CHECKING:
    from pathlib import Path

    from leadq.plugins.sdk import Change, Found, Page, Ref, Result
    from leadq.sqlite import Store
    from leadq.sync.ports import Ticks
    from leadq.sync.protocol import Failed, Open, Ready, Used

Progress = Callable[[str, int, int], None]
"""Called with a connection's name, how many ops are through, and how many there are."""


class Talk(Protocol):
    """A running adapter, as a cycle needs it; see `supervisor.Child`. A `Failed` without op_id is its last word."""

    @property
    def used(self) -> Used: ...
    def ready(self) -> Ready | Failed: ...
    def push(self, changes: Sequence[Change]) -> Iterator[list[Result | Failed]]: ...
    def pull(self, cursor: str | None, scope: Mapping[str, str]) -> Iterator[Page | Failed]: ...
    def lookup(self, refs: Sequence[Ref]) -> Iterator[Found | Failed]: ...
    def tidy(self, external_id: str, op_id: str) -> Failed | None: ...


OpenChild = Callable[["Open", "Ticks"], AbstractContextManager[Talk]]


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a run is asked to do; see `engine.run_sync`. `rewind_ms`: read again what changed since so long ago."""

    push: bool = True
    pull: bool = True
    full: bool = False
    rewind_ms: int = 0
    force_empty: bool = False
    one_shot: bool = True


@dataclass(frozen=True, slots=True)
class Run:
    """One run of sync: `now_ms` is the domain's time, `ticks` the machine's."""

    store: Store
    now_ms: int
    timeout_s: float
    wishes: Wishes
    on_progress: Progress
    ticks: Ticks
    open_child: OpenChild

    def lock(self, connection: str, suffix: str = "") -> Path:
        """A lock file of one connection."""
        return self.store.home.sync_lock(connection, suffix)


class Stopped(Exception):
    """The adapter, or another run, ended this cycle: `failure` says why."""

    def __init__(self, failure: Failed) -> None:
        super().__init__(failure.message)
        self.failure = failure


def worded(failure: Failed) -> str:
    """The failure as one sentence in the user's language."""
    sentence = _(failure.message)
    try:
        return sentence.format_map(failure.params)
    except (KeyError, IndexError, ValueError, AttributeError):
        return sentence  # a plugin's own sentence may have braces that mean nothing
