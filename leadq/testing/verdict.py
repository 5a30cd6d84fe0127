"""A story's end, judged: what the databases and the CRM say, in the terms of the invariants."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leadq.testing.invariants import (
    LocalLead,
    OpRow,
    Violation,
    appends_are_in_order,
    each_acked_append_is_there_once,
    every_op_ends,
    no_silent_overwrite,
    something_wakes_us,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from leadq.testing.book import Effect
    from leadq.testing.crm import FakeCRM
    from leadq.testing.laptop import Laptop


def verdict(laptops: Sequence[Laptop], crm: FakeCRM, wakes_ms: Mapping[str, int | None]) -> list[Violation]:
    """Every rule that was broken, on any of the laptops."""
    crm.catch_up()
    found: list[Violation] = []
    for laptop in laptops:
        found += _verdict(laptop, crm, wakes_ms.get(laptop.name), alone=len(laptops) == 1)
    return found


def _verdict(laptop: Laptop, crm: FakeCRM, wakes_ms: int | None, *, alone: bool) -> list[Violation]:
    ops, leads = ops_of(laptop), leads_of(laptop)
    effects = _seen_from(crm.book.effects, {op.op_id for op in ops})
    records = {lead: record for lead in crm.book.ids() if (record := crm.book.get(lead))}
    conflicts = {(op.lead, "status") for op in ops if op.state in ("conflict", "dead")}
    found = [
        *each_acked_append_is_there_once(effects, ops),
        *every_op_ends(laptop.ordered, ops),
        *appends_are_in_order(effects, ops),
        *something_wakes_us(ops, wakes_ms),
    ]
    if alone:
        found += no_silent_overwrite(effects, ops, records, leads, conflicts)
    return found


def ops_of(laptop: Laptop) -> list[OpRow]:
    """Its outbox."""
    return [
        OpRow(op_id, lead, seq, state, {"status": status} if status else {}, bool(adds), was_sent=sent_ms is not None)
        for op_id, lead, seq, state, status, adds, sent_ms in laptop.rows(_OPS)
    ]


def leads_of(laptop: Laptop) -> list[LocalLead]:
    """Its leads."""
    return [
        LocalLead(lead, {"status": state}, is_open=state in ("handed_off", "accepted", "working", "connected"))
        for lead, state in laptop.rows("SELECT external_id, state FROM lead")
    ]


def _seen_from(effects: Sequence[Effect], ours: set[str]) -> list[Effect]:
    """For one laptop, what another one wrote is somebody else's."""
    return [
        replace(each, by="another laptop") if each.by == "leadq" and each.op_id and each.op_id not in ours else each
        for each in effects
    ]


_OPS = """
    SELECT o.op_id, l.external_id, o.seq, o.state, o.status, o.adds, o.last_sent_ms
    FROM outbox o JOIN lead l ON l.uid = o.lead_uid ORDER BY o.lead_uid, o.seq"""
