"""Recycled leads whose day has come: a new cycle begins by itself, so that «later» is not another word for «never»."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadq.domain import events as ev
from leadq.domain.events import NEXT, Draft
from leadq.recording import record

if TYPE_CHECKING:
    from leadq.desk import Desk

_AT_ONCE: Final = 500
"""How many wake up in one transaction; the others do with the next one, and are on the radar until then."""


def wake(desk: Desk, batch: str) -> None:
    """Hand off again every lead that is to wake by now.

    One whose person came back already, or does not want to be contacted any more, is only marked as woken.
    """
    for uid, back, opposed in desk.db.execute(_DUE, (desk.now_ms, _AT_ONCE)).fetchall():
        lead = desk.ledger.lead(uid)
        woken = Draft(ev.WOKEN, desk.now_ms)
        again = () if back or opposed else (Draft(ev.HANDED_OFF, desk.now_ms, {"trigger": "wake"}, on=NEXT),)
        record(desk, lead, (woken, *again), batch=batch, actor_kind="system")


_DUE: Final = """
    SELECT l.uid, EXISTS (
            SELECT 1 FROM lead n WHERE n.person_id = l.person_id AND n.product_line = l.product_line
            AND n.cycle > l.cycle AND n.state <> 'merged'
        ), l.opposed_ms IS NOT NULL
    FROM lead l JOIN person p ON p.id = l.person_id
    WHERE l.wake_ms <= ? AND (p.name <> '' OR p.company <> '' OR p.email <> '' OR p.phone <> '')
    ORDER BY l.wake_ms, l.id LIMIT ?"""
"""Not those whom only events from another home tell of: who has the person wakes them, and one new cycle is enough."""
