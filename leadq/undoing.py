"""Taking the last gesture back, and doing it again: by events, so that nothing is ever edited or deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadq.cycles import give_refs_back, lend_refs, move_refs, open_elsewhere
from leadq.domain import events as ev
from leadq.domain.events import Draft, voided
from leadq.domain.folding import fold
from leadq.domain.situation import Refused
from leadq.ledger import SELECT_EVENT, history, read_event
from leadq.outgoing import compensate, restore
from leadq.recording import Recorded
from leadq.refusals import refusal
from leadq.suppression import lift, oppose

if TYPE_CHECKING:
    from leadq.desk import Desk
    from leadq.domain.events import Event

_UNDOABLE: Final = frozenset({
    ev.ACCEPTED, ev.TOUCHED, ev.REJECTED, ev.DISQUALIFIED, ev.RECYCLED, ev.QUALIFIED, ev.NOTED, ev.ASSIGNED, ev.PAUSED,
    ev.RESUMED, ev.SNOOZED, ev.REROUTED, ev.DISPUTED, ev.ANSWERED, ev.CLOSED, ev.DEBRIEFED, ev.AE_ACCEPTED,
    ev.AE_RETURNED, ev.MERGED, ev.ABSORBED, ev.OPPOSED, ev.CORRECTED, ev.RESCINDED, ev.LEAVE_SET, ev.LEAVE_ENDED,
})  # fmt: skip
_LOOK_BACK: Final = 1001
"""How many of a member's newest events an undo looks through; nobody takes back more than that: a thousand leads, and
the leave that they were handed over for."""


def undo(desk: Desk) -> tuple[list[Event], Recorded]:
    """Take back this member's last gesture that still stands; its events, and what was written.

    Raises LeadqError (5) when there is none, when somebody else went on from it, or when the person has another open
    lead by now.
    """
    mine = _mine(desk)
    taken_back = voided(mine)
    standing = [event for event in mine if _undoable(event) and event.uid not in taken_back]
    if not standing:
        raise refusal(Refused("nothing_to_undo"))
    batch = [event for event in _gesture(desk, standing[-1]) if event.uid not in taken_back]
    _refuse_what_others_stand_on(desk, batch)
    done = _take_back(desk, batch)
    for event in batch:
        done.compensated += compensate(desk.db, _undo_of(done, event), [event.uid])
        if event.type == ev.MERGED:
            give_refs_back(desk.db, event.lead_uid)
        elif event.type == ev.HANDED_OFF:
            move_refs(desk.db, event.lead_uid, event.data["previous"])
    lift(desk.db, [event.uid for event in batch])
    return batch, done


def _gesture(desk: Desk, newest: Event) -> list[Event]:
    """All events of the gesture of which `newest` is one, also what followed from it on other leads."""
    rows = desk.db.execute(
        f"{SELECT_EVENT} WHERE seq > ? - 10000 AND batch = ? ORDER BY seq", (newest.seq, newest.batch)
    )
    return [event for event in map(read_event, rows) if _undoable(event)]


def _refuse_what_others_stand_on(desk: Desk, batch: list[Event]) -> None:
    """A disqualification by a colleague stands on my call, an answer on my verdict: neither may lose its ground."""
    begun = {event.lead_uid for event in batch if event.type == ev.HANDED_OFF}
    for lead_uid in {event.lead_uid for event in batch}:
        events = history(desk.db, lead_uid)
        taken_back = voided(events)
        since = (event for event in events if event.seq > batch[-1].seq and event.uid not in taken_back)
        if any(_counts(desk, event, lead_uid in begun) for event in since):
            raise refusal(Refused("somebody_went_on"))


def _counts(desk: Desk, event: Event, begun: bool) -> bool:
    """Whether this is somebody else's work; on a cycle that would never have begun, also what the prospect said."""
    if event.type == ev.LEAVE_ENDED:
        return True
    if event.actor_kind == "human":
        return not _is_mine(desk, event) and event.type in _UNDOABLE - {ev.NOTED}
    return begun and event.type == ev.TOUCHED


