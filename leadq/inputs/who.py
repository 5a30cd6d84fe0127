"""Whose row it is: a file names a lead by a CRM's id, by its uid or by an e-mail address, and means a person."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, NamedTuple

from leadq.i18n import _
from leadq.inputs.cells import BadCell, shown
from leadq.values import normal_email

if TYPE_CHECKING:
    import sqlite3

    from leadq.inputs.tables import Line

_UID_LENGTH: Final = 36


class UnknownError(Exception):
    """Nobody here is meant, or more than one is: the row is left out, and told with why, in words."""


class Lead(NamedTuple):
    """One cycle of a person."""

    uid: str
    state: str
    handed_off_ms: int


@dataclass(frozen=True, slots=True)
class Customer:
    """A person: the local id, the lead that was named itself ("" when only the person was), and all their leads."""

    person: int
    named: str
    leads: tuple[Lead, ...]

    def lead(self, by_ms: int | None = None) -> Lead | None:
        """The lead that was named, else the newest that was qualified, else the newest; handed off by an instant."""
        known = [one for one in self.leads if by_ms is None or one.handed_off_ms <= by_ms]
        return max(known, key=lambda one: (one.uid == self.named, one.state == "qualified", one[::-1]), default=None)


class People:
    """Finds who is meant in one home."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def of(self, line: Line) -> Customer:
        """The person of a row. Raises BadCell when it names nobody, UnknownError when that is nobody or several."""
        lead, email = line.text("lead"), line.text("email")
        if not lead and not email:
            raise BadCell("email" if "email" in line.cells else "lead", _("the cell is empty"))
        by_email = self._by_email(email or lead) if "@" in (email or lead) else None
        by_id = self._by_id(lead) if lead and "@" not in lead else None
        if by_id and by_email and by_id.person != by_email.person:
            raise UnknownError(_("the id and the e-mail are two people here"))
        if found := by_id or by_email:
            return found
        raise UnknownError(_("not known here"))

    def _by_email(self, text: str) -> Customer | None:
        email = normal_email(text)
        rows = self._db.execute("SELECT id FROM person WHERE email_key = ? ORDER BY id", (email,)).fetchall()
        found = {one.person: one for (id_,) in rows if (one := self._person(id_, ""))}
        return _only(list(found.values()))

    def _by_id(self, text: str) -> Customer | None:
        if len(text) == _UID_LENGTH and text.count("-") == 4:
            rows = self._db.execute("SELECT person_id, uid FROM lead WHERE uid = ?", (text.lower(),)).fetchall()
        else:
            rows = self._by_remote_id(text)
        found = {person: self._person(person, uid) for person, uid in rows}
        return _only([one for one in found.values() if one])

    def _by_remote_id(self, text: str) -> list[tuple[int, str]]:
        """What a CRM calls so: as `CONNECTION:ID`, else by the id alone in whatever connection."""
        named, _colon, rest = text.partition(":")
        found: list[tuple[int, str]] = []
        for connection, kind in self._kinds:
            for external_id in (text, rest) if connection == named else (text,):
                found += self._db.execute(_CALLED, (connection, kind, external_id))
        return found

    @cached_property
    def _kinds(self) -> list[tuple[str, str]]:
        """The connections that name anything, and what: few, and each name is found in an index by them."""
        return self._db.execute("SELECT DISTINCT connection, object_type FROM remote_ref").fetchall()

    def _person(self, person: int, named: str) -> Customer | None:
        """The person with all leads; one whose leads were all merged away is whoever goes on. None for one without."""
        leads = tuple(Lead(*row) for row in self._db.execute(_LEADS, (person,)))
        if leads:
            return Customer(person, named if any(one.uid == named for one in leads) else "", leads)
        heir = self._db.execute(_HEIR, (person,)).fetchone()
        return self._person(*heir) if heir else None


def _only(found: list[Customer]) -> Customer | None:
    """The one there is. Raises UnknownError when there are several."""
    if len(found) > 1:
        raise UnknownError(_("several people here: name the lead as CONNECTION:ID, or by its uid"))
    return found[0] if found else None


def called(line: Line) -> str:
    """How a row names somebody, as messages repeat it."""
    return shown(line.text("lead") or line.text("email"))


_CALLED: Final = """SELECT l.person_id, l.uid FROM remote_ref r JOIN lead l ON l.id = r.lead_id
    WHERE r.connection = ? AND r.object_type = ? AND r.external_id = ?"""
_LEADS: Final = "SELECT uid, state, handed_off_ms FROM lead WHERE person_id = ? AND state <> 'merged' ORDER BY id"
_HEIR: Final = """SELECT other.person_id, other.uid FROM lead me JOIN lead other ON other.uid = me.merged_into
    WHERE me.person_id = ? AND other.person_id <> me.person_id AND other.state <> 'merged'
    ORDER BY me.id DESC LIMIT 1"""
