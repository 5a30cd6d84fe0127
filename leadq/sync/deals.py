"""What became of a lead after the handover: each change of its deal at the other end is an event, once."""

from __future__ import annotations

import json
import re
import uuid
from dataclasses import astuple
from typing import TYPE_CHECKING, Final

from leadq.domain import events as ev
from leadq.domain.events import Draft
from leadq.ledger import ADAPTER
from leadq.sync.aliases import lead_called
from leadq.sync.line import server_ms
from leadq.text import clean

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leadq.desk import Desk
    from leadq.plugins.sdk import Deal
    from leadq.sync.line import Line

_SPACE: Final = uuid.UUID("6f0e9f0c-3c2b-5f0e-8d51-2a6a9d1f7b33")
_AMOUNT: Final = re.compile(r"-?\d{1,15}(\.\d{1,6})?")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_STAGE: Final = 100


def take_deals(desk: Desk, line: Line, deals: Iterable[Deal]) -> None:
    """Write down each deal of a lead that we have, as it is now, when that says something else than before."""
    for deal in deals:
        at_ms = server_ms(deal.changed_at)
        lead_uid = lead_called(desk.db, line.connection, deal.lead)
        if lead_uid is None or at_ms is None or _told(desk, lead_uid, at_ms).get(deal.id) == (said := _data(deal)):
            continue
        uid = str(uuid.uuid5(_SPACE, "\x1f".join((line.connection, *astuple(deal)))))
        if desk.db.execute("SELECT 1 FROM event WHERE uid = ?", (uid,)).fetchone() is None:
            desk.ledger.append(lead_uid, [Draft(ev.DEAL_CHANGED, at_ms, said, uid=uid)], desk.batch, ADAPTER)
            line.tally.pulled += 1


def _told(desk: Desk, lead_uid: str, by_ms: int) -> dict[str, dict[str, str]]:
    """What each deal of the lead said last, by then."""
    rows = desk.db.execute(_DEALS, (lead_uid, ev.DEAL_CHANGED, by_ms))
    return {said["deal"]: said for said in (json.loads(data) for (data,) in rows)}


def _data(deal: Deal) -> dict[str, str]:
    """An amount without a currency that one can count in says nothing: both are left out then."""
    priced = _AMOUNT.fullmatch(deal.amount) and _CURRENCY.fullmatch(deal.currency)
    price = {"amount": deal.amount, "currency": deal.currency} if priced else {}
    stage = clean(deal.stage, _STAGE).strip()
    return {"deal": deal.id, "state": deal.state} | ({"stage": stage} if stage else {}) | price


_DEALS: Final = """
    SELECT data FROM event WHERE lead_uid = ? AND type = ? AND occurred_ms <= ? ORDER BY occurred_ms, seq"""
