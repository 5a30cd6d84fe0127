"""What the screen asks of the store, and what it hears: a look at the queue, and a gesture that is on disk."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadq import read
    from leadq.errors import LeadqError
    from leadq.order import Filter
    from leadq.saved_views import SavedView


@dataclass(frozen=True, slots=True)
class Asked:
    """A question about the order. `serial` counts questions; `around` is the lead to bring rows for, by id, or by its
    place when it is gone; `rows` on either side of it. `typed`: the words of the search that are not the view's own."""

    wanted: Filter
    serial: int
    around: int | None = None
    place: int = 0
    rows: int = 50
    typed: str = ""


@dataclass(frozen=True, slots=True)
class Look:
    """One consistent look at the queue: what was asked, the order, some rows and the header's figures.

    `views` are the saved ones, None while they are not known: before anything but the first page is read, and while the
    settings cannot be understood, which `unread` says why. `since`: on the radar, group -> since when its oldest lead
    is there. `anybody`: whether there is any lead at all, in any state. `sent`: how many changes have gone to a CRM.
    """

    asked: Asked
    at: read.Moment
    ranked: read.Ranked
    lines: Mapping[int, read.Line]
    counts: read.Counts | None = None
    sync: tuple[read.SyncLine, ...] = ()
    views: tuple[SavedView, ...] | None = None
    unread: LeadqError | None = None
    since: Mapping[str, int] = field(default_factory=dict)
    anybody: bool = True
    sent: int = 0


@dataclass(frozen=True, slots=True)
class Gesture:
    """A verb that is on disk. `verbs`: what an undo took back, as event types; `compensated`: ops already gone.

    `leads`: of how many leads it was the gesture (0: there was nothing to write); `lead_ids` may hold others that it
    changed.
    """

    name: str
    lead_ids: tuple[int, ...]
    verbs: tuple[str, ...] = ()
    compensated: int = 0
    leads: int = 1


def around(ids: Sequence[int], asked: Asked) -> Sequence[int]:
    """The ids that are likely to be in view next."""
    try:
        middle = ids.index(asked.around) if asked.around is not None else asked.place
    except ValueError:
        middle = asked.place
    return ids[max(0, middle - asked.rows) : middle + asked.rows]
