"""The hub connection: the team's PostgreSQL. It moves no leads of a CRM; it exchanges events with the other homes.

Each word of the exchange is one statement, a function of the hub's own (`leadq/hub/schema`), and commits by itself: so
nothing is held there by a laptop that stops in between, and each word may be said twice.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, ClassVar, Final

from leadq.hub.address import UNREACHABLE, driver, opened, said, settings_of
from leadq.plugins.sdk import N_, Account, AuthFailed, Context, Option, Rejected, Transient, hookimpl

if TYPE_CHECKING:
    from collections.abc import Mapping

NO_HUB: Final = N_(
    "There is no hub in this database, or one that is no member’s to use: `leadq hub init URL` makes one."
)
NOT_YOURS: Final = N_("The hub does not take this from you ({why}).")
NO_MEMBER: Final = N_("You are no member of the hub, or no longer one.")
_WORDS: Final = frozenset({"meet", "give", "news", "agreed", "publish", "run", "act", "claim_report", "return_report"})
_NOT_THERE: Final = frozenset({"3F000", "42P01", "42883"})


class HubAdapter:
    """Speaks with one hub, as one member."""

    name: ClassVar[str] = "hub"
    api_version: ClassVar[int] = 1
    capabilities: ClassVar[frozenset[str]] = frozenset({"exchange"})
    options: ClassVar[tuple[Option, ...]] = (
        Option("url", N_("Address of the hub: postgresql://NAME@HOST/DATABASE"), required=True),
        Option("password", N_("Your password at the hub"), secret=True),
    )

    def __init__(self, context: Context) -> None:
        password = context.secrets.get("password") or context.secrets.get("token", "")
        self._settings = settings_of(str(context.options["url"]), password, kept=True)
        self._db: Any = None

    def check(self) -> Account:
        """Who we are there. Connecting is the look."""
        self._connected()
        return Account(f"hub:{self._settings.get('user', '')}", str(self._settings.get("dbname", "")))

    def exchange(self, word: str, what: Mapping[str, Any]) -> Mapping[str, Any]:
        """One word of the exchange and its answer; see `leadq.sync.exchange`."""
        if word not in _WORDS:
            raise Rejected("word", NO_HUB)
        psycopg, db = driver(), self._connected()
        try:
            row = db.execute(f"SELECT leadq.{word}(%s::jsonb)", (json.dumps(what),), prepare=False).fetchone()
        except psycopg.Error as error:
            raise _told(error) from None
        return dict(row[0])

    def _connected(self) -> Any:
        if self._db is None:
            self._db = opened(self._settings)
        return self._db


def _told(error: Any) -> Transient | AuthFailed | Rejected:
    """What a statement that was refused means."""
    code, why = error.sqlstate or "", said(error)
    if code in _NOT_THERE:
        return Rejected("url", NO_HUB)
    if code == "42501":
        if "policy" in why:
            return Rejected("member", NOT_YOURS, why=why)
        return AuthFailed(NO_MEMBER)
    if not code or code[:2] in ("08", "40", "53", "55", "57"):
        return Transient(UNREACHABLE, why=why)
    return Rejected("url", NOT_YOURS, why=why)


@hookimpl
def leadq_adapter() -> type[HubAdapter]:
    """The adapter of this module."""
    return HubAdapter
