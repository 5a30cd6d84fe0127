"""What must hold of a team at rest, each rule a function from what is left of a story to violations.

I1 to I5 and I8 to I9 of the CRM's part are the sync engine's own (`invariants.py`), asked of each laptop.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from leadq.doctor import refold
from leadq.domain import events as ev
from leadq.testing.book import ME
from leadq.testing.invariants import (
    Violation,
    appends_are_in_order,
    departures_are_classified,
    each_acked_append_is_there_once,
    every_op_ends,
    everything_in_scope_is_local,
    no_silent_overwrite,
    nothing_is_taken_for_news,
    something_wakes_us,
    the_budget_was_kept,
)
from leadq.testing.teamlaptop import AMOUNT, PER_S
from leadq.testing.verdict import _seen_from, leads_of, ops_of, records_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from leadq.testing.invariants import OpRow
    from leadq.testing.journal import Journal
    from leadq.testing.teamhub import Truth
    from leadq.testing.teamlaptop import TeamCRM, TeamLaptop


@dataclass(frozen=True)
class Ended:
    """What is left of a story. `committed`: by laptop, the events that it wrote and did not lose with its disk;
    `owned`: all who ever had a lead at the hub; `vanished`: ops that went with a disk, and their events; `disturbed`:
    whether a process died or a clock was set, so that what was spent of a limit may have been forgotten; `folded`: the
    laptop whose leads are folded again, if there is one of this number."""

    truth: Truth
    laptops: Sequence[TeamLaptop]
    removed: Collection[int]
    crm: TeamCRM
    journals: Sequence[Journal]
    committed: Sequence[Collection[str]]
    owned: Mapping[str, Collection[str]]
    vanished: Mapping[str, str]
    wakes: Mapping[int, int]
    disturbed: bool
    folded: int
    runs: bool

    def members(self) -> Iterator[tuple[int, TeamLaptop]]:
        """The laptops that may still exchange."""
        return ((number, each) for number, each in enumerate(self.laptops) if number not in self.removed)


def broken(ended: Ended) -> list[Violation]:
    """Every rule that does not hold."""
    return [
        *nothing_is_lost(ended),
        *nothing_is_there_twice(ended),
        *everything_is_where_it_belongs(ended),
        *all_fold_alike(ended),
        *each_lead_is_one_members(ended),
        *each_lead_is_routed_once(ended),
        *people_are_known_to_whom_they_may_be(ended),
        *outcomes_are_at_the_crm_once(ended),
        *the_account_kept_its_limit(ended),
    ]


def hears_of(ended: Ended, number: int, lead: str, wrote: Collection[tuple[str, str]]) -> bool:
    """Whether this laptop has to hear of a lead: a rep's of those that are theirs or were, that they wrote about, and
    that are nobody's; who sees all, of all. `wrote`: (lead, member) of all events."""
    name = ended.laptops[number].name
    role, _removed = ended.truth.members[name]
    owners = ended.owned.get(lead, {""})
    return role != "rep" or name in owners or ended.truth.owners.get(lead, "") == "" or (lead, name) in wrote


def may_hear_of(ended: Ended, lead: str) -> bool:
    """Whether a lead was nobody's at some time, and so everybody's to hear of: what a home has once it keeps."""
    return "" in ended.owned.get(lead, {""})


def nothing_is_lost(ended: Ended) -> list[Violation]:
    """What a laptop has committed is at the hub."""
    there = {uid for uid, *_rest in ended.truth.events}
    return [
        Violation("lost", f"{laptop.name}: {uid}")
        for number, laptop in ended.members()
        for uid in sorted(set(ended.committed[number]) - there)
    ]


def nothing_is_there_twice(ended: Ended) -> list[Violation]:
    """Each event is at the hub once."""
    times = Counter(uid for uid, *_rest in ended.truth.events)
    return [Violation("twice", uid) for uid, count in times.items() if count > 1]


def everything_is_where_it_belongs(ended: Ended) -> list[Violation]:
    """Every event is on every home that should have it, and on no other; of a lead that a home has it has everything.

    Who was removed has heard of nothing since, and has what they did themselves.
    """
    found = []
    there = ended.truth.events
    wrote = {(lead, member) for _uid, _device, member, lead in there}
    of_lead: dict[str, set[str]] = defaultdict(set)
    for uid, _device, _member, lead in there:
        of_lead[lead].add(uid)
    for number, laptop in enumerate(ended.laptops):
        here: dict[str, set[str]] = defaultdict(set)
        for uid, lead in laptop.rows("SELECT uid, lead_uid FROM event"):
            here[lead].add(uid)
        own = set(ended.committed[number]) if number in ended.removed else set()
        for lead in sorted({*of_lead, *here}):
            must = hears_of(ended, number, lead, wrote)
            wanted = of_lead[lead] if must or here[lead] else set()
            missing = wanted - here[lead] if number not in ended.removed else set()
            allowed = of_lead[lead] if must or may_hear_of(ended, lead) else set()
            found += [Violation("missing", f"{laptop.name}: {uid} of {lead}") for uid in sorted(missing)]
            more = here[lead] - allowed - own
            found += [Violation("stray", f"{laptop.name}: {uid} of {lead}") for uid in sorted(more)]
    return found


