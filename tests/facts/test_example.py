"""The month that docs/metrics.md works out on paper: import, verbs, `leadq metrics --json`, to the last digit."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from leadq.domain.metrics.catalogue import METRICS
from tests import example
from tests.cli.runner import Leadq

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def june(tmp_path_factory: pytest.TempPathFactory) -> Leadq:
    return example.live(Leadq(tmp_path_factory.mktemp("june") / "home"))


@pytest.fixture(scope="module")
def figures(june: Leadq) -> Mapping[str, Any]:
    found: Mapping[str, Any] = june("metrics", "--json", *example.PERIOD).json["metrics"]
    return found


def on_paper(page: Path) -> dict[str, str]:
    """Figure -> value, as the table of the page says."""
    return dict(re.findall(r"(?m)^\| `(M\d+\.[\w.]+)` \|.*\| (\S+) \|$", page.read_text("utf-8")))


def found(figures: Mapping[str, Any], path: str) -> str:
    """The value at `M2.total.wall_p50`, as JSON prints it."""
    metric, _dot, rest = path.partition(".")
    row, _dot, name = rest.rpartition(".")
    of = figures[metric]["rows"][row] if row else figures[metric]["figures"]
    value = of[name]["value"]
    return "n/a" if value is None else str(value)


@pytest.mark.parametrize("page", ["metrics.md", "fr/metrics.md"])
def test_every_figure_is_what_was_worked_out_on_paper(page: str, figures: Mapping[str, Any]) -> None:
    paper = on_paper(DOCS / page)
    assert {path: found(figures, path) for path in paper} == paper
    assert {path.partition(".")[0] for path in paper} == set(METRICS)


def test_the_cohort_adds_up_and_says_what_it_leaves_out(figures: Mapping[str, Any]) -> None:
    assert (figures["M1"]["n"], figures["M1"]["open"]) == (9, 3)
    assert figures["M1"]["excluded"] == {"merged": 1, "spam": 1, "pre_handoff": 0}


def test_explain_names_the_leads_behind_a_number(june: Leadq) -> None:
    shown = june("metrics", "M1", "--explain", "--json", *example.PERIOD).json["metrics"]["M1"]["figures"]
    ids = {lead["external_id"]: lead["id"] for lead in june("list", "--json", "--state", "handed_off").json}
    assert shown["oblivion"]["leads"] == sorted((ids["A6"], ids["A10"]))
    assert len(shown["oblivion"]["among"]) == 9


def test_a_month_that_still_runs_is_promised_by_the_working_days_that_have_begun(june: Leadq) -> None:
    """By Monday 8 June, 12:00, six of the 22 working days have begun: 20 x 6 / 22."""
    shown = june("metrics", "M11", "--json", "--as-of", "2026-06-08T12:00", *example.PERIOD).json["metrics"]["M11"]
    assert shown["figures"]["promised"]["value"] == 5.45


def test_what_was_recorded_later_changes_no_figure_and_is_listed(june: Leadq, tmp_path: Path) -> None:
    """The example of a call of 10 July that is entered on the 20th."""
    asked = ("metrics", "--json", "--as-of", example.AS_OF, *example.PERIOD)
    before = june(*asked).json
    later = replace(june, now="2026-07-20T08:00:00Z")
    (lead,) = [one["id"] for one in later("list", "--json").json if one["external_id"] == "A8"]
    assert (
        later("touch", str(lead), "--channel", "call", "--outcome", "connected", "--at", "2026-07-10T10:00").status == 0
    )
    after = later(*asked).json
    late = after.pop("late_arrivals")
    assert before.pop("late_arrivals") == {"count": 0, "events": []}
    assert after == before
    assert [(one["lead"], one["type"]) for one in late["events"]] == [(lead, "touched")]
    assert later("undo").status == 0
    assert later(*asked).json["metrics"] == before["metrics"]
