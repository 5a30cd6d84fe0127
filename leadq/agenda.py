"""The day and the radar as text: the same lines in a terminal, in line mode and on the screen."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from leadq import read, runners
from leadq.domain.contract import HOUR_MS
from leadq.domain.states import OPEN_STATES
from leadq.glance import glance
from leadq.i18n import N_, _, ngettext
from leadq.saying import say_when
from leadq.text import cell_width, clean, fit
from leadq.words import BANDS, RADAR, VERDICTS, labelled

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping, Sequence

    from leadq.day import Dated, Day, Evening
    from leadq.domain.dayplan import Slot

NEWS: Final = {
    "handed_off": N_("handed off to you, or to nobody yet"),
    "replies": N_("replies"),
    "answers": N_("answers from marketing"),
    "alerts": N_("alerts"),
}
"""What happened meanwhile -> its heading."""

_FIRST: Final = 5
"""How many leads of a group are named; the count says how many there are."""


def told_radar(
    db: sqlite3.Connection, at: read.Moment, groups: Mapping[str, Sequence[int]], width: int
) -> Iterator[str]:
    """Whether nobody acts for the team, the total, then each group that holds a lead with its count and first leads."""
    if silent := runners.warning(db, at):
        yield silent
    count = total(groups)
    if not count:
        yield _("Nothing is on the radar.")
        return
    yield ngettext("{n} lead on the radar", "{n} leads on the radar", count).format(n=count)
    for name, ids in groups.items():
        if ids:
            yield labelled(_(RADAR[name]), str(len(ids)))
            yield from _first_leads(db, at, ids, width)


def _first_leads(db: sqlite3.Connection, at: read.Moment, ids: Sequence[int], width: int) -> Iterator[str]:
    """One line for each of the first leads, and how many more there are."""
    lines = read.lines(db, at, ids[:_FIRST])
    for lead_id in ids[:_FIRST]:
        yield _lead_line(lines[lead_id], at, width)
    if len(ids) > _FIRST:
        more = len(ids) - _FIRST
        yield "  " + ngettext("and {n} more", "and {n} more", more).format(n=more)


def _lead_line(line: read.Line, at: read.Moment, width: int, ending: str | None = None) -> str:
    """Number, who, and how it stands (or `ending`), cut to `width` where the name is too long."""
    state = glance(line, at.now_ms, at.day_end_ms)
    word = state.word if line.state in OPEN_STATES else line.label
    after = f"{word} {state.time}".rstrip() if ending is None else ending
    who = " · ".join(filter(None, (clean(line.name), clean(line.company))))
    head = f"  {line.id:>5}  "
    return f"{head}{fit(who, width - len(head) - cell_width(after) - 2)}  {after}"


def total(groups: Mapping[str, Sequence[int]]) -> int:
    """How many leads are on the radar: one that is in several groups counts once."""
    return len({lead_id for ids in groups.values() for lead_id in ids})


def told_day(db: sqlite3.Connection, found: Day, width: int) -> Iterator[str]:
    """The day in lines of `width` cells."""
    yield from _told_plan(found)
    yield from _listed(db, found.at, width, _("Replies waiting"), found.replies, N_("since {when}"))
    yield from _listed(db, found.at, width, _("Promises today"), found.promises)
    yield from _told_news(db, found, width)
    for name, count in found.bands.items():
        yield labelled(_(BANDS[name]), str(count))
    yield labelled(_("On the radar"), str(found.counts.radar))
    if found.counts.waiting:
        yield labelled(_("To send"), str(found.counts.waiting))
    if found.counts.needs_you:
        yield labelled(_("Needs you"), str(found.counts.needs_you))
    if found.evening:
        yield from _told_evening(db, found, found.evening, width)


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
    for due_ms, fitting, leads in _by_hour(plan.slots) if plan.of > 1 else ():
        yield "  " + _("by {when}: {fit} of {of}").format(when=_when(due_ms, found.at), fit=fitting, of=leads)
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


def _told_news(db: sqlite3.Connection, found: Day, width: int) -> Iterator[str]:
    news = found.news
    groups = {name: getattr(news, name) for name in NEWS if getattr(news, name)}
    if not groups:
        return
    since = None if news.since_ms is None else _when(news.since_ms, found.at)
    yield _("Since you were away ({when})").format(when=since) if since else _("Since the beginning")
    for name, ids in groups.items():
        yield "  " + labelled(_(NEWS[name]), str(len(ids)))
        yield from _first_leads(db, found.at, ids, width)


def _told_evening(db: sqlite3.Connection, found: Day, evening: Evening, width: int) -> Iterator[str]:
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
    yield from _listed(db, found.at, width, _("Promised for the day you are back"), evening.promises)
    if evening.breaches:
        breaches = labelled(_("Late before you are back ({when})").format(when=back), str(len(evening.breaches)))
        yield breaches
        yield from _first_leads(db, found.at, evening.breaches, width)
    else:
        yield _("Nothing gets late before you are back ({when}).").format(when=back)


def _listed(
    db: sqlite3.Connection, at: read.Moment, width: int, title: str, leads: Sequence[Dated], saying: str = "{when}"
) -> Iterator[str]:
    """A heading with its count, and the leads with their instants; nothing when there is none."""
    if not leads:
        return
    yield labelled(title, str(len(leads)))
    lines = read.lines(db, at, [one.lead_id for one in leads])
    for one in leads:
        when = _when(one.at_ms, at)
        yield _lead_line(lines[one.lead_id], at, width, _(saying).format(when=when))


def _when(ms: int, at: read.Moment) -> str:
    return say_when(ms, at.zone, at.now_ms)