def all_fold_alike(ended: Ended) -> list[Violation]:
    """The same events make the same leads, wherever they came from and in whatever order; and what is stored is what
    they make."""
    found, first = list[Violation](), dict[str, tuple[str, object]]()
    for _number, laptop in ended.members():
        for uid, *here in laptop.rows(_FOLDED):
            name, there = first.setdefault(uid, (laptop.name, here))
            if here != there:
                found.append(Violation("fold", f"{laptop.name}: {uid} {here} and {name}: {there}"))
    if ended.folded >= len(ended.laptops):
        return found
    with ended.laptops[ended.folded].store.read() as db:
        found += [Violation("refold", f"{ended.laptops[ended.folded].name}: lead {lead}")
                  for lead, same in refold(db) if not same]  # fmt: skip
    return found


def each_lead_is_one_members(ended: Ended) -> list[Violation]:
    """Whose a lead is, is the same on every home and at the hub."""
    found = []
    for _number, laptop in ended.members():
        for uid, owner in laptop.rows("SELECT uid, owner FROM lead"):
            if ended.truth.owners.get(uid, owner) != owner:
                found.append(Violation("owner", f"{uid}: {owner} on {laptop.name}, {ended.truth.owners[uid]} there"))
    return found


def each_lead_is_routed_once(ended: Ended) -> list[Violation]:
    """Where there is a runner: a lead that is nobody's has been given to somebody, and that once; no step of an
    escalation is taken twice. The first laptop hears of everything."""
    first, acts = ended.laptops[0], Counter[tuple[str, ...]]()
    for lead, clock, step in first.rows(_ACTS):
        acts[lead, clock, step] += 1
    twice = [Violation("routed", f"{act}: {count} times") for act, count in acts.items() if count > 1]
    open_ = [uid for (uid,) in first.rows(_NOBODYS)] if ended.runs else []
    return twice + [Violation("routed", f"{uid}: to nobody") for uid in open_ if (uid, "", "") not in acts]


def handed_over_rightly(
    name: str, role: str, what: Mapping[str, Any], before: Mapping[str, str], after: Mapping[str, str]
) -> list[Violation]:
    """What one word changed of whose the leads are: only a lead that it decides about changes hands, and a rep takes
    none that is another's."""
    decided = {event["lead_uid"] for event in what["events"] if event["type"] in _DECIDING}
    decided |= {event["lead_uid"] for event in what["events"] if json.loads(event["data"]).get("field") == "owner"}
    found = []
    for uid, owner in before.items():
        if after[uid] != owner and uid not in decided:
            found.append(Violation("by the way", f"{uid}: from {owner} to {after[uid]}, by {name}"))
        if after[uid] != owner and owner not in ("", name) and role == "rep":
            found.append(Violation("stolen", f"{uid}: from {owner} to {after[uid]}, by {name}"))
    return found


def people_are_known_to_whom_they_may_be(ended: Ended) -> list[Violation]:
    """A rep knows who a lead is about when it is theirs or nobody's; when it never was, they know only what
    they wrote themselves.

    Leads that the CRM has are known to all who use its account.
    """
    found = []
    for _number, laptop in ended.members():
        role, _removed = ended.truth.members[laptop.name]
        for uid, at_crm, is_known, texts in laptop.rows(_KNOWN, laptop.name):
            owner = ended.truth.owners.get(uid, "")
            if uid in ended.truth.people and (owner in ("", laptop.name) or role != "rep") and not is_known:
                found.append(Violation("unknown", f"{laptop.name}: {uid}"))
            might = {"", laptop.name}.intersection(ended.owned.get(uid, {""}))
            if role == "rep" and not might and (texts or (is_known and not at_crm)):
                found.append(Violation("told", f"{laptop.name}: {uid}"))
    return found


