"""A new cycle of somebody who is known: the old one stays as it ended, and what identifies the lead moves on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from leadq.domain import events as ev
from leadq.domain.events import Draft
from leadq.handoff import PERSON_FIELDS, package, values_again
from leadq.ledger import compact
from leadq.order import IS_OPEN
from leadq.uids import remote_uid, uuid7

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping

    from leadq.desk import Desk
    from leadq.domain.lead import Lead


def open_elsewhere(db: sqlite3.Connection, lead_uid: str) -> int | None:
    """The open cycle, if any, that the person of this lead has on its product line, beside this one: the local id."""
    row = db.execute(_OPEN_ELSEWHERE, (lead_uid,)).fetchone()
    return int(row[0]) if row else None


def begin(desk: Desk, lead: Lead, draft: Draft) -> tuple[str, Draft]:
    """Write down the row of the cycle that follows `lead`; its uid, and its handoff, which is still to be appended.

    `draft` says when and by which trigger; the rest is what the old handoff said, judged by the contract in force.
    """
    person_id, connection, external_id = desk.db.execute(_KNOWN, (lead.uid,)).fetchone()
    cycle, uid = following(desk, person_id, lead.product_line, connection, external_id)
    data = _handoff(desk, lead, draft, person_id, connection, cycle)
    desk.db.execute(
        _INSERT,
        {
            "uid": uid, "person_id": person_id, "contract_id": desk.rules.current_id, "connection": connection,
            "external_id": external_id, "cycle": cycle, "product_line": lead.product_line, "tier": data["tier"],
            "missing": compact(data["missing"]), "flags": compact(data.get("flags", ())), "at_ms": draft.occurred_ms,
            **{name: data.get(name, "") for name in ("owner", "source", "campaign", "trigger")},
            **{name: data.get(name) for name in ("score", "fit", "engagement")},
        },
    )  # fmt: skip
    move_refs(desk.db, lead.uid, uid)
    return uid, Draft(ev.HANDED_OFF, draft.occurred_ms, data, draft.texts)


def following(desk: Desk, person_id: int, line: str, connection: str, external_id: str) -> tuple[int, str]:
    """The number and the uid of somebody's next cycle on a product line.

    A name in another system may have had cycles of several people or lines (a merge, a row that says another line): its
    uids are told apart by the number too, so a number that one of them has is passed over.
    """
    (cycle,) = desk.db.execute(_NEWEST, (person_id, line)).fetchone()
    while True:
        cycle += 1
        uid = remote_uid(connection, "lead", external_id, cycle) if external_id else uuid7(desk.now_ms)
        if not desk.db.execute("SELECT 1 FROM lead WHERE uid = ?", (uid,)).fetchone():
            return cycle, uid


def move_refs(db: sqlite3.Connection, from_uid: str, to_uid: str) -> None:
    """What another system calls the one lead now means the other, its next cycle or the one before."""
    db.execute(_MOVE_REFS, {"from": from_uid, "to": to_uid})


def lend_refs(db: sqlite3.Connection, from_uid: str, to_uid: str) -> None:
    """What another system calls a lead now means its survivor, too: only a primary reference receives ops."""
    db.execute(_NO_MORE_PRIMARY, {"from": from_uid})
    move_refs(db, from_uid, to_uid)


def give_refs_back(db: sqlite3.Connection, lead_uid: str) -> None:
    """A lead that is one of its own again answers to its own name, and to those of the leads merged into it before."""
    db.execute(_REFS_BACK, {"uid": lead_uid})


def _handoff(desk: Desk, lead: Lead, draft: Draft, person_id: int, connection: str, cycle: int) -> dict[str, Any]:
    """The criteria are judged by what marketing handed over; the policy by what brings the lead back now."""
    person = desk.db.execute(f"SELECT {', '.join(PERSON_FIELDS)} FROM person WHERE id = ?", (person_id,)).fetchone()
    values = values_again(dict(zip(PERSON_FIELDS, person, strict=True)), lead)
    contract = desk.rules.current
    trigger: Mapping[str, Any] = {"trigger": draft.data["trigger"]}
    policy = contract.policy_for({**values, **trigger})
    data = package(values, contract, connection=connection, cycle=cycle)
    opposed = {"opposed": True} if lead.opposed_ms is not None and draft.data["trigger"] != "reply" else {}
    return {**data, **trigger, **opposed, "policy": policy.id, "tier": policy.tier, "previous": lead.uid}


_KNOWN: Final = "SELECT person_id, connection, external_id FROM lead WHERE uid = ?"
_NEWEST: Final = "SELECT coalesce(max(cycle), 0) FROM lead WHERE person_id = ? AND product_line = ?"
_OPEN_ELSEWHERE: Final = f"""
    SELECT l.id FROM lead me JOIN lead l ON l.person_id = me.person_id AND l.product_line = me.product_line
    WHERE me.uid = ? AND l.id <> me.id AND {IS_OPEN}"""
_INSERT: Final = """
    INSERT INTO lead (uid, person_id, contract_id, connection, external_id, cycle, product_line, state, owner, source,
        campaign, trigger, score, fit, engagement, tier, missing, date_only, handed_off_ms, flags, reason, version)
    VALUES (:uid, :person_id, :contract_id, :connection, :external_id, :cycle, :product_line, 'handed_off', :owner,
        :source, :campaign, :trigger, :score, :fit, :engagement, :tier, :missing, 0, :at_ms, :flags, '', 0)"""
_MOVE_REFS: Final = """
    UPDATE remote_ref SET lead_id = (SELECT id FROM lead WHERE uid = :to)
    WHERE lead_id = (SELECT id FROM lead WHERE uid = :from)"""
_NO_MORE_PRIMARY: Final = "UPDATE remote_ref SET is_primary = 0 WHERE lead_id = (SELECT id FROM lead WHERE uid = :from)"
_REFS_BACK: Final = """
    WITH RECURSIVE part AS (
        SELECT id, uid, person_id, product_line, cycle, connection, external_id FROM lead WHERE uid = :uid
        UNION SELECT l.id, l.uid, l.person_id, l.product_line, l.cycle, l.connection, l.external_id
        FROM part p JOIN lead l ON l.merged_into = p.uid
            OR (l.person_id = p.person_id AND l.product_line = p.product_line AND l.cycle < p.cycle)
    )
    UPDATE remote_ref SET lead_id = me.id,
        is_primary = remote_ref.connection = me.connection AND remote_ref.external_id = me.external_id
    FROM lead me
    WHERE me.uid = :uid AND EXISTS (
        SELECT 1 FROM part p WHERE p.connection = remote_ref.connection AND p.external_id = remote_ref.external_id)"""
