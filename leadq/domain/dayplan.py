"""What fits before each due instant at one person's own pace, on their own calendar. All instants are milliseconds UTC.

Leads take equally long, so the most that can be in time are the first ones by due instant: whoever does not fit any
more leaves their time to the next.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from statistics import median_low
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

FALLBACK_MS: Final = 12 * 60_000
"""A lead takes twelve minutes as long as too little is known of how long it does take."""

FEWEST: Final = 3
"""So many intervals make a pace; one long lunch between two calls does not."""

LOOK_BACK_DAYS: Final = 20
"""How many working days of touches a pace is made of."""


class Hours(Protocol):
    """What a plan needs of business time; `leadq.domain.calendar.Calendar` has it."""

    def elapsed(self, from_ms: int, to_ms: int, /) -> int:
        """Open milliseconds between two instants."""
        ...

    def days_between(self, from_ms: int, to_ms: int, /) -> int:
        """How many working days begin after the local date of one instant, up to that of the other."""
        ...


@dataclass(frozen=True, slots=True)
class Slot:
    """One due instant: how many leads are due then, and how many of them fit before it."""

    due_ms: int
    leads: int
    fit: int


@dataclass(frozen=True, slots=True)
class DayPlan:
    """What fits, by due instant in order."""

    slots: tuple[Slot, ...] = ()

    @property
    def of(self) -> int:
        """How many leads are due."""
        return sum(slot.leads for slot in self.slots)

    @property
    def fit(self) -> int:
        """How many of them can be in time."""
        return sum(slot.fit for slot in self.slots)

    @property
    def breach_ms(self) -> int | None:
        """The first due instant that passes with a lead undone; None when all fit."""
        return next((slot.due_ms for slot in self.slots if slot.fit < slot.leads), None)


def plan(due_ms: Sequence[int], hours: Hours, now_ms: int, pace_ms: int) -> DayPlan:
    """What fits of leads due at these instants when each takes `pace_ms` (positive) of open time from `now_ms` on.

    A due instant is inclusive, and one that is past fits nothing.
    """
    slots: list[Slot] = []
    done = 0
    for due, leads in sorted(Counter(due_ms).items()):
        room = hours.elapsed(now_ms, due) // pace_ms - done if due >= now_ms else 0
        fit = max(0, min(leads, room))
        done += fit
        slots.append(Slot(due, leads, fit))
    return DayPlan(tuple(slots))


def pace(touched_ms: Sequence[int], hours: Hours, now_ms: int) -> int | None:
    """The median open time between two touches in a row on one day; None when there are too few to say.

    Only the last twenty working days count. Touches outside the opening hours, or written down at one instant, say
    nothing about how long a lead takes.
    """
    tried = sorted(ms for ms in touched_ms if ms <= now_ms and hours.days_between(ms, now_ms) < LOOK_BACK_DAYS)
    gaps = [hours.elapsed(one, other) for one, other in pairwise(tried) if not hours.days_between(one, other)]
    worked = [gap for gap in gaps if gap]
    return median_low(worked) if len(worked) >= FEWEST else None
