"""What was asked and answered, without secrets: for `--dry-run`, for tests, and for a bug report."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from leadq.sync.evidence import Meaning


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what became of it; all of it redacted. `meaning` is None for a write that a dry run refused.

    Of the query only the names are kept, of headers only the values that never hold a secret.
    """

    method: str
    path: str
    query: tuple[str, ...]
    headers: Mapping[str, str]
    body: Any
    status: int | None
    meaning: Meaning | None
    reply_headers: Mapping[str, str]


class Recorder:
    """The last `keep` exchanges of a run, each told and redacted when somebody looks: of most runs nobody does."""

    def __init__(self, keep: int = 1000) -> None:
        self._kept: deque[Callable[[], Exchange]] = deque(maxlen=keep)

    def note(self, exchange: Callable[[], Exchange]) -> None:
        """Keep one more, which tells itself."""
        self._kept.append(exchange)

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """In the order in which they happened."""
        return tuple(tell() for tell in self._kept)

    @property
    def refused(self) -> tuple[Exchange, ...]:
        """The writes that a dry run did not let out: its plan."""
        return tuple(each for each in self.exchanges if each.meaning is None)
