"""`leadq leave`: who goes away hands over what is open, who comes back gets what is still open."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import suppress
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any, Final

import click

from leadq import config, leaves, read, sla, views
from leadq.cli.base import Session, command, option
from leadq.cli.output import emit, warn_of_contract
from leadq.clock import iso
from leadq.domain.compile_calendar import at_wall
from leadq.domain.leave import Absence
from leadq.domain.situation import Refused
from leadq.i18n import N_, _, ngettext
from leadq.refusals import refusal
from leadq.rulebook import in_force
from leadq.saying import say_when
from leadq.when import When, parse_when
from leadq.words import labelled, person

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from zoneinfo import ZoneInfo

    from leadq.desk import Desk
    from leadq.domain.calendar import Calendar
    from leadq.domain.contract import Contract
    from leadq.leaving import Moved

_WEEK_MS: Final = 7 * 86_400_000
_IN_DAYS: Final = re.compile(r"\+.*(d|j|jo)", re.IGNORECASE)


class _RehearsalError(Exception):
    """Ends the transaction of a dry run: what it did is rolled back."""


@command(
    "leave",
    help=N_(
        "Hand your open leads over while you are away, and get them back.\n\nFROM and TO are the first day and the last"
        " one. `end` gives back what is still open; `list` says who is away."
    ),
)
@click.argument("words", metavar="FROM TO|end|list", nargs=-1)
@option("--cover", default="", metavar="MEMBER", help=N_("Who stands in: id, name or e-mail."))
@option("--member", default="", metavar="MEMBER", help=N_("Whose leave it is (else yours)."))
@option("--dry-run", is_flag=True, help=N_("Say what would happen, and write nothing."))
def leave(session: Session, words: Sequence[str], cover: str, member: str, dry_run: bool) -> None:
    """Tell a leave, end it, or list those that are known."""
    if tuple(words) == ("list",):
        _list(session)
        return
    if tuple(words) != ("end",) and len(words) != 2:
        raise click.UsageError(_("Say the first day and the last one, or “end”, or “list”."))
    who = member or config.load(session.home).me
    if not session.home.exists:
        raise refusal(Refused("not_a_member", {"member": who, "known": "-"}))
    from leadq.leaving import come_back, set_out  # the verbs: a list does without them

    if len(words) == 1:
        moved = _did(session, lambda desk: come_back(desk, who), dry_run=dry_run)
    else:
        wish = Absence("", who, cover, *_dates(session, *words))
        moved = _did(session, lambda desk: set_out(desk, wish), dry_run=dry_run)
    _answer(session, moved, back=len(words) == 1, dry_run=dry_run)


def _dates(session: Session, first: str, last: str) -> tuple[int, int]:
    """From the first day on, until the last one is over; a time that is given counts as it is.

    A weekday behind a weekday is the one after it: on a Wednesday, “monday friday” is the whole of the next week.
    """
    with session.store.read() as db:
        at, agreed = read.moment(db, session.clock.now_ms()), in_force(db)
        calendar = _everybodys(agreed[0], at.now_ms) if agreed else None
        begin, end = (_day_or_time(text, at.now_ms, at.zone, calendar) for text in (first, last))
        if end.date_only and end.ms < begin.ms:
            later = _day_or_time(last, begin.ms, at.zone, calendar)
            end = later if later.ms - begin.ms <= _WEEK_MS else end
        return begin.ms, read.moment(db, end.ms).day_end_ms + 1 if end.date_only else end.ms


def _day_or_time(text: str, now_ms: int, zone: ZoneInfo, calendar: Calendar | None) -> When:
    """As people type it; here +3d is a whole day."""
    found = parse_when(text, now_ms=now_ms, zone=zone, calendar=calendar)
    if not _IN_DAYS.fullmatch(text.strip()):
        return found
    day = datetime.fromtimestamp(found.ms // 1000, UTC).astimezone(zone).date()
    return When(at_wall(datetime.combine(day, time(), zone)), date_only=True)


def _everybodys(contract: Contract, now_ms: int) -> Calendar:
    return sla.compiled(contract.calendars[contract.policies[-1].calendar], now_ms, now_ms)


def _did(session: Session, do: Callable[[Desk], Moved], *, dry_run: bool) -> Moved:
    with suppress(_RehearsalError), session.queue().desk() as desk:
        moved = do(desk)
        if dry_run:
            raise _RehearsalError
    return moved


def _answer(session: Session, moved: Moved, *, back: bool, dry_run: bool) -> None:
    warn_of_contract(moved.done.problems, quiet=session.quiet)
    with session.store.read() as db:
        at = read.moment(db, session.clock.now_ms())
        shapes = views.leads(db, at, moved.done.lead_ids)
        names = _names(db)
        promised = list(read.lines(db, at, moved.done.lead_ids).values())
    value = {
        "ok": True,
        "dry_run": dry_run,
        "leave": _shape(moved.leave, at.now_ms, moved.elsewhere if back else len(shapes)),
        "leads": shapes,
        "events": [] if dry_run else list(moved.done.events),
        "promises": moved.promises,
        "elsewhere": moved.elsewhere,
        "gone": moved.gone,
    }
    lines = [*(_told_back if back else _told_out)(moved, names, at), *_promises(shapes, promised, at)]
    emit(value, [*lines, _("Nothing was written.")] if dry_run else lines, as_json=session.as_json)


def _told_out(moved: Moved, names: Mapping[str, str], at: read.Moment) -> Iterator[str]:
    yield _span(moved.leave, names, at)
    count = len(moved.done.lead_ids)
    if count:
        yield ngettext("{count} open lead handed over.", "{count} open leads handed over.", count).format(count=count)
    elif at.now_ms < moved.leave.from_ms:
        yield _("Nothing is handed over yet: the first sync does it once the last working hours before are over.")
    else:
        yield _("There is no open lead to hand over.")


def _told_back(moved: Moved, names: Mapping[str, str], at: read.Moment) -> Iterator[str]:
    cover, count = names.get(moved.leave.cover, moved.leave.cover), len(moved.done.lead_ids)
    member, span = names.get(moved.leave.member, moved.leave.member), leaves.say_span(moved.leave, at.zone)
    yield _("{member} is back: the leave {span} has ended.").format(member=member, span=span)
    if count or not (moved.elsewhere or moved.gone):
        yield ngettext("{count} open lead given back.", "{count} open leads given back.", count).format(count=count)
    if moved.elsewhere:
        yield ngettext(
            "{count} lead comes back with the next sync of {cover}.",
            "{count} leads come back with the next sync of {cover}.",
            moved.elsewhere,
        ).format(count=moved.elsewhere, cover=cover)
    if moved.gone:
        yield ngettext(
            "{count} lead has left this home in the CRM: {cover} gives it back there.",
            "{count} leads have left this home in the CRM: {cover} gives them back there.",
            moved.gone,
        ).format(count=moved.gone, cover=cover)


def _promises(shapes: Sequence[Mapping[str, Any]], lines: Sequence[read.Line], at: read.Moment) -> Iterator[str]:
    """Each next step that was promised: whoever has the lead now has to keep it."""
    promised = {line.id: line.promise_ms for line in lines}
    for shape in shapes:
        if (promise_ms := promised[shape["id"]]) is not None:
            yield "  " + labelled(f"{shape['id']}  {person(shape)}", say_when(promise_ms, at.zone, at.now_ms))


def _list(session: Session) -> None:
    """Who is away, or will be, and whose leads are not all back."""
    with session.store.read() as db:
        at, agreed, names = read.moment(db, session.clock.now_ms()), in_force(db), _names(db)
        lent = Counter(uid for lead in leaves.borrowed(db) if lead.open for uid in lead.leaves)
        known = [*leaves.told(db), *(leaves.of_contract(agreed[0], at.zone) if agreed else ())]
    found = [one for one in known if lent[one.uid] or not one.is_over(at.now_ms)]
    found.sort(key=lambda one: (one.from_ms, one.member, one.uid))
    emit(
        [_shape(one, at.now_ms, lent[one.uid]) for one in found],
        [_line(one, lent[one.uid], names, at) for one in found] or [_("Nobody is on leave, or is going to be.")],
        as_json=session.as_json,
    )


def _line(leave: Absence, lent: int, names: Mapping[str, str], at: read.Moment) -> str:
    said = [_span(leave, names, at)]
    if not leave.uid:
        said.append(_("announced by the contract"))
    if lent:
        said.append(ngettext("{count} open lead", "{count} open leads", lent).format(count=lent))
    return " · ".join(said)


def _span(leave: Absence, names: Mapping[str, str], at: read.Moment) -> str:
    """`Zoé Lefèvre is away from Mon 3 Aug 2026 to Fri 21 Aug 2026, covered by Karim Benali.`"""
    sentence = _("{member} is away {span}, covered by {cover}") if leave.cover else _("{member} is away {span}")
    member, cover = (names.get(one, one) for one in (leave.member, leave.cover))
    return sentence.format(member=member, cover=cover, span=leaves.say_span(leave, at.zone))


def _names(db: sqlite3.Connection) -> dict[str, str]:
    return {member: name or member for member, name in db.execute("SELECT id, name FROM member")}


def _shape(leave: Absence, now_ms: int, lent: int) -> dict[str, Any]:
    """A leave in JSON; `until` is from when on the member is back, `leads` counts open ones that somebody else has."""
    state = "away" if leave.holds(now_ms) else "back" if leave.is_over(now_ms) else "to_come"
    return {
        "uid": leave.uid or None,
        "member": leave.member,
        "cover": leave.cover,
        "from": iso(leave.from_ms),
        "until": iso(leave.over_ms),
        "state": state,
        "leads": lent,
    }
