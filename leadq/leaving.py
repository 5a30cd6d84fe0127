"""Going on leave and coming back: what is open goes to whoever stands in, and what is still open returns.

A leave is events under a uid of its own, so every home that hears the team's events knows it. Who may move a lead is
the hub's rule: its owner, a manager or ops; without a hub, anybody. So the home in which a leave is told, or ended,
moves what it may, and the others move theirs when they sync. What is moved without anybody's hand is done by the kind
of actor `bot`, which is no gesture of a person.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from leadq import config
from leadq.desk import Desk
from leadq.domain import events as ev
from leadq.domain.events import TEAM, Draft
from leadq.domain.leave import Absence, given_back, handed_over
from leadq.domain.situation import Refused
from leadq.leaves import borrowed, of_contract, say_span, told
from leadq.members import named
from leadq.order import IS_OPEN
from leadq.queue import Done, done_of
from leadq.recording import Recorded, record
from leadq.refusals import refusal
from leadq.uids import uuid7

if TYPE_CHECKING:
    from collections.abc import Iterable

    from leadq.clock import Clock
    from leadq.domain.lead import Lead
    from leadq.errors import LeadqError
    from leadq.sqlite import Store

MOST: Final = 1_000
"""Leads that are moved at once: as far back as an undo looks."""

BOT: Final = "bot"
_OF_ALL: Final = ("manager", "ops")
"""Roles that may move everybody's leads at the hub."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What a leave, or its end, did. `promises`: of how many of the leads a next step is promised; `elsewhere`: how
    many leads come back by the homes of those who have them; `gone`: how many the CRM took out of this home's reach."""

    leave: Absence
    done: Done
    promises: int = 0
    elsewhere: int = 0
    gone: int = 0


# what a person says


def set_out(desk: Desk, wish: Absence) -> Moved:
    """Tell a leave, and hand over what is open if nobody works any more before it begins. Raises LeadqError (5)."""
    leave = replace(_checked(desk, wish), uid=f"{TEAM}{uuid7(desk.now_ms)[-12:]}")
    data = {"member": leave.member, "cover": leave.cover, "from_ms": leave.from_ms, "until_ms": leave.until_ms}
    parts = [_tell(desk, leave, ev.LEAVE_SET, data)]
    leads = _open_of(desk, leave.member, MOST + 1) if _is_due(desk, leave) else []
    if len(leads) > MOST:
        (count,) = desk.db.execute(f"SELECT count(*) FROM lead l {_OF}", (leave.member,)).fetchone()
        raise refusal(Refused("too_many_leads", {"member": leave.member, "count": count, "most": MOST}))
    parts += [record(desk, lead, [handed_over(leave, desk.now_ms)]) for lead in leads]
    return Moved(leave, done_of(desk, parts), _promised(leads))


def come_back(desk: Desk, member: str) -> Moved:
    """End a member's leave, and give back what this home may. Raises LeadqError (5)."""
    member = named(desk.db)(member)
    _refuse_stranger(desk, member)
    leave = _to_end(desk, member)
    lent = [lead for lead in borrowed(desk.db) if leave.uid in lead.leaves]
    leads = [lead for lead in lent if lead.open]
    back = [lead for lead in leads if _may_move(desk, lead.owner)][:MOST]
    rest = len(leads) - len(back)
    parts = [_tell(desk, leave, ev.LEAVE_ENDED, {"settled": not rest})]
    parts += [record(desk, lead, [given_back(leave, desk.now_ms)]) for lead in back]
    ended = replace(leave, ended_ms=min(desk.now_ms, leave.over_ms), settled=not rest)
    return Moved(ended, done_of(desk, parts), _promised(back), rest, len(lent) - len(leads))


def _to_end(desk: Desk, member: str) -> Absence:
    """The leave that is on, else one whose leads are not all back, else the next one."""
    lent = {uid for lead in borrowed(desk.db) if lead.open for uid in lead.leaves}
    own = [leave for leave in told(desk.db) if leave.member == member and (not leave.settled or leave.uid in lent)]
    if not own:
        raise refusal(Refused("no_leave", {"member": member}))
    return min(own, key=lambda leave: (not leave.holds(desk.now_ms), not leave.is_over(desk.now_ms), leave.from_ms))


def _checked(desk: Desk, wish: Absence) -> Absence:
    """The leave with its people by their ids. Raises LeadqError (5) for one that cannot be."""
    who = named(desk.db)
    leave = replace(wish, member=who(wish.member), cover=who(wish.cover))
    _refuse_stranger(desk, leave.member)
    if leave.cover in ("", leave.member):
        raise _refused(desk, "covers_themselves" if leave.cover else "needs_cover", leave, leave)
    _refuse_stranger(desk, leave.cover)
    if leave.until_ms <= leave.from_ms:
        raise _refused(desk, "leave_reversed", leave, leave)
    if leave.until_ms <= desk.now_ms:
        raise _refused(desk, "leave_past", leave, leave)
    if not _may_move(desk, leave.member):
        raise _refused(desk, "leave_of_another", leave, leave)
    _refuse_crossing(desk, leave)
    return leave


