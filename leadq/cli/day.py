"""`leadq day`: the day in one look, and in the evening what was done and what comes before the next one."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

from leadq import config, read
from leadq import day as days
from leadq.cli.base import Session, command, option
from leadq.cli.output import emit
from leadq.cli.radar import first_leads, lead_line
from leadq.clock import iso
from leadq.domain.contract import HOUR_MS
from leadq.i18n import N_, _, ngettext
from leadq.saying import say_when
from leadq.words import BANDS, VERDICTS, labelled

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

    from leadq.day import Dated, Day, Evening
    from leadq.domain.dayplan import Slot

_NEWS: Final = {
    "handed_off": N_("handed off to you, or to nobody yet"),
    "replies": N_("replies"),
    "answers": N_("answers from marketing"),
    "alerts": N_("alerts"),
}


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
        emit(_shape(db, found), told(db, found), as_json=session.as_json)


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
        "since": {"at": iso(news.since_ms)} | {name: list(getattr(news, name)) for name in _NEWS},
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


def told(db: sqlite3.Connection, found: Day) -> Iterator[str]:
    """The day as text."""
    yield from _told_plan(found)
    yield from _listed(db, found.at, _("Replies waiting"), found.replies, N_("since {when}"))
    yield from _listed(db, found.at, _("Promises today"), found.promises)
    yield from _told_news(db, found)
    for name, count in found.bands.items():
        yield labelled(_(BANDS[name]), str(count))
    yield labelled(_("On the radar"), str(found.counts.radar))
    if found.counts.waiting:
        yield labelled(_("To send"), str(found.counts.waiting))
    if found.counts.needs_you:
        yield labelled(_("Needs you"), str(found.counts.needs_you))
    if found.evening:
        yield from _told_evening(db, found, found.evening)


def _told_plan(found: Day) -> Iterator[str]:
    plan = found.plan
    if plan.breach_ms is not None:
        yield _("{fit} of {of} fit, {breach} breach after {when}").format(
            fit=plan.fit, of=plan.of, breach=plan.of - plan.fit, when=_when(plan.breach_ms, found.at)
        )
    elif plan.of:
        yield ngettext("The one lead due before you are back fits.", "All {n} due before you are back fit.", plan.of
                       ).format(n=plan.of)  # fmt: skip
    else:
        yield _("Nothing more is due before you are back.")
    for due_ms, fit, leads in _by_hour(plan.slots) if plan.of > 1 else ():
        yield "  " + _("by {when}: {fit} of {of}").format(when=_when(due_ms, found.at), fit=fit, of=leads)
    if plan.of:
        yield "  " + _told_pace(found)
    if found.late:
        late = len(found.late)
        yield ngettext("{n} is late already.", "{n} are late already.", late).format(n=late)


def _by_hour(slots: Sequence[Slot]) -> Iterator[tuple[int, int, int]]:
    """The last due instant of each hour, what fits of the leads due in it, and how many they are."""
    for _hour, group in groupby(slots, key=lambda slot: slot.due_ms // HOUR_MS):
        within = list(group)
        yield within[-1].due_ms, sum(slot.fit for slot in within), sum(slot.leads for slot in within)


def _told_pace(found: Day) -> str:
    minutes = max(1, round(found.pace_ms / 60_000))
    if found.own_pace:
        pace = ngettext("at your pace of {n} minute a lead", "at your pace of {n} minutes a lead", minutes)
    else:
        pace = ngettext(
            "at {n} minute a lead: too few of your touches are known to say more",
            "at {n} minutes a lead: too few of your touches are known to say more",
            minutes,
        )
    return pace.format(n=minutes)


def _told_news(db: sqlite3.Connection, found: Day) -> Iterator[str]:
    news = found.news
    groups = {name: getattr(news, name) for name in _NEWS if getattr(news, name)}
    if not groups:
        return
    since = None if news.since_ms is None else _when(news.since_ms, found.at)
    yield _("Since you were away ({when})").format(when=since) if since else _("Since the beginning")
    for name, ids in groups.items():
        yield "  " + labelled(_(_NEWS[name]), str(len(ids)))
        yield from first_leads(db, found.at, ids)


def _told_evening(db: sqlite3.Connection, found: Day, evening: Evening) -> Iterator[str]:
    yield ""
    touches = ngettext("{n} touch", "{n} touches", evening.touches).format(n=evening.touches)
    verdicts = [f"{_(VERDICTS[verb])} {evening.verdicts[verb]}" for verb in VERDICTS if evening.verdicts.get(verb)]
    yield labelled(_("Done today"), " · ".join((touches, *verdicts)))
    waiting = found.counts.waiting
    if waiting:
        yield ngettext(
            "{n} outcome is not sent yet: `leadq sync` sends it.",
            "{n} outcomes are not sent yet: `leadq sync` sends them.",
            waiting,
        ).format(n=waiting)
    back = _("the next opening") if found.hours.back_ms is None else _when(found.hours.back_ms, found.at)
    yield from _listed(db, found.at, _("Promised for the day you are back"), evening.promises)
    if evening.breaches:
        breaches = labelled(_("Late before you are back ({when})").format(when=back), str(len(evening.breaches)))
        yield breaches
        yield from first_leads(db, found.at, evening.breaches)
    else:
        yield _("Nothing gets late before you are back ({when}).").format(when=back)


def _listed(
    db: sqlite3.Connection, at: read.Moment, title: str, leads: Sequence[Dated], saying: str = "{when}"
) -> Iterator[str]:
    """A heading with its count, and the leads with their instants; nothing when there is none."""
    if not leads:
        return
    yield labelled(title, str(len(leads)))
    lines = read.lines(db, at, [one.lead_id for one in leads])
    for one in leads:
        when = _when(one.at_ms, at)
        yield lead_line(lines[one.lead_id], at, _(saying).format(when=when))


def _when(ms: int, at: read.Moment) -> str:
    return say_when(ms, at.zone, at.now_ms)
