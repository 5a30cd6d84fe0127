"""The stored calendars that the clocks of a home run on, each once: figures name them by a number."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadq.views import Calendars

if TYPE_CHECKING:
    import sqlite3

    from leadq.domain.calendar import Calendar
    from leadq.domain.contract import Contract


class Hours:
    """Calendars by contract and name; two names for the same hours are one."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._calendars = Calendars(db)
        self._known: dict[tuple[int, str], int] = {}
        self.found: list[Calendar] = []

    def index(self, contract_id: int, name: str) -> int:
        """The place in `found` of the calendar `name` of a contract; -1 when it is not stored."""
        key = contract_id, name
        if key not in self._known:
            self._known[key] = self._place(self._calendars.named(contract_id, name))
        return self._known[key]

    def of_contract(self, contract: Contract) -> Calendar | None:
        """The calendar of the contract's last policy, which any lead may get: by it, months have working days."""
        row = self._db.execute("SELECT id FROM contract WHERE hash = ?", (contract.hash,)).fetchone()
        return self._calendars.named(row[0], contract.policies[-1].calendar) if row else None

    def _place(self, calendar: Calendar | None) -> int:
        if calendar is None:
            return -1
        if calendar not in self.found:
            self.found.append(calendar)
        return self.found.index(calendar)
