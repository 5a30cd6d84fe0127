"""What happened, as facts that are never edited: the only truth, from which every lead is folded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Final

HANDED_OFF: Final = "handed_off"
ACCEPTED: Final = "accepted"
TOUCHED: Final = "touched"
REJECTED: Final = "rejected"
DISQUALIFIED: Final = "disqualified"
RECYCLED: Final = "recycled"
QUALIFIED: Final = "qualified"
NOTED: Final = "noted"
ASSIGNED: Final = "assigned"
PAUSED: Final = "paused"
RESUMED: Final = "resumed"
CONTRACT_MOVED: Final = "contract_moved"
REMOTE_CHANGED: Final = "remote_changed"
UNDONE: Final = "undone"
CORRECTED: Final = "corrected"
SNOOZED: Final = "snoozed"
REROUTED: Final = "rerouted"
DISPUTED: Final = "disputed"
ANSWERED: Final = "answered"
DEBRIEFED: Final = "debriefed"
CLOSED: Final = "rejection_closed"
AE_ACCEPTED: Final = "ae_accepted"
AE_RETURNED: Final = "ae_returned"
MERGED: Final = "merged"
ABSORBED: Final = "absorbed"
OPPOSED: Final = "opposed"
WOKEN: Final = "woken"
DEPARTED: Final = "departed"
RETURNED: Final = "returned"
ALERTED: Final = "alerted"
ERASED: Final = "erased"
RESCINDED: Final = "breach_rescinded"
CHANGE_SETTLED: Final = "change_settled"
DEAL_CHANGED: Final = "deal_changed"
LEAVE_SET: Final = "leave_set"
LEAVE_ENDED: Final = "leave_ended"

VERDICTS: Final[Mapping[str, str]] = {
    REJECTED: "reject",
    DISQUALIFIED: "disqualify",
    RECYCLED: "recycle",
    QUALIFIED: "qualify",
}
"""Event -> verb of a rep's verdict."""

SAID: Final = frozenset({ALERTED, RESCINDED})
"""Events that only remember what was said: no lead folds differently for them."""

TEAM: Final = "00000000-0000-8000-8000-"
"""How the uid begins under which something is told that is about no lead (a leave): nothing folds to a row for it."""

NEXT: Final = "next"
"""In place of a lead's uid: the cycle that a draft begins."""

VERSION: Final = 1
"""The newest shape of an event's data; older ones are upcast when read, never rewritten."""

TAKE_BACK: Final = frozenset({UNDONE, CORRECTED})
"""Events whose data lists the `events` that they take back."""

_NOTHING: Mapping[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Event:
    """One fact about one lead.

    `occurred_ms` is when it happened and `recorded_ms` when leadq learnt of it, both milliseconds UTC. `data` holds no
    personal data: names, addresses and free text live elsewhere, so that a person can be erased and the figures still
    add up. Events of one gesture share a `batch`.
    """

    uid: str
    lead_uid: str
    type: str
    occurred_ms: int
    recorded_ms: int
    actor: str = ""
    actor_kind: str = "human"
    data: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    device: str = ""
    batch: str = ""
    v: int = VERSION
    seq: int = 0


@dataclass(frozen=True, slots=True)
class Draft:
    """An event that a verb asks for, before it gets an identity; `texts` is the part that may hold personal data.

    `on` says which lead it happens to: "" the one that the verb is done to, NEXT the new cycle that it begins (whose
    handoff comes first), else another lead's uid. `uid` is the event's own where another system names what happened.
    """

    type: str
    occurred_ms: int
    data: Mapping[str, Any] = field(default_factory=lambda: _NOTHING)
    texts: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    on: str = ""
    uid: str = ""


def in_order(events: list[Event]) -> list[Event]:
    """One cycle's events as they are folded, given in the order in which this home learnt of them.

    Where several devices wrote, each one's own order stands, and among them the recorded instants decide (a clock that
    was put back counts as standing still), so that whose file arrived first makes no difference. Handoffs come first:
    two laptops that took in the same file tell of the same one.
    """
    if len({event.device for event in events}) < 2:
        return events
    latest: dict[str, int] = {}
    keys: list[tuple[bool, int, str]] = []
    for event in events:
        at_ms = latest[event.device] = max(latest.get(event.device, event.recorded_ms), event.recorded_ms)
        keys.append((event.type != HANDED_OFF, at_ms, event.device))
    return [event for _key, event in sorted(zip(keys, events, strict=True), key=itemgetter(0))]


def voided(events: list[Event]) -> frozenset[str]:
    """Uids of the events that an undo or a correction has taken back; undoing an undo brings them back.

    The newest one speaks first: an undo that was itself undone says nothing.
    """
    taken: set[str] = set()
    for event in reversed(events):
        if event.type in TAKE_BACK and event.uid not in taken:
            taken.update(event.data["events"])
    return frozenset(taken)
