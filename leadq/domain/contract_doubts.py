"""What is legal in a contract and will surprise somebody: found by `leadq contract check`, never refused.

These take a calendar compiled or a date to compare with, so that reading a contract does not pay for them.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from itertools import groupby
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from leadq.domain.calendar import Calendar, compile_year
from leadq.domain.contract import HOUR_MS, Duration
from leadq.domain.contract_messages import Hint, M
from leadq.domain.contract_read import Remarks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from leadq.domain.calendar import CalendarSpec
    from leadq.domain.contract import Contract, Policy

_DAY_MS: Final = 24 * HOUR_MS
_PATIENCE_DAYS: Final = 7
_WEEK_MINUTES: Final = 7 * 1440
_VALUE: Final = re.compile(r"""'[^']*'|"[^"]*"|-?[0-9]+(?:\.[0-9]+)?""")
_ONE_LIST: Final = re.compile(r"\s*([^\W0-9]\w*)\s+in\s*\[([^\[\]]*)\]\s*")
_ONE_VALUE: Final = re.compile(rf"\s*([^\W0-9]\w*)\s*==\s*({_VALUE.pattern})\s*")


def doubts(contract: Contract, now_ms: int) -> Remarks:
    """The warnings about a valid contract as of `now_ms`."""
    remarks = Remarks()
    _calendars(contract, now_ms, remarks)
    _reach(contract.policies, remarks)
    _wall_clocks(contract, remarks)
    _reviews(contract, now_ms, remarks)
    for name, member in contract.members.items():
        if not member.calendar:
            remarks.warn(("member", name), M.NO_CALENDAR, Hint.MEMBER_CALENDAR, name=name)
    return remarks


def _calendars(contract: Contract, now_ms: int, remarks: Remarks) -> None:
    """A calendar in use that stays closed for more than a week, other than on days off, within a year from now."""
    for name in dict.fromkeys(policy.calendar for policy in contract.policies):
        spec = contract.calendars[name]
        gap = _closed_gap(spec, now_ms)
        if gap:
            first, days = _local_date(gap[0], spec.zone), gap[1] // _DAY_MS
            remarks.warn(
                ("calendar", name, "week"), M.RARELY_OPEN, Hint.HOURS, name=name, days=days, first=first.isoformat()
            )


def _closed_gap(spec: CalendarSpec, now_ms: int) -> tuple[int, int] | None:
    """The first such gap: when it begins, and how long nothing but the opening hours keeps it closed.

    A summer closure spans week-ends too, and surprises nobody: a gap that is days off for the most part is none.
    """
    year = datetime.fromtimestamp(now_ms // 1000, UTC).year
    calendar = Calendar(spec, [compile_year(spec, one) for one in range(year - 1, year + 3)])
    for is_open, gap in groupby(calendar.steps(now_ms, now_ms + 366 * _DAY_MS), lambda step: step.counted_ms > 0):
        steps = () if is_open else tuple(gap)
        closed_ms = sum(step.to_ms - step.from_ms for step in steps if step.why == "closed")
        off_ms = sum(step.to_ms - step.from_ms for step in steps if step.why != "closed")
        if closed_ms > max(_PATIENCE_DAYS * _DAY_MS, off_ms):
            return steps[0].from_ms, closed_ms
    return None


def _reach(policies: tuple[Policy, ...], remarks: Remarks) -> None:
    """A policy whose leads an earlier one takes: the same condition, or a list that holds the later one's."""
    for index, policy in enumerate(policies):
        for earlier in policies[:index]:
            template = _why_never(earlier, policy)
            if template:
                place = ("policy", index, "match")
                remarks.warn(place, template, Hint.MOVE_UP, name=policy.id, earlier=earlier.id)
                break


def _why_never(earlier: Policy, policy: Policy) -> M | None:
    if " ".join(earlier.match.text.split()) == " ".join(policy.match.text.split()):
        return M.SAME_MATCH
    wide, narrow = _listed(earlier.match.text), _listed(policy.match.text)
    if wide and narrow and wide[0] == narrow[0]:
        if wide[1] == narrow[1]:
            return M.SAME_MATCH
        if wide[1] > narrow[1]:
            return M.IMPLIED_MATCH
    return None


def _listed(condition: str) -> tuple[str, frozenset[str]] | None:
    """The field and the values of a condition that is one list, or one value; None for any other."""
    found = _ONE_LIST.fullmatch(condition) or _ONE_VALUE.fullmatch(condition)
    if found is None:
        return None
    values = _VALUE.findall(found[2])
    return found[1], frozenset(value[1:-1] if value[0] in "'\"" else f"={float(value)}" for value in values)


def _wall_clocks(contract: Contract, remarks: Remarks) -> None:
    for index, policy in enumerate(contract.policies):
        target = policy.clocks.get("first_touch")
        if target is None or target.unit != "wall" or target.amount_ms is None:
            continue
        closed = _longest_closed(contract.calendars[policy.calendar])
        if target.amount_ms < closed * 60_000:
            remarks.warn(
                ("policy", index, "clock", "first_touch"),
                M.WALL_RUNS_OUT,
                Hint.ON_CALENDAR,
                target=Duration(target.amount_ms).text,
                calendar=policy.calendar,
                closed=closed // 60,
            )


def _longest_closed(spec: CalendarSpec) -> int:
    """The longest closed stretch of an ordinary week, in minutes of the wall: most often the week-end."""
    windows = [(day * 1440 + begin, day * 1440 + end) for day, open_ in enumerate(spec.week) for begin, end in open_]
    opens = [*(begin for begin, _end in windows[1:]), windows[0][0] + _WEEK_MINUTES] if windows else []
    return max((opening - end for (_begin, end), opening in zip(windows, opens, strict=True)), default=0)


def _reviews(contract: Contract, now_ms: int, remarks: Remarks) -> None:
    today = _local_date(now_ms, contract.zone)
    for path, day in _review_dates(contract):
        if day < today:
            remarks.warn(path, M.REVIEW_PAST, Hint.REVIEW, day=day.isoformat())


def _review_dates(contract: Contract) -> Iterator[tuple[tuple[str, ...], date]]:
    if contract.review_by:
        yield ("contract", "review_by"), contract.review_by
    if contract.icp and contract.icp.review_by:
        yield ("icp", "review_by"), contract.icp.review_by


def _local_date(ms: int, zone: str) -> date:
    return datetime.fromtimestamp(ms // 1000, UTC).astimezone(ZoneInfo(zone)).date()
