"""What a read by id means for an op that is about to leave, or that may have left: reference/sync.md 1.4 and 1.6.

One rule for both, because both ask the same of the same look: is it there already, and may it still be written?
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from collections.abc import Collection

    from leadq.plugins.sdk import Found, Scope
    from leadq.sync.ops import Op

NOTHING_LEFT: Final = frozenset({"deleted", "forbidden"})
"""Where not even the timeline can be added to."""

Step = Literal["adopt", "send", "wait", "clash", "departed"]


@dataclass(frozen=True, slots=True)
class Judgement:
    """What to do with an op: `send` writes the part `scope`; `theirs` is the status that somebody else set.

    `there` is the status of a record that shows the op: the op's own, or one that somebody set since. "" when the
    record does not show it, or it sets none.
    """

    step: Step
    scope: Scope = "all"
    theirs: str = ""
    there: str = ""


@dataclass(frozen=True, slots=True)
class Last:
    """The op that a record names as its last one, when it is one of the same lead's; else seq 0.

    A stamp of this device alone would not do: after a merge it may be another lead's.
    """

    seq: int = 0
    status: str = ""


def judge(op: Op, found: Found, known: str, ours: str, *, last: Last, settled: bool) -> Judgement:
    """Judge `op` by what was `found` at its lead.

    `known` is the status that the record had when we last knew it, `ours` the one it has when an op of ours set that,
    else "". `settled`: nothing that was sent can still be on its way.
    """
    entry = op.adds and op.op_id in (found.markers or ())
    if op.state == "unknown":
        record = last.seq >= op.seq or op.scope == "timeline"
        there = _there(op, found, {"", op.status, ours, last.status}) if record else ""
        if record and (entry or not op.adds or op.scope == "record"):
            return Judgement("adopt", there=there)
        if found.state == "open" and not settled:
            return Judgement("wait")
    else:
        record, there = False, ""
    if found.state in NOTHING_LEFT or (found.state != "open" and op.scope != "timeline"):
        return Judgement("departed")
    scope: Scope = "timeline" if record else "record" if entry or not op.adds else op.scope
    return replace(_against(op, found, {"", known, ours, op.status, last.status}, scope), there=there)


def _there(op: Op, found: Found, ours: Collection[str]) -> str:
    """The status that the record has since it shows `op`."""
    if not op.status or op.scope == "timeline":
        return ""
    theirs = status_of(found)
    return op.status if theirs in ours else theirs


def _against(op: Op, found: Found, ours: Collection[str], scope: Scope) -> Judgement:
    """The three-way look at the status: only a write that would cover somebody else's change is a conflict.

    `ours` holds also what an earlier op of the lead has set: it may have come late, and covered a later one.
    """
    theirs = status_of(found)
    if scope == "timeline" or not op.status or theirs in ours:
        return Judgement("send", scope)
    return Judgement("clash", scope, theirs)


def status_of(found: Found) -> str:
    """The record's status in leadq's words; "" when it does not say."""
    return str(found.lead.fields.get("status") or "") if found.lead else ""
