"""What must hold however a run went: I1 to I14 of reference/sync.md, each a function from what is known to violations.

They judge at rest: the network is healed, all that was delayed has arrived (`FakeCRM.catch_up`), and sync has run until
nothing was left to do. An empty list is the only good answer.
"""

from __future__ import annotations

import base64
import sys
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from leadq.domain.states import CLOSED_STATES

if TYPE_CHECKING:
    from leadq.testing.book import Effect, Record

ENDED: Final = frozenset({"done", "conflict", "dead", "cancelled", "superseded"})
_WAITING: Final = frozenset({"held", "pending", "inflight", "unknown", "acked"})
_WRITTEN: Final = frozenset({"done", "acked"})


@dataclass(frozen=True, slots=True)
class Violation:
    """One rule that was broken, and by what."""

    rule: str
    what: str


@dataclass(frozen=True, slots=True)
class OpRow:
    """One op of the outbox. `lead` is the id at the other end.

    `fields` is what it sets of what is shared, `sets` whether it sets anything on the record, `appends` whether it also
    writes a note. `seen_ms` is the server time of the state of the
    lead that the person looked at when deciding.
    """

    op_id: str
    lead: str
    seq: int
    state: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    appends: bool = False
    seen_ms: int | None = None
    was_sent: bool = True
    sets: bool = False


@dataclass(frozen=True, slots=True)
class LocalLead:
    """One lead as this machine has it. `departed` is the class of a departure, empty while it is in our queue."""

    lead: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    is_open: bool = True
    departed: str = ""


def each_acked_append_is_there_once(
    effects: Iterable[Effect], ops: Iterable[OpRow], unreadable: Collection[str] = ()
) -> list[Violation]:
    """I1. A note of a written op is there exactly once, any other at most once, one that never left not at all.

    What a written op set was set at some time, and none that has a note is left out for a later one. A note that the
    line doubled on a lead of which nothing can be read any more (`unreadable`) is for nobody to find.
    """
    there: Counter[str] = Counter()
    were_set: set[str] = set()
    for effect in effects:
        if effect.by == "leadq" and effect.op_id and effect.kind in ("append", "remove"):
            there[effect.op_id] += 1 if effect.kind == "append" else -1
        elif effect.by == "leadq" and effect.kind == "set":
            were_set.add(effect.op_id)
    known = {op.op_id: op for op in ops}
    found = [_i1(f"{op_id}: nobody ordered it") for op_id in there if op_id not in known]
    for op in known.values():
        least = int(op.appends and op.state in _WRITTEN)
        most = int(op.appends and op.was_sent) * (sys.maxsize if op.lead in unreadable else 1)
        if not least <= there[op.op_id] <= most:
            found.append(_i1(f"{op.op_id} ({op.state}): there {there[op.op_id]} times"))
        if op.state in _WRITTEN and (op.fields or op.sets) and op.op_id not in were_set:
            found.append(_i1(f"{op.op_id} ({op.state}): never set"))
        if op.state == "superseded" and op.appends:
            found.append(_i1(f"{op.op_id}: left out, though it has a note"))
    return found


def _i1(what: str) -> Violation:
    return Violation("I1", what)


def every_op_ends(written: Collection[str], ops: Iterable[OpRow]) -> list[Violation]:
    """I2. Every op that a verb ever wrote is still there, and has come to an end.

    One that is held back by an op of the same lead that waits for a person waits for that person too.
    """
    known = {op.op_id: op for op in ops}
    held_back = _waiting_for_a_person(known.values())
    lost = [Violation("I2", f"{op_id}: vanished") for op_id in written if op_id not in known]
    restless = [op for op in known.values() if op.state not in ENDED and op.op_id not in held_back]
    return lost + [Violation("I2", f"{op.op_id}: {op.state}") for op in restless]


def no_silent_overwrite(
    effects: Sequence[Effect],
    ops: Iterable[OpRow],
    records: Mapping[str, Record],
    leads: Iterable[LocalLead],
    conflicts: Collection[tuple[str, str]],
    shared: Collection[str] = ("status",),
) -> list[Violation]:
    """I3. A shared field ends as our last intent, or as somebody's later edit that we have; or the conflict is shown.

    `conflicts` are the (lead, field) that a person can see. An edit that we wrote over without having seen it is as
    bad as an intent that did not get through.
    """
    local = {each.lead: each for each in leads}
    found = []
    for (lead, name), intents in _intents(ops, shared).items():
        if (lead, name) in conflicts or lead not in records or records[lead].state != "open":
            continue
        touching = [effect for effect in effects if effect.lead == lead and name in effect.fields]
        found += _overwritten(lead, name, intents, touching)
        value, last = records[lead].properties.get(name), touching[-1] if touching else None
        theirs = last is not None and last.by != "leadq"
        mine = local[lead].fields.get(name) if theirs and lead in local else intents[-1].fields[name]
        if value != mine:
            found.append(Violation("I3", f"{lead}.{name} is {value!r} there and {mine!r} here"))
    return found


