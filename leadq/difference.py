"""What changed between two contracts, key by key, and what that would do to the clocks that run."""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass, field
from heapq import nlargest
from typing import TYPE_CHECKING, Any, Final, Literal

from leadq.domain.states import OPEN_STATES
from leadq.trial import Trial, leads, policy_fields

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from leadq.domain.clocks import Clock
    from leadq.domain.contract import Contract
    from leadq.domain.lead import Lead

    Progress = Callable[[int], None]
    Under = Callable[[Lead, str], Sequence[Clock]]

Group = Literal["policy", "calendar", "match", "other"]
GROUPS: Final[tuple[Group, ...]] = ("policy", "calendar", "match", "other")
OPEN_LEADS: Final = f"l.state IN ({', '.join(repr(state) for state in OPEN_STATES)})"
_LARGEST: Final = 10
_OFTEN: Final = 1_000
_ABSENT: Final = object()


@dataclass(frozen=True, slots=True)
class Change:
    """One key that differs. `old` is None for what was added, `new` for what was removed."""

    key: str
    group: Group
    kind: Literal["changed", "added", "removed"]
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Moved:
    """A due instant that would be another one; milliseconds UTC, None for never."""

    lead_id: int
    kind: str
    old_ms: int | None
    new_ms: int | None

    @property
    def shift_ms(self) -> int:
        """How much later; negative for earlier."""
        return (self.new_ms or 0) - (self.old_ms or 0)


@dataclass
class DryRun:
    """What the open clocks would do: how many there are and would move, by kind, and the largest shifts.

    `late`: how many would be late at once that are not late now. `rematched`: how many leads would go from one policy
    to another.
    """

    leads: int = 0
    clocks: int = 0
    moved: dict[str, int] = field(default_factory=dict)
    late: int = 0
    largest: list[Moved] = field(default_factory=list)
    rematched: dict[tuple[str, str], int] = field(default_factory=dict)


def changes(old: Contract, new: Contract) -> tuple[Change, ...]:
    """Every key that differs, signatures left out, in the order of the keys."""
    before, after = _flat(old), _flat(new)
    return tuple(
        Change(key, _group(key), _kind(key, before, after), before.get(key), after.get(key))
        for key in dict.fromkeys((*before, *after))
        if before.get(key, _ABSENT) != after.get(key, _ABSENT)
    )


def _kind(key: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> Literal["changed", "added", "removed"]:
    if key not in before:
        return "added"
    return "changed" if key in after else "removed"


def _group(key: str) -> Group:
    if key == "policy" or (key.startswith("policy.") and key.endswith(".match")):
        return "match"
    if key.startswith(("policy.", "pause.")):  # both say when a clock is due
        return "policy"
    return "calendar" if key.startswith("calendar.") else "other"


def _flat(contract: Contract) -> dict[str, Any]:
    """The file as key -> value: tables of a list by their id, and the order of the policies as a key of its own."""
    data = tomllib.loads(contract.text)
    data["contract"].pop("signed", None)
    found = dict(_leaves("", data))
    return {"policy": [policy.id for policy in contract.policies], **found}


def _leaves(path: str, value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for key, below in value.items():
            yield from _leaves(f"{path}.{key}" if path else key, below)
    elif isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
        for index, one in enumerate(value):
            name = one.get("id", one.get("code", index))
            yield from _leaves(
                f"{path}.{name}", {key: below for key, below in one.items() if key not in ("id", "code")}
            )
    else:
        yield path, value


def follows(old: Contract, new: Contract) -> bool:
    """Whether clocks that run under `old` go on under `new`, by the rules of `new`.

    A delay that changes decides, whatever else does; when only the opening hours change, their rule does. A condition
    alone moves no clock of a lead that keeps its policy: see `rematches` for one that does not.
    """
    groups = {change.group for change in changes(old, new)}
    if "policy" in groups:
        return new.recompute.on_policy_change == "open_clocks"
    return "calendar" in groups and new.recompute.on_calendar_change == "open_clocks"


def rematches(old: Contract, new: Contract) -> bool:
    """Whether leads under `old` have their policy matched again: a condition or the order changed, and it says so."""
    if new.recompute.on_match_change != "rematch_shorter_only":
        return False
    return any(change.group == "match" for change in changes(old, new))


def shorter_policy(
    lead: Lead, fields: Mapping[str, Any], new: Contract, kept: Sequence[Clock], under: Under
) -> str | None:
    """The policy that `new` gives the lead, if its next deadline then comes earlier than it does with `kept`.

    `under` gives the lead's clocks under a policy of `new`. None: it stays where it is, for a later or an equal
    deadline is no reason to change what was agreed when the lead came.
    """
    policy = new.policy_for(fields).id
    if policy == lead.handoff.policy:
        return None
    return policy if _next_due(under(lead, policy)) < _next_due(kept) else None


def _next_due(clocks: Sequence[Clock]) -> float:
    """The earliest due instant among the clocks that run; infinite when none will ever be due."""
    return min((clock.due_ms for clock in clocks if clock.running and clock.due_ms is not None), default=math.inf)


def dry_run(
    db: sqlite3.Connection,
    old: Contract,
    new: Contract,
    now_ms: int,
    progress: Progress = lambda done: None,
) -> DryRun:
    """Work every open clock out under both contracts, and write nothing. One lead at a time is in memory.

    `progress` hears now and then how many leads were looked at.
    """
    before, after, run = Trial(old, now_ms), Trial(new, now_ms), DryRun()
    moves, again = follows(old, new), rematches(old, new)
    for lead_id, lead in leads(db, OPEN_LEADS, {}):
        run.leads += 1
        policy = lead.handoff.policy
        now, then = before.clocks(lead, policy), after.clocks(lead, policy)
        if again:
            kept = then if moves and policy in after.policies else now
            other = shorter_policy(lead, policy_fields(db, new, lead_id, lead.handoff), new, kept, after.clocks)
            if other:
                run.rematched[policy, other] = run.rematched.get((policy, other), 0) + 1
                then = after.clocks(lead, other)
        _compare(run, lead_id, now, then, now_ms)
        if run.leads % _OFTEN == 0:
            progress(run.leads)
    run.largest = _top(run.largest)
    return run


def _compare(run: DryRun, lead_id: int, before: Sequence[Clock], after: Sequence[Clock], now_ms: int) -> None:
    """Count the running clocks of one lead, and those that would be due at another instant."""
    others = {clock.kind: clock for clock in after if clock.running}
    for clock in before:
        then = others.get(clock.kind)
        run.clocks += clock.running
        if not clock.running or then is None or then.due_ms == clock.due_ms:
            continue
        run.moved[clock.kind] = run.moved.get(clock.kind, 0) + 1
        run.late += then.state(now_ms) == "breached_open" != clock.state(now_ms)
        run.largest.append(Moved(lead_id, clock.kind, clock.due_ms, then.due_ms))
    if len(run.largest) > 100 * _LARGEST:
        run.largest = _top(run.largest)


def _top(moved: Sequence[Moved]) -> list[Moved]:
    return nlargest(_LARGEST, moved, key=lambda one: (abs(one.shift_ms), -one.lead_id))
