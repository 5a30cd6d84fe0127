"""A story's end, judged: what the databases and the CRM say, in the terms of the invariants."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from leadq.testing.book import ME
from leadq.testing.invariants import (
    LocalLead,
    OpRow,
    Violation,
    appends_are_in_order,
    departures_are_classified,
    each_acked_append_is_there_once,
    every_op_ends,
    everything_in_scope_is_local,
    no_silent_overwrite,
    nothing_is_taken_for_news,
    something_wakes_us,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from leadq.testing.book import Effect, Record
    from leadq.testing.crm import FakeCRM
    from leadq.testing.laptop import Laptop


def verdict(laptop: Laptop, crm: FakeCRM, wakes_ms: int | None) -> list[Violation]:
    """Every rule that is broken on this laptop, at rest."""
    ops, leads, records = ops_of(laptop), leads_of(laptop), records_of(crm)
    effects = _seen_from(crm.book.effects, {op.op_id for op in ops})
    stuck = {(op.lead, "status") for op in ops if op.state in ("conflict", "dead")}
    unmerged = {lead: record for lead, record in records.items() if record.owner == ME and not record.merged_ids}
    found = [
        *each_acked_append_is_there_once(effects, ops, unreadable_of(crm)),
        *every_op_ends(laptop.ordered, ops),
        *no_silent_overwrite(effects, ops, unmerged, leads, stuck),
        *nothing_is_taken_for_news(effects, told_of(laptop)),
        *appends_are_in_order(effects, ops),
        *departures_are_classified(records, leads, ME),
        *something_wakes_us(ops, wakes_ms),
    ]
    return [replace(each, what=f"{laptop.name}: {each.what}") for each in found]


def nothing_is_missing(laptop: Laptop, crm: FakeCRM) -> list[Violation]:
    """I6, which must hold before all is listed anew: what the cursor went past is here."""
    leads = [LocalLead(lead) for (lead,) in laptop.rows("SELECT external_id FROM remote_ref")]
    return everything_in_scope_is_local(records_of(crm), leads, ME)


def records_of(crm: FakeCRM) -> Mapping[str, Record]:
    """What is there in the end, whatever was delayed."""
    crm.catch_up()
    return {lead: record for lead in crm.book.ids() if (record := crm.book.get(lead))}


def unreadable_of(crm: FakeCRM) -> set[str]:
    """The leads of which nothing can be read any more."""
    return {lead for lead, record in records_of(crm).items() if record.state in crm.personality.hides}


def ops_of(laptop: Laptop) -> list[OpRow]:
    """Its outbox."""
    return [
        OpRow(
            *(op_id, lead, seq, state),
            fields={"status": status} if status else {},
            appends=bool(adds),
            was_sent=sent_ms is not None,
            sets=scope != "timeline",
        )
        for op_id, lead, seq, state, status, adds, sent_ms, scope in laptop.rows(_OPS)
    ]


def leads_of(laptop: Laptop) -> list[LocalLead]:
    """Its leads: the status is the one that we know to be there."""
    return [
        LocalLead(lead, {"status": status}, is_open=state in ("handed_off", "accepted", "working", "connected"),
                  departed=departed)
        for lead, state, status, departed in laptop.rows(_LEADS)
    ]  # fmt: skip


def told_of(laptop: Laptop) -> list[tuple[str, str]]:
    """What it took for a status that somebody else set; of leads that still have their first name there."""
    return [(lead, value) for lead, value in laptop.rows(_TOLD)]


def _seen_from(effects: Sequence[Effect], ours: Collection[str]) -> list[Effect]:
    """For one laptop, what another one wrote is somebody else's."""
    return [
        replace(each, by="another laptop") if each.by == "leadq" and each.op_id and each.op_id not in ours else each
        for each in effects
    ]


_OPS = """
    SELECT o.op_id, l.external_id, o.seq, o.state, o.status, o.adds, o.last_sent_ms, o.scope
    FROM outbox o JOIN lead l ON l.uid = o.lead_uid ORDER BY o.lead_uid, o.seq"""
_LEADS = """
    SELECT l.external_id, l.state, coalesce(s.status, ''), coalesce(s.departed, '')
    FROM lead l LEFT JOIN remote_snapshot s ON s.connection = l.connection AND s.external_id = l.external_id"""
_TOLD = """
    SELECT l.external_id, json_extract(e.data, '$.new') FROM event e JOIN lead l ON l.uid = e.lead_uid
    WHERE e.type = 'remote_changed' AND json_extract(e.data, '$.field') = 'status'
    AND (SELECT count(*) FROM remote_ref r WHERE r.lead_id = l.id) = 1"""
