"""`leadq day`: the day in one look, and in the evening what was done and what comes before the next one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadq import config, read
from leadq import day as days
from leadq.agenda import NEWS, told_day
from leadq.cli.base import Session, command, option
from leadq.cli.output import emit
from leadq.cli.tables import page_width
from leadq.clock import iso
from leadq.i18n import N_
from leadq.words import VERDICTS

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from leadq.day import Dated, Day, Evening


@command(
    "day",
    help=N_(
        "Show the day: what fits before it is due, promises, replies, what happened while you were away.\n\n"
        "From half an hour before closing on: what was done, what is not sent, what comes before you are back."
    ),
)
@option("--evening", is_flag=True, help=N_("With the evening’s part, whatever the time."))
def day(session: Session, evening: bool) -> None:
    """Print the day."""
    with session.store.read() as db:
        at = read.moment(db, session.clock.now_ms())
        found = days.look(db, at, config.load(session.home).me, evening=evening)
        emit(_shape(db, found), told_day(db, found, page_width()), as_json=session.as_json)


def _shape(db: sqlite3.Connection, found: Day) -> dict[str, Any]:
    news, plan, counts = found.news, found.plan, found.counts
    return {
        "at": iso(found.at.now_ms),
        "me": found.me,
        "plan": {
            "fit": plan.fit,
            "of": plan.of,
            "breach": plan.of - plan.fit,
            "breach_after": iso(plan.breach_ms),
            "until": iso(found.hours.back_ms),
            "pace_s": found.pace_ms // 1000,
            "own_pace": found.own_pace,
            "calendar": found.hours.calendar.spec.name if found.hours.calendar else None,
            "slots": [{"due_at": iso(slot.due_ms), "leads": slot.leads, "fit": slot.fit} for slot in plan.slots],
            "late": list(found.late),
        },
        "promises": _dated(db, found.at, found.promises),
        "replies": _dated(db, found.at, found.replies),
        "since": {"at": iso(news.since_ms)} | {name: list(getattr(news, name)) for name in NEWS},
        "bands": dict(found.bands),
        "radar": counts.radar,
        "waiting": counts.waiting,
        "needs_you": counts.needs_you,
        "evening": _evening_shape(db, found, found.evening) if found.evening else None,
    }


def _evening_shape(db: sqlite3.Connection, found: Day, evening: Evening) -> dict[str, Any]:
    return {
        "touches": evening.touches,
        "verdicts": {verb: evening.verdicts.get(verb, 0) for verb in VERDICTS},
        "unsynced": found.counts.waiting,
        "back_at": iso(found.hours.back_ms),
        "promises": _dated(db, found.at, evening.promises),
        "breaches": list(evening.breaches),
    }


def _dated(db: sqlite3.Connection, at: read.Moment, leads: Sequence[Dated]) -> list[dict[str, Any]]:
    lines = read.lines(db, at, [one.lead_id for one in leads])
    return [
        {
            "lead": one.lead_id,
            "name": lines[one.lead_id].name,
            "company": lines[one.lead_id].company,
            "at": iso(one.at_ms),
        }
        for one in leads
    ]
