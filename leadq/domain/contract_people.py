"""Who is who and who does what, from a contract file: members, routing, escalation, responsibilities."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Final, Literal

from leadq.domain.contract_durations import parse_duration
from leadq.domain.contract_messages import Hint, M
from leadq.domain.contract_policies import check_reach, read_calendar_name
from leadq.domain.team import (
    ROLES,
    Escalation,
    EscalationStep,
    Governance,
    Leave,
    Member,
    Responsibility,
    RoutingRule,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from leadq.domain.contract import Duration
    from leadq.domain.contract_read import Section

_STAGES: Final = ("awareness", "interest", "consideration", "decision", "loyalty")
_TOLD: Final = ("owner", "manager", "governance.owner", "governance.sponsor")
_MOMENT: Final = re.compile(r"(at_risk|breach)|breach\+(\S+)")


def read_members(root: Section, calendars: Collection[str]) -> dict[str, Member]:
    """[member.*] by id."""
    tables = root.named("member")
    return {name: _member(name, table, tables, calendars) for name, table in tables.items()}


def _member(name: str, table: Section, members: Collection[str], calendars: Collection[str]) -> Member:
    crm = table.section("crm")
    return Member(
        id=name,
        name=table.text("name", required=True),
        role=table.choice("role", ROLES, required=True),
        email=table.text("email"),
        calendar=read_calendar_name(table, calendars),
        capacity=table.whole("capacity", least=1),
        crm={connection: crm.text(connection) for connection in crm.names()},
        leave=tuple(_leave(name, leave, members) for leave in table.sections("leave")),
    )


def _leave(member: str, table: Section, members: Collection[str]) -> Leave:
    first, last = table.day("from", required=True), table.day("to", required=True)
    check_dates(table, "to", first, last)
    cover = table.text("cover")
    if cover == member:
        table.remarks.error(table.at("cover"), M.SELF_COVER, name=member)
    elif cover and cover not in members:
        table.remarks.unknown(table.at("cover"), M.UNKNOWN_MEMBER, cover, members, name=cover)
    return Leave(first or date.min, last or date.max, cover)


def check_dates(table: Section, key: str, first: date | None, last: date | None) -> None:
    """Refuse the date at `key` when it comes before the one it closes."""
    if first and last and last < first:
        table.remarks.error(table.at(key), M.DATES_REVERSED, first=first.isoformat(), last=last.isoformat())


def read_routing(root: Section, members: Collection[str]) -> tuple[RoutingRule, ...]:
    """[[routing]]: in order, first match."""
    tables = root.sections("routing")
    read = [
        (
            table.text("id", required=True),
            table.condition("when"),
            table.choices("to", M.UNKNOWN_MEMBER, members, required=True),
        )
        for table in tables
    ]
    root.remarks.duplicates((table.at("id"), table.text("id")) for table in tables)
    rules = tuple(RoutingRule(name, when, to) for name, when, to in read if when)
    if tables and len(rules) == len(tables):
        places = [table.at("when") for table in tables]
        if check_reach(places, [(rule.id, rule.when) for rule in rules], root.remarks) is None:
            root.remarks.warn(places[-1], M.ROUTING_GAP, Hint.ROUTING)
    return rules


def read_escalation(root: Section, members: Collection[str]) -> Escalation:
    """[escalation]: who hears of a clock, and when."""
    table = root.section("escalation")
    steps = tuple(_step(step, members) for step in table.sections("steps"))
    return Escalation(steps, table.flag("only_in_calendar", default=True))


def _step(table: Section, members: Collection[str]) -> EscalationStep:
    moment, after = _moment(table)
    to = tuple(name.strip() for name in table.text("to").split(",") if name.strip())
    known = (*_TOLD, *members)
    for name in to:
        if name not in known:
            table.remarks.unknown(table.at("to"), M.UNKNOWN_MEMBER, name, known, name=name)
    action = table.choice("do", ("reassign",))
    if not (table.has("to") or table.has("do")):
        table.remarks.error(table.path, M.STEP_WITHOUT_EFFECT, Hint.STEP, at="key")
    return EscalationStep(
        at=moment,
        after=after,
        to=to,
        action=action,
        limit=table.whole("max", least=1),
        exclude_last=table.flag("exclude_last", default=False),
    )


def _moment(table: Section) -> tuple[Literal["at_risk", "breach"], Duration | None]:
    text = table.text("at", required=True)
    found = _MOMENT.fullmatch(text.replace(" ", ""))
    if not found:
        if text:
            table.remarks.unknown(table.at("at"), M.ESCALATION_MOMENT, text, ("at_risk", "breach"), value=text)
        return "breach", None
    if found[2] is None:
        return ("at_risk" if found[1] == "at_risk" else "breach"), None
    after = parse_duration(found[2], table.at("at"), table.remarks)
    if after and after.days is None:
        table.remarks.error(table.at("at"), M.ONLY_BD, Hint.MOMENT, value=found[2])
    return "breach", after


def read_raci(root: Section) -> dict[str, Responsibility]:
    """[raci]: which teams lead and support each stage of the purchase."""
    table = root.section("raci")
    found = {}
    for stage in table.names():
        if stage not in _STAGES:
            table.remarks.unknown(table.at(stage), M.UNKNOWN_KEY, stage, _STAGES, at="key", name=stage)
            continue
        row = table.section(stage)
        found[stage] = Responsibility(row.texts("lead", required=True), row.texts("supports"))
    return found


def read_governance(root: Section) -> Governance:
    """[governance]."""
    table = root.section("governance")
    return Governance(table.text("owner"), table.text("sponsor"))
