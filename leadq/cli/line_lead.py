"""A lead as it is read out: one field a line, words instead of signs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from leadq import read, views
from leadq.cli.card import event_line
from leadq.domain.folding import fold
from leadq.domain.states import OPEN_STATES
from leadq.explain import BANDS, stored_contract
from leadq.i18n import _, current
from leadq.ledger import history
from leadq.outlook import segment
from leadq.saying import say_remaining, say_when
from leadq.values import tel
from leadq.words import CLOCK_STATES, CLOCKS, labelled, missing_word

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping

    from leadq.domain.clocks import Clock


def read_out(db: sqlite3.Connection, at: read.Moment, lead_id: int) -> Iterator[str]:
    """Who it is, why it comes now, its clocks, what is missing, where it comes from."""
    shape = views.leads(db, at, [lead_id])[0]
    line = read.lines(db, at, [lead_id])[lead_id]
    yield _("Lead {id}: {who}").format(id=lead_id, who=shape["name"] or shape["email"] or shape["phone"])
    yield from _who(shape)
    yield labelled(_("State"), f"{shape['label']}, {shape['owner'] or _('nobody’s')}")
    if line.state in OPEN_STATES:
        yield labelled(_("Why now"), _(BANDS[line.band][0]))
    yield from _waits(line, at)
    for clock in views.clocks(db, lead_id):
        if clock.running:
            yield _clock(clock, at)
    if shape["missing"]:
        yield labelled(_("Missing"), ", ".join(map(missing_word, shape["missing"])))
    came = ", ".join(filter(None, (shape["source"], shape["campaign"], shape["trigger"])))
    if came:
        yield labelled(_("Comes from"), came)


def before_a_call(db: sqlite3.Connection, at: read.Moment, lead_id: int) -> Iterator[str]:
    """The number as it is dialled, what the contract says to such leads, and what was last done about this one."""
    shape = views.leads(db, at, [lead_id])[0]
    lead = fold(history(db, shape["uid"]))
    contract = stored_contract(db, lead.handoff.contract)[1]
    address = tel(shape["phone"], shape["country"])
    yield labelled(_("Phone"), address or shape["phone"] or _("no phone is known"))
    found = segment(db, lead_id, lead, contract)
    if found and found.talk_track:
        yield labelled(_("To say"), found.talk_track.say(current()))
    for asset in found.assets if found else ():
        yield labelled(asset.title, asset.url)
    touches = [row for row in views.timeline(db, shape["uid"]) if row.type == "touched" and not row.undone]
    for row in touches[:-3:-1]:
        yield event_line(row, at, contract).strip()


def _who(shape: Mapping[str, Any]) -> Iterator[str]:
    for label, name in (
        (_("Company"), "company"),
        (_("Title"), "title"),
        (_("Phone"), "phone"),
        (_("E-mail"), "email"),
    ):
        if shape[name]:
            wrong = f", {_('wrong')}" if name in shape["invalid"] else ""
            yield labelled(label, f"{shape[name]}{wrong}")
    if shape["opposed_at"]:
        yield _("Does not want to be contacted.")


def _waits(line: read.Line, at: read.Moment) -> Iterator[str]:
    if line.reply_ms is not None:
        yield _("Waits for an answer since {when}").format(when=_when(line.reply_ms, at))
    if line.promise_ms is not None:
        yield labelled(_("Promise"), f"{_when(line.promise_ms, at)}, {left(line.promise_ms, at)}")
    if line.paused_until_ms is not None and (line.paused_ms or 0) <= at.now_ms < line.paused_until_ms:
        yield _("Paused until {when}").format(when=_when(line.paused_until_ms, at))


def _clock(clock: Clock, at: read.Moment) -> str:
    said = [_(CLOCK_STATES[clock.state(at.now_ms)][1])]
    if clock.due_ms is not None:
        said += [_("due {when}").format(when=_when(clock.due_ms, at)), left(clock.due_ms, at)]
    return labelled(_("Clock, {kind}").format(kind=_(CLOCKS[clock.kind])), ", ".join(said))


def left(due_ms: int, at: read.Moment) -> str:
    """`14m left`, or `late by 2h05m`."""
    ms = due_ms - at.now_ms
    return (
        _("{time} left").format(time=say_remaining(ms))
        if ms >= 0
        else _("late by {time}").format(time=say_remaining(-ms))
    )


def _when(ms: int, at: read.Moment) -> str:
    return say_when(ms, at.zone, at.now_ms)