def _refuse_stranger(desk: Desk, member: str) -> None:
    known = desk.rules.current.members
    if member not in known:
        raise refusal(Refused("not_a_member", {"member": member, "known": ", ".join(known)}))


def _refuse_crossing(desk: Desk, leave: Absence) -> None:
    """What the contract announces of a member is no second leave: this is how it begins."""
    begin_ms = max(leave.from_ms, desk.now_ms)  # who came back this morning may go again today
    for other in (*told(desk.db), *of_contract(desk.rules.current, _zone(desk))):
        if other.crosses(begin_ms, leave.until_ms):
            if other.member == leave.member and other.uid:
                raise _refused(desk, "leave_twice", leave, other)
            if other.member == leave.cover:
                raise _refused(desk, "cover_away", leave, other)


def _refused(desk: Desk, code: str, leave: Absence, about: Absence) -> LeadqError:
    others = ", ".join(one for one in desk.rules.current.members if one not in (leave.member, about.member)) or "-"
    span = say_span(about, _zone(desk))
    return refusal(Refused(code, {"member": about.member, "span": span, "known": others}))


# what follows by itself


def see_to(store: Store, clock: Clock) -> None:
    """Hand over for a leave of this home's member that has begun, and give back for leaves that are over.

    Raises LeadqError (74, 75, 78) when the home cannot be used.
    """
    me = config.load(store.home).me
    with store.read() as db:
        if not any(_concerns(leave, me, clock.now_ms()) for leave in told(db)):
            return
    with store.transaction() as connection:
        desk = Desk(connection, store, clock)
        for leave in told(connection):
            if _concerns(leave, me, desk.now_ms):
                (_return if leave.is_over(desk.now_ms) else _hand_on)(desk, leave)


def _concerns(leave: Absence, me: str, now_ms: int) -> bool:
    return not leave.settled and (leave.member == me or leave.is_over(now_ms))


def _hand_on(desk: Desk, leave: Absence) -> None:
    """What came in, or was not handed over yet, when the leave begins and as long as it lasts."""
    if _is_due(desk, leave) and leave.cover in desk.rules.current.members:
        for lead in _open_of(desk, leave.member, MOST):
            if leave.uid not in lead.leaves:  # two who stand in for each other would hand it to and fro
                record(desk, lead, [handed_over(leave, desk.now_ms)], batch=leave.batch, actor_kind=BOT)


def _return(desk: Desk, leave: Absence) -> None:
    """With a hub each home gives back what is its own member's; without one, that of who was away takes it."""
    if leave.member not in desk.rules.current.members:
        return
    leads = [lead for lead in borrowed(desk.db) if lead.open and leave.uid in lead.leaves]
    mine = [lead for lead in leads if desk.me == (lead.owner if _has_hub(desk) else leave.member)][:MOST]
    batch = uuid7(desk.now_ms)
    for lead in mine:
        record(desk, lead, [given_back(leave, desk.now_ms)], batch=batch, actor_kind=BOT)
    if len(mine) == len(leads) and (mine or desk.me in (leave.member, leave.cover)):
        _tell(desk, leave, ev.LEAVE_ENDED, {"settled": True}, batch, BOT)


# both


def _tell(
    desk: Desk, leave: Absence, kind: str, data: dict[str, Any], batch: str = "", actor_kind: str = "human"
) -> Recorded:
    return Recorded(desk.ledger.append(leave.uid, [Draft(kind, desk.now_ms, data)], batch or desk.batch, actor_kind))


def _is_due(desk: Desk, leave: Absence) -> bool:
    """Whether the member works no more before it begins: on the last evening, not a week ahead."""
    contract = desk.rules.current
    name = contract.members[leave.member].calendar if leave.member in contract.members else ""
    calendar = desk.rules.calendar(desk.rules.current_id, name or contract.policies[-1].calendar, desk.now_ms)
    return calendar.elapsed(desk.now_ms, leave.from_ms) == 0


def _open_of(desk: Desk, member: str, most: int) -> list[Lead]:
    rows = desk.db.execute(f"SELECT l.uid FROM lead l {_OF} ORDER BY l.id LIMIT ?", (member, most)).fetchall()
    return [desk.ledger.lead(uid) for (uid,) in rows]


def _promised(leads: Iterable[Lead]) -> int:
    return sum(lead.promise_ms is not None for lead in leads)


def _may_move(desk: Desk, owner: str) -> bool:
    """What the hub would let this home's member do: without one, nobody but people decides."""
    me = desk.rules.current.members.get(desk.me)
    return not _has_hub(desk) or owner == desk.me or (me is not None and me.role in _OF_ALL)


def _has_hub(desk: Desk) -> bool:
    return any(connection.adapter == "hub" for connection in desk.config.connections.values())


def _zone(desk: Desk) -> ZoneInfo:
    return ZoneInfo(desk.rules.current.zone)


_OF: Final = f"WHERE l.owner = ? AND {IS_OPEN}"
