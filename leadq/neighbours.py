"""Who else is at the same company, and who may be the same person: what a rep should know before calling.

A company is the same when it is written the same, but for the case of plain letters: an index finds those among
100,000 people at once. Two spellings of one company are for a person to see.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from leadq.clock import iso
from leadq.i18n import N_, _, ngettext
from leadq.order import IS_OPEN

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator

_SHOWN: Final = 20
_SAID: Final = 3
_SHARED: Final = {"email": N_("e-mail"), "phone": N_("phone"), "name": N_("name")}


@dataclass(frozen=True, slots=True)
class Colleague:
    """Another lead at the same company. `last_touch_ms` is in milliseconds UTC, None when nobody has touched it."""

    id: int
    name: str
    state: str
    owner: str
    last_touch_ms: int | None


@dataclass(frozen=True, slots=True)
class Lookalike:
    """An open lead that may be about the same person: `why` is email, phone or name."""

    id: int
    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What surrounds a lead.

    `customer` is a lead of the company that was rejected because it is a customer already, `deal` one in an open deal:
    qualified, or rejected for that reason; None when there is none. `colleagues` are the open leads, oldest first.
    """

    colleagues: tuple[Colleague, ...] = ()
    lookalikes: tuple[Lookalike, ...] = ()
    customer: int | None = None
    deal: int | None = None

    def as_shape(self) -> dict[str, Any]:
        """As `show --json` prints it."""
        return {
            "open": [
                {"id": c.id, "name": c.name, "state": c.state, "owner": c.owner, "last_touch_at": iso(c.last_touch_ms)}
                for c in self.colleagues
            ],
            "customer": self.customer,
            "deal": self.deal,
            "lookalikes": [{"id": one.id, "name": one.name, "why": one.why} for one in self.lookalikes],
        }


def say_around(around: Neighbours) -> Iterator[str]:
    """One line each: what is known of the company, who else is worked there, who may be the same person."""
    if around.customer is not None:
        yield _("already a customer (lead {id})").format(id=around.customer)
    if around.deal is not None:
        yield _("in a deal (lead {id})").format(id=around.deal)
    yield from _few([
        _("also {name} (lead {id}, {owner})").format(name=one.name, id=one.id, owner=one.owner or _("nobody"))
        for one in around.colleagues
    ])  # fmt: skip
    said = _("perhaps the same person: {name} (lead {id}, same {why})")
    yield from _few([
        said.format(name=one.name, id=one.id, why=_(_SHARED[one.why])) for one in around.lookalikes
    ])  # fmt: skip


def _few(lines: list[str]) -> Iterator[str]:
    """A card has room for a few of them."""
    yield from lines[:_SAID]
    more = len(lines) - _SAID
    if more > 0:
        yield ngettext("and {count} more", "and {count} more", more).format(count=more)


def neighbours(db: sqlite3.Connection, lead_id: int) -> Neighbours:
    """The surroundings of one lead; at most twenty of each kind. Merging stays a person's decision."""
    me = db.execute(_ME, (lead_id,)).fetchone()
    company = {"person": me[0], "company": me[1], "line": me[5], "limit": _SHOWN}
    colleagues = db.execute(_COLLEAGUES, company).fetchall() if me[1] else []
    closed = dict(db.execute(_KNOWN, company).fetchall()) if me[1] else {}
    return Neighbours(
        tuple(Colleague(*row) for row in colleagues),
        tuple(_lookalikes(db, me)),
        closed.get("customer"),
        closed.get("deal"),
    )


def _lookalikes(db: sqlite3.Connection, me: tuple[Any, ...]) -> list[Lookalike]:
    """By the best key that they share; another product line is another lead, and stays apart."""
    person_id, _company, *keys, line = me
    found: dict[int, Lookalike] = {}
    for (why, condition), key in zip(_SAME.items(), keys, strict=True):
        if why == "phone" and keys[0]:  # a switchboard is shared: it says little of two people with e-mails
            condition += " AND p.email_key IS NULL"
        if key:
            rows = db.execute(f"{_LOOKALIKE} AND {condition} ORDER BY l.id LIMIT {_SHOWN}", (person_id, line, key))
            for lead_id, name in rows:
                found.setdefault(lead_id, Lookalike(lead_id, name, why))
    return sorted(found.values(), key=lambda one: one.id)


_ME: Final = """
    SELECT p.id, p.company, p.email_key, p.phone_key, p.name_key, l.product_line
    FROM lead l JOIN person p ON p.id = l.person_id WHERE l.id = ?"""
_AT_COMPANY: Final = """
    FROM person p JOIN lead l ON l.person_id = p.id
    WHERE p.company = :company COLLATE NOCASE AND p.company <> '' AND (p.id <> :person OR l.product_line <> :line)"""
_COLLEAGUES: Final = f"""
    SELECT l.id, p.name, l.state, l.owner, l.last_touch_ms {_AT_COMPANY} AND {IS_OPEN}
    ORDER BY l.handed_off_ms, l.id LIMIT :limit"""
_KNOWN: Final = f"""
    SELECT CASE WHEN l.reason = 'rej.customer' THEN 'customer' ELSE 'deal' END, max(l.id) {_AT_COMPANY}
    AND (l.state = 'qualified' OR l.reason IN ('rej.customer', 'rej.open_opp')) GROUP BY 1"""
_LOOKALIKE: Final = f"""
    SELECT l.id, p.name FROM person p JOIN lead l ON l.person_id = p.id
    WHERE p.id <> ? AND l.product_line = ? AND {IS_OPEN}"""
_SAME: Final = {
    "email": "p.email_key = ? AND p.email_key IS NOT NULL",
    "phone": "p.phone_key = ? AND p.phone_key IS NOT NULL",
    "name": "p.name_key = ? AND p.email_key IS NULL AND p.phone_key IS NULL",
}
"""The conditions repeat those of the partial indexes, so that SQLite can use them."""