def _intents(ops: Iterable[OpRow], shared: Collection[str]) -> dict[tuple[str, str], list[OpRow]]:
    """The written ops that set each shared field, in their order."""
    found: dict[tuple[str, str], list[OpRow]] = defaultdict(list)
    for op in sorted(ops, key=lambda each: each.seq):
        for name in shared:
            if op.state in _WRITTEN and name in op.fields:
                found[op.lead, name].append(op)
    return found


def _overwritten(lead: str, name: str, intents: Sequence[OpRow], touching: Sequence[Effect]) -> list[Violation]:
    """Edits by others that came after what the person saw and before our write, and are gone."""
    found = []
    for op in intents:
        ours = next((effect for effect in touching if effect.op_id == op.op_id), None)
        if ours is None or op.seen_ms is None:
            continue
        found += [
            Violation("I3", f"{op.op_id} wrote over {lead}.{name} = {each.fields[name]!r}")
            for each in touching[: touching.index(ours)]
            if each.by != "leadq" and each.at_ms > op.seen_ms and each.fields[name] != op.fields[name]
        ]
    return found


def _waiting_for_a_person(ops: Collection[OpRow]) -> set[str]:
    """What has not left, behind an op of the same lead that somebody must look at."""
    stuck = {(op.lead, op.seq) for op in ops if op.state in ("conflict", "dead")}
    return {
        op.op_id
        for op in ops
        if op.state in ("blocked", "held") and any(lead == op.lead and seq < op.seq for lead, seq in stuck)
    }


def nothing_is_taken_for_news(effects: Iterable[Effect], told: Iterable[tuple[str, str]]) -> list[Violation]:
    """I3, the other way round. `told` are the statuses (lead, value) that we were told somebody else had set, as often
    as we were: somebody else did. Our own write, or what was there before it, is no news."""
    done = Counter(
        (each.lead, each.fields["status"])
        for each in effects
        if each.by != "leadq" and each.kind == "set" and "status" in each.fields
    )
    return [
        Violation(
            "I3", f"{lead}.status = {value!r} was told {times} times, and set by others {done[lead, value]} times"
        )
        for (lead, value), times in Counter(told).items()
        if times > done[lead, value]
    ]


def appends_are_in_order(effects: Iterable[Effect], ops: Iterable[OpRow]) -> list[Violation]:
    """I4. The notes of one lead first appear in the order of its seq."""
    seqs = {op.op_id: (op.lead, op.seq) for op in ops}
    latest: dict[str, int] = {}
    seen: set[str] = set()
    found = []
    for effect in effects:
        if effect.kind != "append" or effect.by != "leadq" or effect.op_id not in seqs or effect.op_id in seen:
            continue
        seen.add(effect.op_id)
        lead, seq = seqs[effect.op_id]
        if seq < latest.get(lead, 0):
            found.append(Violation("I4", f"{effect.op_id}: seq {seq} after {latest[lead]} on {lead}"))
        latest[lead] = max(seq, latest.get(lead, 0))
    return found


def nothing_is_set_after_a_departure(
    effects: Iterable[Effect], observed_ms: Mapping[str, int], allowed: Collection[str] = ()
) -> list[Violation]:
    """I5. Once we saw a lead leave, no write to it is sent; notes of the ops in `allowed` may be."""
    return [
        Violation(
            "I5", f"{effect.kind} {effect.op_id} on {effect.lead}, {effect.sent_ms - observed_ms[effect.lead]} ms after"
        )
        for effect in effects
        if effect.by == "leadq"
        and effect.sent_ms > observed_ms.get(effect.lead, effect.sent_ms)
        and not (effect.kind == "append" and effect.op_id in allowed)
    ]


