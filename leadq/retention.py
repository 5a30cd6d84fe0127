"""Who has been kept long enough: prospects whose last word is older than the retention period of `leadq.toml`.

The CNIL counts three years from the collection, or from the last contact that came from the prospect; what we sent does
not prolong it (référentiel «gestion des activités commerciales», délibération 2021-131 du 23 septembre 2021).
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from leadq.clock import iso
from leadq.domain.folding import TWO_WAY, fold
from leadq.erasing import ERASED_PERSON
from leadq.ledger import history
from leadq.progress import heard

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator
    from zoneinfo import ZoneInfo

    from leadq.domain.lead import Lead
    from leadq.progress import Progress


@dataclass(frozen=True, slots=True)
class Due:
    """Somebody to be asked again or erased: their newest lead, and when we last heard of them.

    `basis`: `touch`, something that they did or in which they answered; or `handoff`, when marketing gave them to us.
    """

    lead: int
    name: str
    company: str
    email: str
    last_ms: int
    basis: str

    def as_shape(self) -> dict[str, Any]:
        """The person as `privacy due --json` prints them."""
        return {
            "lead": self.lead, "name": self.name, "company": self.company, "email": self.email,
            "last_contact_at": iso(self.last_ms), "basis": self.basis,
        }  # fmt: skip


def months_before(now_ms: int, months: int, zone: ZoneInfo) -> int:
    """The same day and time so many months earlier, on the wall in `zone`; the last day of a shorter month."""
    there = datetime.fromtimestamp(now_ms / 1000, UTC).astimezone(zone)
    year, month = divmod(there.year * 12 + there.month - 1 - months, 12)
    day = min(there.day, calendar.monthrange(year, month + 1)[1])
    return int(there.replace(year=year, month=month + 1, day=day, fold=0).timestamp() * 1000)


def due(db: sqlite3.Connection, before_ms: int, progress: Progress = lambda done, total: None) -> list[Due]:
    """Everybody of whom nothing was heard since `before_ms` (excluded), the longest silence first.

    `progress` hears how many people were looked at, of how many: 100,000 take some seconds.
    """
    old = db.execute(_OLD, (before_ms,)).fetchall()
    found = [_last_word(db, *row) for row in heard(old, progress)]
    return sorted((one for one in found if one.last_ms < before_ms), key=lambda one: (one.last_ms, one.lead))


def _last_word(db: sqlite3.Connection, person_id: int, name: str, company: str, email: str) -> Due:
    leads = db.execute(
        "SELECT id, uid FROM lead WHERE person_id = ? ORDER BY handed_off_ms, id", (person_id,)
    ).fetchall()
    last_ms, basis = max(word for _id, uid in leads for word in _words(fold(history(db, uid))))
    return Due(leads[-1][0], name, company, email, last_ms, basis)


def _words(lead: Lead) -> Iterator[tuple[int, str]]:
    """When the prospect was heard in this cycle. A cycle that we began ourselves is no word of theirs."""
    if not lead.handoff.previous:
        yield lead.handoff.at_ms, "handoff"
    for touch in lead.touches:
        if touch.inbound or touch.outcome in TWO_WAY:
            yield touch.at_ms, "touch"


_OLD: Final = f"""
    SELECT p.id, p.name, p.company, p.email FROM person p JOIN lead l ON l.person_id = p.id
    WHERE NOT p.{ERASED_PERSON} GROUP BY p.id HAVING min(l.handed_off_ms) < ? ORDER BY p.id"""
