"""A file of deals won and lost: each row becomes the event that the pull of a CRM would have made of that deal.

What was told already is not told again. A deal goes by the name that its row gives it; a row that gives none means the
only deal of that person, as long as the day leaves no doubt.
"""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from leadq.domain import events as ev
from leadq.domain.events import Draft, voided
from leadq.domain.metrics.days import Days
from leadq.i18n import _
from leadq.inputs.cells import BadCell, instant, shown
from leadq.inputs.kept import DealRow
from leadq.inputs.who import People, UnknownError, called
from leadq.ledger import ADAPTER, history
from leadq.text import clean, fold

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping

    from leadq.desk import Desk
    from leadq.domain.events import Event
    from leadq.inputs.kept import Input
    from leadq.inputs.tables import InputFile, Line
    from leadq.inputs.who import Customer

_SPACE: Final = uuid.UUID("b8a1a2de-3f0b-5c53-9d3e-0f5f7f9d4c11")
_NAME: Final = 100
_AMOUNT: Final = re.compile(r"-?\d{1,15}(\.\d{1,6})?", re.ASCII)
_STATES: Final = {
    word: state
    for state, words in {
        "won": "won|closed won|gagne|gagnee|closedwon|ferme gagne|signe|signee|vente conclue",
        "lost": "lost|closed lost|perdu|perdue|closedlost|ferme perdu|vente perdue",
    }.items()
    for word in words.split("|")
}


class Told(NamedTuple):
    """What stands of a deal (None: all that was said was taken back), and the event that spoke of it last."""

    standing: Event | None
    newest: Event


@dataclass(frozen=True, slots=True)
class Closed:
    """A deal as a row tells it: closed at `at_ms`, on the day from `begin_ms` to before `end_ms`."""

    line: int
    deal: str
    state: str
    price: Mapping[str, str]
    at_ms: int
    begin_ms: int
    end_ms: int
    day: str

    @property
    def data(self) -> dict[str, str]:
        """The data of its event, as sync/deals.py has them."""
        return {"deal": self.deal, "state": self.state, **self.price}

    def says(self, event: Event) -> bool:
        """Whether that is what an event said already."""
        said = event.data
        return (said.get("state"), _price(said)) == (self.state, _price(self.price))


@dataclass(frozen=True, slots=True)
class Found:
    """A row and what it comes to: the lead that it is told of, and what was said of that deal before."""

    closed: Closed
    lead_uid: str
    before: Told | None

    @property
    def is_new(self) -> bool:
        """Whether it says something else than what is known."""
        return not (self.before and self.before.standing and self.closed.says(self.before.standing))

    @property
    def row(self) -> DealRow:
        """How it is remembered; its event's uid follows from what was told before and what is told now, so that two
        laptops that read the same file tell the same."""
        one = self.closed
        before = self.before.newest.uid if self.before else ""
        uid = str(uuid.uuid5(_SPACE, "\x1f".join((self.lead_uid, before, one.day, *one.data.values()))))
        return DealRow(
            one.line, uid, self.lead_uid, one.day, one.price.get("amount", ""), one.price.get("currency", "")
        )


def read_deals(db: sqlite3.Connection, file: InputFile, zone: str, now_ms: int) -> list[Found]:
    """The rows about people who are known here, each with what it comes to; others are left out."""
    reader = _Reader(db, file, zone, now_ms)
    found = [one for one in file.rows(reader.row) if one]
    _refuse_contradictions(file, found)
    return found


def tell(desk: Desk, found: Iterable[Found]) -> None:
    """Write down what is new, as sync does."""
    for one in found:
        at_ms, before = one.closed.at_ms, one.before and one.before.standing
        if before and at_ms < before.occurred_ms < one.closed.end_ms:
            at_ms = before.occurred_ms  # of a day alone nobody knows the hour: it is not before what it follows
        draft = Draft(ev.DEAL_CHANGED, at_ms, one.closed.data, uid=one.row.event_uid)
        desk.ledger.append(one.lead_uid, [draft], desk.batch, ADAPTER)


def untell(desk: Desk, given: Input) -> None:
    """Take back what a file told: an event on each lead that says so. A rep's undo and redo leave it alone."""
    by_lead: dict[str, list[str]] = {}
    for row in given.rows:
        if isinstance(row, DealRow):
            by_lead.setdefault(row.lead_uid, []).append(row.event_uid)
    for lead_uid, uids in by_lead.items():
        desk.ledger.append(lead_uid, [Draft(ev.UNDONE, desk.now_ms, {"events": uids})], desk.batch, ADAPTER)


