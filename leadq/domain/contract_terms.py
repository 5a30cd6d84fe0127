"""What the two teams agreed on, from a contract file: promises, words, criteria, scores, targets."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final, Literal

from leadq.domain.contract import (
    MATCH_FIELDS,
    Asset,
    Criterion,
    Definition,
    FirstTouchPromise,
    HandoffRules,
    Icp,
    MarketingPromise,
    Pilot,
    SalesPromise,
    ScoreRule,
    Segment,
    Signature,
)
from leadq.domain.contract_durations import check_unit, read_unit
from leadq.domain.contract_messages import M
from leadq.domain.dictionary import CUSTOM, DICTIONARIES
from leadq.domain.label import Label

if TYPE_CHECKING:
    from leadq.domain.contract_read import Section

HANDOFF_FIELDS: Final = ("email", "phone", "name", "timezone", *MATCH_FIELDS)
"""What a lead can come with."""


def read_signatures(head: Section) -> tuple[Signature, ...]:
    """Who consented, for which team."""
    return tuple(
        Signature(
            role=table.choice("role", ("marketing", "sales"), required=True),
            by=table.text("by", required=True),
            on=table.day("on", required=True) or date.min,
            hash=table.text("hash"),
        )
        for table in head.sections("signed")
    )


def read_marketing(head: Section) -> MarketingPromise:
    """[contract.marketing]."""
    table = head.section("marketing")
    if not table.has("monthly_handoffs"):
        head.remarks.warn(table.path, M.NO_MONTHLY)
    return MarketingPromise(
        monthly_handoffs=table.whole("monthly_handoffs", least=1),
        target_qualified_rate=table.share("target_qualified_rate"),
        reference_rate=table.share("reference_rate"),
    )


def read_sales(head: Section) -> SalesPromise:
    """[contract.sales]."""
    table = head.section("sales")
    if not table.has("first_touch"):
        head.remarks.warn(table.path, M.NO_FIRST_TOUCH)
    return SalesPromise(
        first_touch=_first_touch(table.section("first_touch")),
        documented_interactions=table.share("documented_interactions"),
        feedback_complete=table.share("feedback_complete"),
    )


def _first_touch(table: Section) -> FirstTouchPromise | None:
    coverage = table.share("coverage", required=True)
    within = table.duration("within", required=True)
    unit = read_unit(table)
    if within:
        check_unit(within, table.at("within"), table, unit)
    if coverage is None or within is None:
        return None
    return FirstTouchPromise(coverage, within, "bd" if within.days is not None else unit or "business")


def read_definitions(root: Section, dictionary: str) -> dict[str, Definition]:
    """The shared dictionary; with the dictionary "custom", `label` names a state."""
    found = {}
    for term, table in root.named("definitions").items():
        label = table.text("label")
        if label:
            _check_label(term, table, dictionary)
        found[term] = Definition(term, table.label(), Label(label, label) if label else None)
    return found


def _check_label(term: str, table: Section, dictionary: str) -> None:
    states = DICTIONARIES[CUSTOM]
    if dictionary != CUSTOM:
        table.remarks.warn(table.at("label"), M.LABEL_OUTSIDE_CUSTOM, name=term)
    elif term not in states:
        table.remarks.unknown(table.path, M.NOT_A_STATE, term, states, at="key", name=term)


def read_criteria(root: Section) -> tuple[Criterion, ...]:
    """What makes a handoff valid."""
    tables = root.named("criterion")
    if not tables:
        root.remarks.warn(root.at("criterion"), M.NO_CRITERION)
    read = [(name, table.label(), table.condition("test")) for name, table in tables.items()]
    return tuple(Criterion(name, text, test) for name, text, test in read if test)


def read_handoff(root: Section) -> HandoffRules:
    """[handoff]: what must come with a lead."""
    table = root.section("handoff")
    required = table.texts("required")
    for index, names in enumerate(required):
        for name in names.split("|"):
            if name not in HANDOFF_FIELDS:
                place = table.at("required", index)
                table.remarks.unknown(place, M.UNKNOWN_FIELD, name, HANDOFF_FIELDS, name=name)
    return HandoffRules(required, table.whole("threshold"))


def read_score(root: Section) -> tuple[ScoreRule, ...]:
    """[[score]]: explainable points."""
    tables = root.sections("score")
    rules = [_score_rule(table) for table in tables]
    root.remarks.duplicates((table.at("id"), table.text("id")) for table in tables)
    return tuple(rule for rule in rules if rule)


def _score_rule(table: Section) -> ScoreRule | None:
    name, when = table.text("id", required=True), table.condition("when")
    kind: Literal["fit", "engagement"] = "fit"
    if table.choice("kind", ("fit", "engagement"), required=True) == "engagement":
        kind = "engagement"
    points = table.whole("points", required=True)
    return None if when is None or points is None else ScoreRule(name, kind, when, points)


def read_icp(root: Section) -> Icp | None:
    """[icp]: the ideal customer profile."""
    table = root.section("icp")
    if not table.present:
        return None
    version, on_icp = table.text("version", required=True), table.condition("on_icp")
    review_by, personas = table.day("review_by"), table.texts("personas")
    return Icp(version, on_icp, review_by, personas) if on_icp else None


def read_segments(root: Section) -> tuple[Segment, ...]:
    """[segment.*]: what to say to whom."""
    read = [_segment(name, table) for name, table in root.named("segment").items()]
    return tuple(segment for segment in read if segment)


def _segment(name: str, table: Section) -> Segment | None:
    when, track = table.condition("when"), table.section("talk_track")
    label = track.label()
    assets = tuple(
        Asset(asset.text("title", required=True), asset.text("url", required=True))
        for asset in table.sections("assets")
    )
    return Segment(name, when, label if track.present else None, assets) if when else None


def read_pilots(root: Section) -> tuple[Pilot, ...]:
    """[pilot.*]: what is tried on a part of the leads."""
    tables = root.named("pilot")
    parts = ("rest", *tables)
    read = [
        (name, table.condition("when"), table.choice("compare_to", parts, "rest")) for name, table in tables.items()
    ]
    return tuple(Pilot(name, when, part) for name, when, part in read if when)
