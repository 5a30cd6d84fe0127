"""Which leaves are known here, and which leads are with whoever stands in: reads only."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Final

from leadq.domain import events as ev
from leadq.domain.events import TEAM, in_order
from leadq.domain.folding import fold
from leadq.domain.leave import Absence, announced, fold_leave
from leadq.i18n import _
from leadq.ledger import SELECT_EVENT, history, read_event
from leadq.order import IS_OPEN
from leadq.saying import say_date, say_when

if TYPE_CHECKING:
    import sqlite3
    from zoneinfo import ZoneInfo

    from leadq.domain.contract import Contract
    from leadq.domain.lead import Lead


def told(db: sqlite3.Connection) -> list[Absence]:
    """All leaves that were told and not taken back, by when they begin."""
    rows = db.execute(f"{SELECT_EVENT} WHERE lead_uid >= ? AND lead_uid < ? ORDER BY lead_uid, seq", (TEAM, f"{TEAM}g"))
    streams = (in_order(list(own)) for _uid, own in groupby(map(read_event, rows), key=lambda event: event.lead_uid))
    found = (fold_leave(own) for own in streams if any(event.type == ev.LEAVE_SET for event in own))
    return sorted((leave for leave in found if leave), key=lambda leave: (leave.from_ms, leave.uid))


def of_contract(contract: Contract, zone: ZoneInfo) -> list[Absence]:
    """Those that the contract announces: they say who is away, and hand nothing over."""
    return [announced(one.id, leave, zone) for one in contract.members.values() for leave in one.leave]


def borrowed(db: sqlite3.Connection) -> list[Lead]:
    """Leads whose owner stands in for somebody: the open ones, and those that went to another home by the CRM."""
    found = (fold(history(db, uid)) for (uid,) in db.execute(_EVER_BORROWED).fetchall())
    return [lead for lead in found if lead.leaves]


def say_span(leave: Absence, zone: ZoneInfo) -> str:
    """From its first day to its last with their year, and with the time where one was given."""
    if _is_midnight(leave.from_ms, zone) and _is_midnight(leave.until_ms, zone):
        begin, end = say_date(leave.from_ms, zone), say_date(leave.until_ms - 1, zone)
    else:
        begin, end = say_when(leave.from_ms, zone, 0), say_when(leave.until_ms, zone, 0)
    return _("from {begin} to {end}").format(begin=begin, end=end)


def _is_midnight(ms: int, zone: ZoneInfo) -> bool:
    local = datetime.fromtimestamp(ms // 1000, UTC).astimezone(zone)
    return (local.hour, local.minute) == (0, 0)


_EVER_BORROWED: Final = f"""
    SELECT l.uid FROM lead l WHERE ({IS_OPEN} OR l.state = 'archived') AND l.owner <> '' AND EXISTS (
        SELECT 1 FROM event e WHERE e.lead_uid = l.uid AND e.type = '{ev.ASSIGNED}'
        AND json_extract(e.data, '$.leave') IS NOT NULL) ORDER BY l.id"""
