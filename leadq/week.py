"""The figures of this week and the last seven, with the leads behind them: `python -m leadq.week`, one JSON document.

It runs beside the screen as a process of its own: a home of 100,000 leads is gone through in some seconds, of which no
key may wait. What a figure is and says comes from `domain/metrics`; nothing is worked out here.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from leadq import i18n
from leadq.domain.compile_calendar import at_wall
from leadq.domain.metrics.catalogue import METRICS
from leadq.domain.metrics.scope import scope
from leadq.domain.metrics.trust import coverage
from leadq.facts import read_facts
from leadq.i18n import _
from leadq.metric_words import TITLES, figure_name, row_name, say_figure
from leadq.paths import Home
from leadq.sqlite import Store

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Mapping, Sequence

    from leadq.domain.contract import Contract
    from leadq.domain.metrics.cycle import Cycle, Facts
    from leadq.domain.metrics.figures import Figure, Metric

WEEKS: Final = 8
OPENED: Final = 2
"""Of how many of the newest weeks the leads behind each figure are told."""
_MOST: Final = 2000
"""Leads told of one figure."""
_SHOWN: Final = (
    ("M11", "", "on_criteria"),
    ("M11", "", "delivered"),
    ("M1", "", "decided"),
    ("M1", "", "oblivion"),
    ("M2", "", "wall_p50"),
    ("M2", "", "within"),
    ("M3", "accept", "due"),
    ("M3", "first_touch", "due"),
    ("M7", "", "complete"),
    ("M4", "", "flow"),
    ("M17", "", "disagreement"),
    ("M14", "", "out_of_order"),
    ("M18", "", "load"),
    ("M19", "", "leads"),
    ("M19", "", "oldest"),
)
"""Metric, its row ("" for the whole), figure."""
_OF_NOW: Final = frozenset({"M18", "M19"})
"""What is of the instant, and so of no week that is over."""
_DEAR: Final = frozenset({"M14"})
"""What costs seconds for each week of a large home: told of those that can be opened."""


def as_shape(db: sqlite3.Connection, now_ms: int) -> dict[str, Any]:
    """The document: weeks oldest first (Monday to Monday in the contract's zone), and each figure in each of them."""
    facts = read_facts(db, now_ms)
    weeks = _weeks(now_ms, ZoneInfo(facts.zone))
    found = [_metrics(facts, week, back) for back, week in zip(range(WEEKS - 1, -1, -1), weeks, strict=True)]
    covered = coverage(scope(facts, weeks[-1][0], weeks[-1][1]))
    return {
        "as_of_ms": now_ms,
        "zone": facts.zone,
        "weeks": [{"from_ms": begin_ms, "to_ms": end_ms} for begin_ms, end_ms in weeks],
        "alone": covered.alone,
        "figures": [_figure(facts.contract, found, *shown) for shown in _SHOWN],
    }


def _weeks(now_ms: int, zone: ZoneInfo) -> list[tuple[int, int]]:
    today = datetime.fromtimestamp(now_ms // 1000, UTC).astimezone(zone).date()
    monday = today - timedelta(days=today.weekday())
    edges = [monday + timedelta(weeks=week) for week in range(1 - WEEKS, 2)]
    instants = [at_wall(datetime.combine(day, time(), zone)) for day in edges]
    return list(pairwise(instants))


def _metrics(facts: Facts, week: tuple[int, int], back: int) -> Mapping[str, Metric]:
    """The metrics of one week, `back` weeks ago, as far as they are told of it."""
    whole = scope(facts, *week, keep=back < OPENED)
    names = dict.fromkeys(name for name, _row, _figure in _SHOWN)
    told = [name for name in names if not (back and name in _OF_NOW) and not (back >= OPENED and name in _DEAR)]
    return {name: METRICS[name](whole) for name in told}


def _figure(contract: Contract | None, found: Sequence[Mapping[str, Metric]], name: str, row: str, figure: str) -> Any:
    over = [_found(metrics.get(name), row, figure) for metrics in found]
    said = figure_name(figure)
    return {
        "metric": name,
        "name": figure,
        "title": _(TITLES[name]),
        "said": f"{row_name(row)}, {said}" if row else said,
        "kind": next((one.kind for one in over if one), "share"),
        "promised": _promised(contract, name, figure),
        "weeks": [_week(one) for one in over],
        "leads": [_leads(one) for one in over[-OPENED:]],
    }


def _found(metric: Metric | None, row: str, name: str) -> Figure | None:
    figures = () if metric is None else metric.rows.get(row, ()) if row else metric.figures
    return next((figure for figure in figures if figure.name == name), None)


def _promised(contract: Contract | None, metric: str, figure: str) -> float | None:
    """What the contract promises of a share."""
    if contract is None:
        return None
    first = contract.sales.first_touch
    promised = {
        ("M2", "within"): first.coverage if first else None,
        ("M4", "flow"): contract.marketing.target_qualified_rate,
        ("M7", "complete"): contract.sales.feedback_complete,
        ("M11", "delivered"): 1.0,
    }
    return promised.get((metric, figure))


def _week(figure: Figure | None) -> dict[str, Any] | None:
    if figure is None:
        return None
    return {"value": None if figure.value is None else float(figure.value), "said": say_figure(figure)}


def _leads(figure: Figure | None) -> dict[str, Any]:
    """The leads that were counted, and those that were looked at and were not; how many there are of both."""
    behind, base = (figure.behind, figure.base) if figure else ((), ())
    counted = {cycle.index for cycle in behind}
    others = [cycle for cycle in base if cycle.index not in counted]
    return {"counted": _ids(behind), "others": _ids(others), "of": len(behind) + len(others)}


def _ids(cycles: Sequence[Cycle]) -> list[int]:
    """Their local ids, the newest handoff first."""
    newest = sorted(cycles, key=lambda cycle: cycle.handed_off_ms, reverse=True)
    return [cycle.id for cycle in newest[:_MOST]]


def main(config: str, data: str, state: str, now_ms: str, language: str) -> None:
    """Print the document for the home of these folders."""
    i18n.use("fr" if language == "fr" else "en")
    with Store(Home(Path(config), Path(data), Path(state))).read() as db:
        json.dump(as_shape(db, int(now_ms)), sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
