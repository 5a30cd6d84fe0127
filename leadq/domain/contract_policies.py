"""The policies of a contract file and their clocks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from leadq.domain.contract import CLOCK_KINDS, TIERS, ClockTarget, Duration, Policy, Unit
from leadq.domain.contract_durations import check_unit, read_unit
from leadq.domain.contract_messages import Hint, M

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from leadq.domain.contract_read import Remarks, Section
    from leadq.domain.match import Match
    from leadq.domain.toml_positions import Path

_AT_RISK: Final = (0.75,)


def read_policies(root: Section, calendars: Collection[str]) -> tuple[Policy, ...]:
    """The policies in order. One whose condition or calendar is wrong is noted and left out."""
    tables = root.sections("policy")
    read = [_policy(table, calendars) for table in tables]
    if not tables:
        root.remarks.error(root.path, M.NO_POLICY, Hint.CATCH_ALL, at="key")
    root.remarks.duplicates((table.at("id"), table.text("id")) for table in tables)
    policies = tuple(policy for policy in read if policy)
    if len(policies) == len(tables):
        _check_order(tables, policies, root.remarks)
    return policies


def _policy(table: Section, calendars: Collection[str]) -> Policy | None:
    name = table.text("id", required=True)
    match = table.condition("match")
    calendar = read_calendar_name(table, calendars, required=True)
    tier = table.text("tier", "standard")
    if tier not in TIERS:
        table.remarks.warn(table.at("tier"), M.OTHER_TIER, value=tier)
    at_risk = table.shares("at_risk", _AT_RISK)
    clocks = _clocks(table)
    if not table.has("clock"):
        table.remarks.warn(table.path, M.NO_CLOCK, name=name)
    return None if match is None else Policy(name, match, calendar, tier, at_risk, clocks)


def read_calendar_name(table: Section, calendars: Collection[str], *, required: bool = False) -> str:
    """The key `calendar`: the name of a calendar of the file."""
    name = table.text("calendar", required=required)
    if name.strip() and name not in calendars:
        table.remarks.unknown(table.at("calendar"), M.UNKNOWN_CALENDAR, name, calendars, name=name)
    return name


def _check_order(tables: Sequence[Section], policies: Sequence[Policy], remarks: Remarks) -> None:
    places = [table.at("match") for table in tables]
    first = check_reach(places, [(policy.id, policy.match) for policy in policies], remarks)
    if policies and first is None:
        remarks.error(places[-1], M.NO_CATCH_ALL, Hint.CATCH_ALL)


def check_reach(places: Sequence[Path], rules: Sequence[tuple[str, Match]], remarks: Remarks) -> str | None:
    """Refuse what stands after the first rule that matches every lead; its id, or None when there is none."""
    catch_all: str | None = None
    for place, (name, match) in zip(places, rules, strict=True):
        if catch_all is not None:
            remarks.error(place[:-1], M.NEVER_REACHED, Hint.MOVE_UP, at="key", name=name, catch_all=catch_all)
        elif _matches_all(match):
            catch_all = name
    return catch_all


def _matches_all(match: Match) -> bool:
    """Whether the condition looks at no field and holds."""
    return not match.fields and match.holds({})


def _clocks(policy: Section) -> dict[str, ClockTarget]:
    table = policy.section("clock")
    clocks = {}
    for kind in table.names():
        if kind not in CLOCK_KINDS:
            table.remarks.unknown(table.at(kind), M.UNKNOWN_CLOCK, kind, CLOCK_KINDS, at="key", name=kind)
            continue
        clocks[kind] = _clock(kind, table.section(kind))
    return clocks


def _clock(kind: str, table: Section) -> ClockTarget:
    """A target in hours or minutes says on which clock they run; business days say it themselves."""
    unit = read_unit(table)
    target = table.duration("target", required=not table.has("cadence"))
    cadence = table.durations("cadence") if table.has("cadence") else ()
    _check_cadence(kind, table)
    if target:
        check_unit(target, table.at("target"), table, unit)
    for index, step in cadence:
        check_unit(step, table.at("cadence", index), table, unit)
    stretch = _stretch(table, target, unit)
    target = target or Duration()
    return ClockTarget(
        kind=kind,
        amount_ms=target.amount_ms,
        days=target.days,
        unit="bd" if target.days is not None else unit or "bd",
        stretch_ms=stretch.amount_ms if stretch else None,
        pausable=table.flag("pausable", default=False),
        cadence=tuple(step for _, step in cadence),
    )


def _check_cadence(kind: str, table: Section) -> None:
    if table.has("target") and table.has("cadence"):
        table.remarks.error(table.path, M.TARGET_OR_CADENCE, Hint.CLOCK, at="key")
    elif table.has("cadence") and kind != "next_touch":
        table.remarks.error(table.at("cadence"), M.CADENCE_ELSEWHERE, Hint.CLOCK, at="key")


def _stretch(table: Section, target: Duration | None, unit: Unit | None) -> Duration | None:
    stretch = table.duration("stretch")
    if stretch is None:
        return None
    if target is None or target.days is not None:
        check_unit(stretch, table.at("stretch"), table, unit)
    if stretch.amount_ms is None:
        table.remarks.error(table.at("stretch"), M.STRETCH_BD, Hint.DURATION)
    elif target and target.amount_ms is not None and stretch.amount_ms >= target.amount_ms:
        table.remarks.error(table.at("stretch"), M.STRETCH_TOO_LONG)
    return stretch
