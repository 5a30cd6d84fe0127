"""The other end of a connection, in memory: it remembers what it was given, and fails as told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from leadq.plugins.sdk import Account, Change, Found, Page, Ref, Result
from leadq.sync.protocol import Failed, Kind, Open, Ready, Used

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from leadq.sync.ports import Ticks

Fault = Literal["", "before", "after", "silent", "retry", "transient", "limited", "auth", "reject", "conflict"]
"""What happens to one change: nothing; a death before or after it is applied; no answer; the typed
refusals. `before`, `after`, `transient`, `limited` and `auth` end the push."""

_ENDS: dict[str, Kind] = {
    "before": "died",
    "after": "died",
    "transient": "transient",
    "limited": "rate_limited",
    "auth": "auth",
}


@dataclass
class Outside:
    """A service that writes one op_id once (when it has the capability), and the child that talks to it."""

    capabilities: frozenset[str] = frozenset({"push", "idempotent_push"})
    faults: Callable[[Change], Fault] = lambda change: ""
    refuses: Failed | None = None
    retry_after: float | None = None
    applied: list[Change] = field(default_factory=list)
    pushes: list[list[str]] = field(default_factory=list)
    orders: list[Open] = field(default_factory=list)
    before_push: Callable[[], None] = lambda: None
    used: Used = field(default_factory=Used)

    def open(self, order: Open, ticks: Ticks) -> Outside:
        """In the place of `supervisor.Child`."""
        self.orders.append(order)
        return self

    def __enter__(self) -> Outside:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def ready(self) -> Ready | Failed:
        return self.refuses or Ready(self.capabilities, Account("outside"))

    def pull(self, cursor: str | None, scope: Mapping[str, str]) -> Iterator[Page | Failed]:
        yield Page((), cursor, more=False)

    def lookup(self, refs: Sequence[Ref]) -> Iterator[Found | Failed]:
        raise AssertionError("not a capability")

    def tidy(self, external_id: str, op_id: str) -> Failed | None:
        raise AssertionError("not a capability")

    def push(self, changes: Sequence[Change]) -> Iterator[list[Result | Failed]]:
        self.before_push()
        self.pushes.append([change.op_id for change in changes])
        for change in changes:
            fault = self.faults(change)
            if fault in ("", "after", "silent"):
                self._apply(change)
            answer = self._answer(change, fault)
            if answer:
                yield [answer]
            if fault in _ENDS:
                return

    def _apply(self, change: Change) -> None:
        known = change.op_id in {each.op_id for each in self.applied}
        if not known or "idempotent_push" not in self.capabilities:
            self.applied.append(change)

    def _answer(self, change: Change, fault: Fault) -> Result | Failed | None:
        if fault in _ENDS:
            return Failed(_ENDS[fault], "It {what}.", {"what": fault}, None, self.retry_after)
        if fault == "conflict":
            return Failed("conflict", "Changed by {who}.", {"who": "Paul"}, change.op_id)
        if fault == "reject":
            return Result(change.op_id, "rejected", "", "No such stage.")
        if fault == "retry":
            return Result(change.op_id, "retry", "", "Busy.")
        return None if fault == "silent" else Result(change.op_id, "applied")

    @property
    def ids(self) -> list[str]:
        return [change.op_id for change in self.applied]