def everything_in_scope_is_local(
    records: Mapping[str, Record], leads: Iterable[LocalLead], owner: str
) -> list[Violation]:
    """I6. The cursor was never ahead of the data: every open lead of ours is here.

    One that somebody was through with before we ever saw it need not be: nobody hands that over.
    """
    here = {each.lead for each in leads}
    return [
        Violation("I6", f"{each.id}: not here")
        for each in records.values()
        if each.owner == owner
        and each.state == "open"
        and each.id not in here
        and each.properties.get("status") not in CLOSED_STATES
    ]


def departures_are_classified(records: Mapping[str, Record], leads: Iterable[LocalLead], owner: str) -> list[Violation]:
    """I7. A lead that is not in our scope there is not in our queue here: we know what became of it."""
    found = []
    for each in leads:
        record = records.get(each.lead)
        gone = record is None or record.owner != owner or record.state != "open"
        if gone and each.is_open and not each.departed:
            found.append(Violation("I7", f"{each.lead}: still open here"))
        if not gone and each.departed:
            found.append(Violation("I7", f"{each.lead}: {each.departed} here, and still open there"))
    return found


def something_wakes_us(ops: Iterable[OpRow], wakes_at_ms: int | None, *, healthy: bool = True) -> list[Violation]:
    """I8. While anything waits and the connection can be used, the next attempt has an instant."""
    known = list(ops)
    held_back = _waiting_for_a_person(known)
    waiting = [op.op_id for op in known if op.state in _WAITING and op.op_id not in held_back]
    stuck = waiting and healthy and wakes_at_ms is None
    return [Violation("I8", f"{len(waiting)} wait and nothing wakes us: {waiting[0]}")] if stuck else []


def the_budget_was_kept(spent: Iterable[tuple[int, float]], amount: float, per_ms: int) -> list[Violation]:
    """I9. No stretch of `per_ms` holds more than `amount`. `spent`: (ms, cost) of each request."""
    inside: list[tuple[int, float]] = []
    for at_ms, cost in sorted(spent):
        inside = [each for each in inside if each[0] > at_ms - per_ms] + [(at_ms, cost)]
        total = sum(each[1] for each in inside)
        if total > amount:
            return [Violation("I9", f"{total:g} of {amount:g} until {at_ms}")]
    return []


def a_dry_run_writes_nothing(methods: Iterable[str]) -> list[Violation]:
    """I10. `methods` are those of the requests that left during a dry run."""
    return [Violation("I10", method) for method in methods if method not in ("GET", "HEAD", "OPTIONS")]


def no_secret_is_told(texts: Mapping[str, str | bytes], secrets: Iterable[str]) -> list[Violation]:
    """I11. Nothing that we keep or print (database, log, exception, JSON: name -> content) holds a secret."""
    found = []
    for secret in secrets:
        raw = secret.encode()
        forms = {raw, quote(secret, safe="").encode(), base64.b64encode(raw).rstrip(b"="), secret.encode("utf-16-le")}
        for name, text in texts.items():
            content = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
            if any(form in content for form in forms):
                found.append(Violation("I11", name))
    return found


def two_engines_are_as_one(alone: Mapping[str, Record], together: Mapping[str, Record]) -> list[Violation]:
    """I12. Two processes on one database leave at the other end what one leaves; times and ids of notes aside."""
    return [
        Violation("I12", f"{lead}: differs")
        for lead in sorted(alone.keys() | together.keys())
        if _essence(alone.get(lead)) != _essence(together.get(lead))
    ]


def _essence(record: Record | None) -> object:
    if record is None:
        return None
    return record.owner, record.state, dict(record.properties), sorted(note.text for note in record.notes)


def outcomes_stay_shown(views: Sequence[Collection[str]], excused: Collection[str] = ()) -> list[Violation]:
    """I13. An outcome once shown stays: `views` are the op ids shown, one after the other; undone ones are excused."""
    shown: set[str] = set()
    found: dict[str, Violation] = {}
    for number, view in enumerate(views):
        for op_id in shown - set(view) - set(excused):
            found.setdefault(op_id, Violation("I13", f"{op_id}: gone in view {number}"))
        shown |= set(view)
    return [found[op_id] for op_id in sorted(found)]


def deadlines_ignore_our_clock(right: Mapping[str, int | None], skewed: Mapping[str, int | None]) -> list[Violation]:
    """I14. The same story under a wrong local clock has the same deadlines (lead -> due, ms)."""
    return [
        Violation("I14", f"{lead}: {right.get(lead)} and {skewed.get(lead)}")
        for lead in sorted(right.keys() | skewed.keys())
        if right.get(lead) != skewed.get(lead)
    ]
