"""The changes that leave: put together from events as they go, because ops hold no personal data."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any, Final

from leadq.clock import iso
from leadq.plugins.sdk import Change

if TYPE_CHECKING:
    from collections.abc import Sequence

    from leadq.sync.ops import Op


_REASON: Final = {"touch": "outcome", "assign": "to"}
"""Where the coded part of a change is, for those that have no reason."""


def assemble(db: sqlite3.Connection, ops: Sequence[Op]) -> list[Change]:
    """One change for each op, in their order."""
    return [_change(op, *db.execute(_FACTS, (op.event_uid, op.lead_uid)).fetchone()) for op in ops]


def _change(op: Op, device: str, actor: str, occurred_ms: int, facts: str, note: str | None, email: str) -> Change:
    data: dict[str, Any] = json.loads(facts)
    return Change(
        op_id=op.op_id,
        lead_uid=op.lead_uid,
        external_id=op.external_id,
        email=email,
        verb=op.verb,
        reason=data.get(_REASON.get(op.verb, "reason"), ""),
        quality=data.get("quality"),
        missing=tuple(data.get("missing", ())),
        note=note or "",
        occurred_at=iso(occurred_ms) or "",
        actor=actor,
        seq=op.seq,
        stamp=f"{device}:{op.seq}",
        compensates=op.compensates,
        status=op.status,
        scope=op.scope,
    )


_FACTS: Final = """
    SELECT e.device, e.actor, e.occurred_ms, e.data,
        (SELECT text FROM event_text WHERE event_uid = e.uid AND kind = 'note'), p.email
    FROM event e, lead l JOIN person p ON p.id = l.person_id WHERE e.uid = ? AND l.uid = ?"""