class _Reader:
    """Makes of a line what it comes to."""

    def __init__(self, db: sqlite3.Connection, file: InputFile, zone: str, now_ms: int) -> None:
        self._db, self._file, self._now_ms = db, file, now_ms
        self._people = People(db)
        self._zone, self._days = ZoneInfo(zone), Days(zone)

    def row(self, line: Line) -> Found | None:
        """Raises BadCell."""
        closed = self._closed(line)
        try:
            return self._placed(closed, self._people.of(line))
        except UnknownError as unknown:
            self._file.leave_out(line, called(line), str(unknown))
            return None

    def _closed(self, line: Line) -> Closed:
        state = _STATES.get(" ".join(fold(line.needed("state")).split()))
        if state is None:
            message = _("“{text}” is neither won nor lost").format(text=shown(line.text("state")))
            raise BadCell("state", message)
        price = {}
        if line.text("amount"):
            amount, currency = line.money(line.text("amount"))
            price = {"amount": amount, "currency": currency}
        at_ms, day = instant("closed", line.needed("closed"), self._zone)
        if at_ms > self._now_ms:
            raise BadCell("closed", _("“{text}” is in the future").format(text=shown(line.text("closed"))))
        edges = self._days.midnight(day), self._days.midnight(day + timedelta(days=1))
        return Closed(line.number, clean(line.text("deal"), _NAME), state, price, at_ms, *edges, day.isoformat())

    def _placed(self, closed: Closed, customer: Customer) -> Found:
        """Raises UnknownError when it cannot be told which deal, or which lead, is meant."""
        lead = customer.lead(closed.end_ms - 1)
        if lead is None:
            raise UnknownError(_("closed before the lead was handed off"))
        known = _known(self._db, customer)
        if not closed.deal:
            closed = replace(closed, deal=_meant(closed, known) or lead.uid)
        before = known.get(closed.deal)
        standing = before and before.standing
        if standing and not closed.price:
            closed = replace(closed, price=_price_in(standing.data))
        if standing and standing.occurred_ms >= closed.end_ms and not closed.says(standing):
            raise UnknownError(_("of this deal something newer is known"))
        return Found(closed, before.newest.lead_uid if before else lead.uid, before)


def _known(db: sqlite3.Connection, customer: Customer) -> dict[str, Told]:
    """What was said of each deal of a person, by its name."""
    known: dict[str, Told] = {}
    for lead in customer.leads:
        events = history(db, lead.uid)
        gone = voided(events)
        for event in events:
            if event.type == ev.DEAL_CHANGED:
                name = str(event.data.get("deal", ""))
                standing = known[name].standing if name in known else None
                known[name] = Told(standing if event.uid in gone else _later(standing, event), event)
    return known


def _later(before: Event | None, event: Event) -> Event:
    return event if before is None or before.occurred_ms <= event.occurred_ms else before


def _meant(closed: Closed, known: Mapping[str, Told]) -> str:
    """The deal that a row without a name means: the only one that is known, if it is open, was closed that day, or is
    known to have ended so since; "" when none is known.

    Raises UnknownError when it may be another one: a customer who buys again must not lose the first deal.
    """
    standing = {name: told.standing for name, told in known.items() if told.standing}
    if not standing:
        return ""
    ((name, event), *others) = standing.items()
    is_open, same = event.data.get("state") == "open", closed.says(event)
    if not others and (is_open or closed.begin_ms <= event.occurred_ms < closed.end_ms or (
        same and event.occurred_ms >= closed.end_ms
    )):  # fmt: skip
        return name
    names = ", ".join(map(shown, standing))
    message = _("other deals of this person are known ({names}): name each in a column called deal")
    raise UnknownError(message.format(names=names))


def _price(data: Mapping[str, Any]) -> tuple[Decimal, str] | None:
    amount = str(data.get("amount", ""))
    return (Decimal(amount), str(data["currency"])) if _AMOUNT.fullmatch(amount) and data.get("currency") else None


def _price_in(data: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(data[name]) for name in ("amount", "currency") if data.get(name)}


def _refuse_contradictions(file: InputFile, found: Iterable[Found]) -> None:
    """One deal, one end: a second row about it is refused, unless it says the same of another lead."""
    first: dict[str, Found] = {}
    for one in found:
        other = first.setdefault(one.closed.deal, one)
        if other is not one and (other.lead_uid == one.lead_uid or other.closed.data != one.closed.data):
            message = _("row {line} is about the same deal: one row for each, or name each in a column called deal")
            file.wrong(one.closed.line, "", message.format(line=other.closed.line))
