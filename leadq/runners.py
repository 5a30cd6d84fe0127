"""Whether a runner is at work for the team, as the hub said last: nothing is asked for here."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from leadq.clock import iso
from leadq.i18n import _
from leadq.saying import say_when

if TYPE_CHECKING:
    import sqlite3

    from leadq.read import Moment

NEVER: Final = -1


def silent_ms(db: sqlite3.Connection) -> int | None:
    """Since when nobody acts for the team, in milliseconds UTC (`NEVER`: nobody ever did); None while somebody does,
    and where there is no hub or nothing in the contract for a runner to do."""
    said = [_silent_ms(cursor) for (cursor,) in db.execute(_HUBS)]
    worst = next((ms for ms in said if ms), 0)
    if not worst:
        return None
    from leadq import rulebook  # the contract is read only where there is something to say

    agreed = rulebook.in_force(db)
    has_work = agreed and (agreed[0].routing or any(step.action for step in agreed[0].escalation.steps))
    return worst if has_work else None


def _silent_ms(cursor: str | None) -> int:
    with suppress(ValueError, TypeError, AttributeError):
        return int(json.loads(cursor or "{}").get("silent_ms", 0))
    return 0


def shape(db: sqlite3.Connection) -> dict[str, Any] | None:
    """The same for a script: None while all is well, else since when (None: nobody ever did)."""
    since_ms = silent_ms(db)
    return None if since_ms is None else {"since": None if since_ms == NEVER else iso(since_ms)}


def warning(db: sqlite3.Connection, at: Moment) -> str:
    """One line that says so; "" when all is well."""
    since_ms = silent_ms(db)
    if since_ms is None:
        return ""
    if since_ms == NEVER:
        return _(
            "No runner has been at work for the team yet: no lead is routed or reassigned. A manager’s or ops’"
            " `leadq sync --watch` is one."
        )
    return _(
        "No runner has been at work for the team since {when}: no lead is routed or reassigned. A manager’s or ops’"
        " `leadq sync --watch` is one."
    ).format(when=say_when(since_ms, at.zone, at.now_ms))


_HUBS: Final = "SELECT cursor FROM connection_state WHERE adapter = 'hub' AND cursor IS NOT NULL"
