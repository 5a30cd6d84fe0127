"""What changed between two contracts, key by key, and what that would do to the clocks that run."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from heapq import nlargest
from typing import TYPE_CHECKING, Any, Final, Literal

from leadq.domain.states import OPEN_STATES
from leadq.trial import Trial, leads

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Mapping, Sequence

    from leadq.domain.clocks import Clock
    from leadq.domain.contract import Contract

Group = Literal["policy", "calendar", "match", "other"]
GROUPS: Final[tuple[Group, ...]] = ("policy", "calendar", "match", "other")
OPEN_LEADS: Final = f"l.state IN ({', '.join(repr(state) for state in OPEN_STATES)})"
_LARGEST: Final = 10
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

    `late`: how many would be late at once that are not late now.
    """

    leads: int = 0
    clocks: int = 0
    moved: dict[str, int] = field(default_factory=dict)
    late: int = 0
    largest: list[Moved] = field(default_factory=list)


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
    never moves a clock: a lead keeps its policy.
    """
    groups = {change.group for change in changes(old, new)}
    if "policy" in groups:
        return new.recompute.on_policy_change == "open_clocks"
    return "calendar" in groups and new.recompute.on_calendar_change == "open_clocks"


def dry_run(db: sqlite3.Connection, old: Contract, new: Contract, now_ms: int) -> DryRun:
    """Work every open clock out under both contracts, and write nothing. One lead at a time is in memory."""
    before, after, run = Trial(old, now_ms), Trial(new, now_ms), DryRun()
    largest: list[Moved] = []
    for lead_id, lead in leads(db, OPEN_LEADS, {}):
        run.leads += 1
        policy = lead.handoff.policy
        then = {clock.kind: clock for clock in after.clocks(lead, policy) if clock.running}
        for clock in before.clocks(lead, policy):
            if clock.running:
                run.clocks += 1
                _compare(run, largest, lead_id, clock, then.get(clock.kind), now_ms)
        if len(largest) > 100 * _LARGEST:
            largest = _top(largest)
    run.largest = _top(largest)
    return run


def _compare(run: DryRun, largest: list[Moved], lead_id: int, clock: Clock, then: Clock | None, now_ms: int) -> None:
    if then is None or then.due_ms == clock.due_ms:
        return
    run.moved[clock.kind] = run.moved.get(clock.kind, 0) + 1
    run.late += then.state(now_ms) == "breached_open" != clock.state(now_ms)
    largest.append(Moved(lead_id, clock.kind, clock.due_ms, then.due_ms))


def _top(moved: Sequence[Moved]) -> list[Moved]:
    return nlargest(_LARGEST, moved, key=lambda one: (abs(one.shift_ms), -one.lead_id))
