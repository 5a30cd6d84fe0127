"""The stored contracts and their compiled calendars, as a look that writes nothing may use them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from leadq import views
from leadq.domain.clocks import Clock, Rules, clocks_of_cycle
from leadq.domain.contract_file import read_contract

if TYPE_CHECKING:
    import sqlite3

    from leadq.domain.contract import Contract
    from leadq.domain.lead import Lead


class StoredRules:
    """What the clocks of a cycle followed, read once each."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db
        self._calendars = views.Calendars(db)
        self._known: dict[str, tuple[int, Contract]] = {}

    def clocks(self, lead: Lead) -> tuple[Clock, ...]:
        """The lead's clocks under the contracts that its cycle kept. Raises LookupError when one is not stored."""
        return clocks_of_cycle(lead, self._rules)

    def contract_id(self, digest: str) -> int:
        """The local id of a stored version. Raises LookupError when it is not stored."""
        return self._contract(digest)[0]

    def _rules(self, digest: str, policy_id: str) -> Rules:
        contract_id, contract = self._contract(digest)
        policy = next((policy for policy in contract.policies if policy.id == policy_id), None)
        calendar = self._calendars.named(contract_id, policy.calendar) if policy else None
        if policy is None or calendar is None:
            raise LookupError(policy_id)
        return Rules(policy, calendar, contract.pause)

    def _contract(self, digest: str) -> tuple[int, Contract]:
        if digest not in self._known:
            row = self._db.execute("SELECT id, text FROM contract WHERE hash = ?", (digest,)).fetchone()
            contract = read_contract(row[1].encode(), "contract", check_holidays=False).contract if row else None
            if contract is None:
                raise LookupError(digest)
            self._known[digest] = (row[0], contract)
        return self._known[digest]
