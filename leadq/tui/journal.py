"""What the screen itself met since it is up: each failure of a worker and each sync, so that a toast is not the last
that is heard of it. Kept in memory: what happened to leads is in the events, how connections stand in the database."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from leadq.errors import Exit

if TYPE_CHECKING:
    from leadq.clock import Clock
    from leadq.errors import LeadqError

_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Note:
    """One sentence, when it was said (milliseconds UTC), what there is to report of it; `well`: it was good news."""

    at_ms: int
    text: str
    detail: str = ""
    well: bool = False


class Journal:
    """The newest notes. Threads write them and the screen reads them: a deque needs no lock for either."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._notes: deque[Note] = deque(maxlen=_MOST)

    def trouble(self, kind: str, error: LeadqError) -> None:
        """Keep a failure, with its places where it was none that was foreseen; what a rule refuses is none."""
        if error.exit_status == Exit.REFUSED:
            return
        text = " ".join(filter(None, (error.message, error.hint)))
        self._notes.append(Note(self._clock.now_ms(), text, _places(kind, error) or f"{kind}: {error.code}"))

    def said(self, text: str, *, well: bool) -> None:
        """Keep what a sync or the watcher said."""
        self._notes.append(Note(self._clock.now_ms(), text, well=well))

    @property
    def notes(self) -> tuple[Note, ...]:
        """All of them, newest first."""
        return tuple(self._notes)[::-1]


def _places(kind: str, error: LeadqError) -> str:
    """Where it happened, a place a line; nothing that the error itself says, which may hold anybody's data."""
    if error.__cause__ is None:
        return ""
    from leadq.faults import Fault, versions  # for what should never happen

    fault = Fault.of(kind, error.__cause__)
    return "\n".join([versions(), f"{kind}: {fault.what}", *fault.where])