def _is_mine(desk: Desk, event: Event) -> bool:
    return (event.actor, event.device) == (desk.me, desk.device)


def redo(desk: Desk) -> tuple[list[Event], Recorded]:
    """Do again what this member's last gesture took back; the undos, and what was written.

    Raises LeadqError (5) when the last gesture is no undo, or something happened to one of the leads since.
    """
    undone = _last_undo(_mine(desk))
    if not undone:
        raise refusal(Refused("nothing_to_redo"))
    if any(_went_on(desk, event) for event in undone):
        raise refusal(Refused("came_between"))
    done = _take_back(desk, undone)
    for event in undone:
        _stands_again(desk, event)
    return undone, done


def _last_undo(mine: list[Event]) -> list[Event]:
    """The newest undo that stands and is not itself a redo, unless a gesture came after it."""
    undos = {event.uid for event in mine if event.type == ev.UNDONE}
    taken_back = voided(mine)
    for event in reversed(mine):
        if _undoable(event):
            return []
        if event.uid in undos and event.uid not in taken_back and not undos.intersection(event.data["events"]):
            return [other for other in mine if other.batch == event.batch and other.type == ev.UNDONE]
    return []


def _mine(desk: Desk) -> list[Event]:
    rows = desk.db.execute(
        f"{SELECT_EVENT} WHERE actor = ? AND device = ? AND actor_kind = 'human' ORDER BY seq DESC LIMIT ?",
        (desk.me, desk.device, _LOOK_BACK),
    )
    return [read_event(row) for row in rows][::-1]


def _undoable(event: Event) -> bool:
    """A gesture of a rep; a handoff only when it began a new cycle: what marketing handed over is not the rep's."""
    return event.type in _UNDOABLE or (event.type == ev.HANDED_OFF and "previous" in event.data)


def _take_back(desk: Desk, events: list[Event]) -> Recorded:
    """One event on each lead that says what did not happen; a lead that would be open twice is refused."""
    by_lead: dict[str, list[str]] = {}
    for event in reversed(events):  # a new cycle ends before the old one could open again
        by_lead.setdefault(event.lead_uid, []).append(event.uid)
    done = Recorded()
    for lead_uid, uids in by_lead.items():
        draft = Draft(ev.UNDONE, desk.now_ms, {"events": uids})
        _refuse_second(desk, lead_uid, draft)
        done.events += desk.ledger.append(lead_uid, [draft], desk.batch)
        done.leads.append(lead_uid)
    return done


def _refuse_second(desk: Desk, lead_uid: str, draft: Draft) -> None:
    if lead_uid.startswith(ev.TEAM):
        return
    events = history(desk.db, lead_uid)
    would_be = fold([*events, desk.ledger.event(lead_uid, draft, desk.batch)])
    other = open_elsewhere(desk.db, lead_uid) if would_be.open and not fold(events).open else None
    if other is not None:
        raise refusal(Refused("open_elsewhere", {"other": other}))


def _undo_of(done: Recorded, event: Event) -> Event:
    return next(undo for undo in done.events if undo.lead_uid == event.lead_uid)


def _went_on(desk: Desk, undo: Event) -> bool:
    """Whether anything but this member's undos and redos happened to the lead since; an alert is no happening."""
    since = (event for event in history(desk.db, undo.lead_uid) if event.seq > undo.seq and event.type not in ev.SAID)
    return any(event.type != ev.UNDONE or not _is_mine(desk, event) for event in since)


def _stands_again(desk: Desk, undone: Event) -> None:
    """The ops, the suppression and the references that belong to what `undone` had taken back."""
    for event in history(desk.db, undone.lead_uid):
        if event.uid in undone.data["events"]:
            restore(desk.db, event, undone.uid)
            if event.type == ev.OPPOSED and event.actor_kind == "human":
                oppose(desk.db, event)
            elif event.type == ev.MERGED:
                lend_refs(desk.db, event.lead_uid, event.data["into"])
            elif event.type == ev.HANDED_OFF:
                move_refs(desk.db, event.data["previous"], event.lead_uid)
