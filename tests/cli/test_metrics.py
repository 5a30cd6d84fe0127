"""`leadq metrics`: periods, cuts, who sees whom, and input that makes no sense."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from leadq import config
from leadq.rulebook import template_text
from tests.cli.runner import Leadq, csv_of

HOSTILE = {"name": "[/] =cmd()", "company": "\x1b]0;x\x07Evil", "email": "e@acme.example", "trigger": "demo",
           "source": "=HYPERLINK(1)\x1b[31m", "campaign": "*", "country": "FR",
           "handed_off_at": "2026-05-13T12:00:00Z"}  # fmt: skip


def one(leadq: Leadq, *words: str) -> Any:
    result = leadq("metrics", *words, "--json")
    assert (result.status, result.err) == (0, "")
    return result.json


def test_a_home_that_does_not_exist_has_no_figures_and_is_not_made(empty: Leadq) -> None:
    found = one(empty)
    assert {figure["value"] for figure in found["metrics"]["M1"]["figures"].values() if figure["kind"] == "share"} == {
        None
    }
    assert not empty.folder.exists()
    assert empty("metrics").status == 0


def test_without_a_period_it_is_the_month_of_the_instant(leadq: Leadq) -> None:
    found = one(leadq, "M1")
    assert (found["from"], found["to"]) == ("2026-04-30T22:00:00Z", "2026-05-31T22:00:00Z")
    assert found["metrics"]["M1"]["n"] == 4


def test_a_period_without_handoffs_is_not_a_zero(leadq: Leadq) -> None:
    found = one(leadq, "--from", "2025-01-01", "--to", "2025-02-01")
    shares = [figure for metric in found["metrics"].values() for figure in metric["figures"].values()
              if figure["kind"] == "share" and metric["basis"] == "cohort" and figure.get("of") == 0]  # fmt: skip
    assert shares
    assert {figure["value"] for figure in shares} == {None}


@pytest.mark.parametrize("words", [
    ("--from", "2026-06-01", "--to", "2026-05-01"), ("--from", "2026-05-01", "--to", "2026-05-01"),
    ("--as-of", "2027-01-01"),
])  # fmt: skip
def test_a_period_that_cannot_be_is_refused(leadq: Leadq, words: tuple[str, ...]) -> None:
    result = leadq("metrics", "--json", *words)
    assert (result.status, result.code) == (2, "bad_period")


def test_an_unknown_metric_is_refused_with_those_there_are(leadq: Leadq) -> None:
    result = leadq("metrics", "M99", "--json")
    assert (result.status, result.code) == (2, "unknown_metric")
    assert "M1, M2" in result.json["error"]["hint"]


@pytest.mark.parametrize("view", ["leaks", "crossed", "forward", "pilots", "trust"])
@pytest.mark.parametrize("lang", ["en", "fr"])
def test_each_view_answers_in_words_and_as_data(leadq: Leadq, view: str, lang: str) -> None:
    assert view in one(leadq, view, "--lang", lang)
    shown = leadq("metrics", view, "--lang", lang)
    assert (shown.status, shown.err) == (0, "")


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_all_of_it_can_be_said_in_words_and_cut(leadq: Leadq, lang: str) -> None:
    for words in ((), ("--by", "source"), ("--explain",)):
        shown = leadq("metrics", *words, "--lang", lang)
        assert (shown.status, shown.err) == (0, "")
    assert "leadq metrics --from" in shown.out


def test_the_parts_of_a_cut_add_up_to_the_whole(leadq: Leadq) -> None:
    found = one(leadq, "M1", "--by", "tier")
    assert sum(part["M1"]["n"] for part in found["parts"].values()) == found["metrics"]["M1"]["n"]


def test_the_command_that_is_told_prints_the_same_figures_later(leadq: Leadq) -> None:
    found = one(leadq)
    assert leadq("touch", "1", "--channel", "call", "--outcome", "connected").status == 0
    late = replace(leadq, now="2026-06-20T09:00:00Z")
    assert late("touch", "3", "--channel", "call", "--outcome", "connected").status == 0
    words = found["command"].replace("2026-05-13T13:00:00Z", "2026-05-13T12:59:59Z").split()[1:]
    again = late(*words, "--json").json
    assert again["metrics"]["M2"] == one(leadq, "--as-of", "2026-05-13T12:59:59Z")["metrics"]["M2"]
    assert (
        again["late_arrivals"]["count"] == 4
    )  # the handoffs of the file: they had happened, and were imported at 13:00


def test_by_owner_a_rep_sees_only_her_own_and_a_manager_all(leadq: Leadq) -> None:
    for lead, me in ((1, "zoe"), (2, "karim")):
        config.write(leadq.home, me)
        assert leadq("accept", str(lead)).status == 0
    assert set(one(leadq, "M1", "--by", "owner")["parts"]) == {"karim"}
    text = leadq.home.contract.read_text("utf-8")
    leadq.home.contract.write_text(text + '\n[member.claire]\nname = "Claire"\nrole = "manager"\n', "utf-8")
    config.write(leadq.home, "claire")
    assert leadq("note", "3", "--text", "x").status == 0
    assert set(one(leadq, "M1", "--by", "owner")["parts"]) == {"", "zoe", "karim"}


def test_the_order_of_the_queue_is_never_cut_by_person(leadq: Leadq) -> None:
    assert leadq("accept", "1").status == 0
    for part in one(leadq, "--by", "owner")["parts"].values():
        assert "M14" not in part


def test_hostile_names_stay_what_they_are_in_data_and_command_nothing_in_text(empty: Leadq) -> None:
    assert empty("import", empty.file("x.csv", csv_of(HOSTILE))).status == 0
    (source,) = one(empty, "M5")["metrics"]["M5"]["rows"]
    assert source.startswith("=HYPERLINK(1)")
    assert "\x1b" not in source
    shown = empty("metrics", "M5", "--by", "campaign")
    assert "\x1b" not in shown.out
    assert shown.status == 0


def test_a_cohort_of_one_lead_is_marked(empty: Leadq) -> None:
    assert empty("import", empty.file("x.csv", csv_of(HOSTILE))).status == 0
    assert empty("accept", "1").status == 0
    found = one(empty, "M1")["metrics"]["M1"]["figures"]["decided"]
    assert (found["value"], found["of"], found["small"]) == (1.0, 1, True)
    assert found["low"] < 0.25


def test_a_zone_that_changes_in_the_period_is_told_and_both_days_count_once(leadq: Leadq) -> None:
    text = leadq.home.contract.read_text("utf-8") if leadq.home.contract.exists() else template_text("pme-fr")
    moved = text.replace(
        'zone = "Europe/Paris"                  # fuseau', 'zone = "Asia/Tokyo"                  # fuseau'
    )
    assert moved != text
    leadq.home.contract.write_text(moved.replace("effective_from = 2026-01-01", "effective_from = 2026-05-13"), "utf-8")
    row = {"name": "K", "company": "K", "email": "k@k.example", "trigger": "demo"}
    later = replace(leadq, now="2026-05-14T08:00:00Z")
    assert later("import", later.file("k.csv", csv_of(row))).status == 0
    found = one(later, "M1")
    assert found["zone"] == "Asia/Tokyo"
    assert found["from"] == "2026-04-30T15:00:00Z"
    assert set(found["coverage"]["zones"]) == {"Europe/Paris", "Asia/Tokyo"}
    assert found["metrics"]["M1"]["n"] == 5
    assert "Asia/Tokyo" in later("metrics", "M1").out