def outcomes_are_at_the_crm_once(ended: Ended) -> list[Violation]:
    """The sync engine's own rules, of each laptop; and no entry is there twice of an op that went with a disk."""
    found: list[Violation] = []
    for number, laptop in enumerate(ended.laptops):
        if not laptop.works_with_the_crm():
            continue
        found += _of_the_engine(laptop, ended.crm, ended.wakes.get(number))
        found += ended.journals[number].violations
    there: Counter[str] = Counter()
    for effect in ended.crm.book.effects:
        if effect.op_id and effect.kind in ("append", "remove"):
            there[effect.op_id] += 1 if effect.kind == "append" else -1
    doubled = [op_id for op_id in ended.vanished if there[op_id] > 1 and not _line_doubles(ended.crm)]
    return found + [Violation("doubled", op_id) for op_id in doubled]


def _line_doubles(crm: TeamCRM) -> bool:
    """Whether the line did something twice: of an op that is gone nobody is left to notice that."""
    return crm.nemesis is not None and any(fate.fault == "duplicate" for *_asked, fate in crm.nemesis.log)


def _of_the_engine(laptop: TeamLaptop, crm: TeamCRM, wakes_ms: int | None) -> list[Violation]:
    """As `verdict.verdict`, of the leads that the CRM has."""
    ops, records = ops_of(laptop), records_of(crm)
    if laptop.was_put_back:
        ops = [_remembered(op, ops, crm) for op in ops]
    leads = [lead for lead in leads_of(laptop) if lead.lead]
    effects = _seen_from(crm.book.effects, {op.op_id for op in ops})
    told = [] if laptop.was_put_back else [(lead, value) for lead, value in laptop.rows(_TOLD)]  # its own is news then
    stuck = {(op.lead, "status") for op in ops if op.state in ("conflict", "dead")}
    found = [
        *each_acked_append_is_there_once(effects, ops),
        *every_op_ends(laptop.seen, ops),
        *no_silent_overwrite(effects, ops, records, leads, stuck),
        *nothing_is_taken_for_news(effects, told),
        *appends_are_in_order(effects, ops),
        *departures_are_classified(records, leads, ME),
        *everything_in_scope_is_local(records, leads, ME),
        *something_wakes_us(ops, wakes_ms),
    ]
    return [replace(each, what=f"{laptop.name}: {each.what}") for each in found]


def vanished_outcomes(ended: Ended) -> list[str]:
    """Ops that went with a disk before the CRM heard of them, though the hub has what they were about."""
    there = {effect.op_id for effect in ended.crm.book.effects}
    at_hub = {uid for uid, *_rest in ended.truth.events}
    return [op_id for op_id, event in ended.vanished.items() if op_id not in there and event in at_hub]


def _remembered(op: OpRow, ops: Sequence[OpRow], crm: TeamCRM) -> OpRow:
    """An op of a laptop that was put back: it may have been sent, or left out for a later one, before that; and it is
    in doubt while it waits for a person behind another one."""
    were_set = {effect.op_id for effect in crm.book.effects if effect.kind == "set"}
    if any(other.lead == op.lead and other.seq > op.seq and other.op_id in were_set for other in ops):
        op = replace(op, fields={}, sets=False)
    return replace(op, was_sent=True, state="blocked" if op.state == "unknown" else op.state)


def the_account_kept_its_limit(ended: Ended) -> list[Violation]:
    """I9, of all laptops together; who forgot what was spent is told so by the service."""
    if ended.disturbed:
        return []
    return the_budget_was_kept(((each.at_ms, 1.0) for each in ended.crm.asked), AMOUNT, int(PER_S * 1000))


_DECIDING: Any = frozenset({ev.ACCEPTED, ev.ASSIGNED, ev.REROUTED, ev.ABSORBED, *ev.TAKE_BACK})
_FOLDED: Any = """
    SELECT uid, state, owner, handed_off_ms, accepted_ms, first_touch_ms, last_touch_ms, closed_ms, reason, quality,
    due_ms, invalid, answer FROM lead ORDER BY uid"""
_KNOWN: Any = """SELECT l.uid, l.connection <> '', p.name <> '' OR p.email <> '',
    EXISTS (SELECT 1 FROM event e JOIN event_text t ON t.event_uid = e.uid
        WHERE e.lead_uid = l.uid AND e.actor <> ?)
    FROM lead l JOIN person p ON p.id = l.person_id"""
_TOLD: Any = """
    SELECT l.external_id, json_extract(e.data, '$.new') FROM event e JOIN lead l ON l.uid = e.lead_uid
    WHERE e.type = 'remote_changed' AND json_extract(e.data, '$.field') = 'status'
    AND e.device = (SELECT value FROM meta WHERE key = 'device')"""
_ACTS: Any = """
    SELECT lead_uid, coalesce(json_extract(data, '$.clock'), ''), coalesce(json_extract(data, '$.step'), '')
    FROM event WHERE type = 'assigned' AND json_extract(data, '$.runner') IS NOT NULL"""
_NOBODYS: Any = "SELECT uid FROM lead WHERE owner = '' AND state = 'handed_off'"
