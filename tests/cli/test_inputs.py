"""`inputs`: spend, customer values and deals from files: all of a file or nothing, and never a wrong number."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from leadq.sqlite import Store
from tests.cli.runner import Leadq, csv_of

JUNE = ("--from", "2026-05-01", "--to", "2026-06-01", "--as-of", "2026-06-02")
HEADER = "month,amount,currency,source\n"
WHOLE = f"{HEADER}2026-05,300,EUR,web\n2026-05,100,EUR,\n2026-05,50,GBP,web\n"


@pytest.fixture
def may(leadq: Leadq) -> Leadq:
    """Four leads of 12 and 13 May, at the end of the first of June."""
    return replace(leadq, now="2026-06-01T20:00:00Z")


def figures(leadq: Leadq, name: str, *more: str) -> dict[str, Any]:
    asked = leadq if leadq.now > "2026-06-02" else replace(leadq, now="2026-06-02T12:00:00Z")
    found: dict[str, Any] = asked("metrics", name, "--json", *JUNE, *more).json
    return found


def values(leadq: Leadq, name: str) -> Mapping[str, Any]:
    return {figure: one["value"] for figure, one in figures(leadq, name)["metrics"][name]["figures"].items()}


def add(leadq: Leadq, kind: str, text: str | bytes, *more: str, name: str = "given.csv") -> Any:
    return leadq("inputs", "add", kind, leadq.file(name, text), "--json", *more).json


def wrong(answer: Any) -> list[tuple[int, str]]:
    assert answer["error"]["code"] == "bad_input"
    return [(one["line"], one["column"]) for one in answer["error"]["candidates"]]


def deals(leadq: Leadq) -> list[tuple[str, dict[str, str]]]:
    with Store(leadq.home).read() as db:
        rows = db.execute("SELECT uid, data FROM event WHERE type = 'deal_changed' ORDER BY seq").fetchall()
    return [(uid, json.loads(data)) for uid, data in rows]


def test_what_is_missing_is_said_with_the_command_that_gives_it(may: Leadq) -> None:
    for name, kind in (("M8", "deals"), ("M9", "value"), ("M10", "spend")):
        assert None in values(may, name).values()
        assert f"leadq inputs add {kind}" in replace(may, now="2026-06-02T12:00:00Z")("metrics", name, *JUNE).out


def test_spend_becomes_a_cost_for_each_currency(may: Leadq) -> None:
    answer = add(may, "spend", WHOLE)
    assert (answer["input"], answer["added"], answer["totals"]) == (1, 3, {"EUR": "400", "GBP": "50"})
    assert (answer["from"], answer["to"]) == ("2026-05-01", "2026-05-31")
    found = values(may, "M10")
    assert (found["spend_EUR"], found["mql_EUR"], found["mql_GBP"]) == ("400", "100.00", "12.50")
    assert found["sal_EUR"] is None


def test_a_report_says_the_same_cost_to_the_digit(may: Leadq) -> None:
    add(may, "spend", WHOLE)
    later = replace(may, now="2026-06-02T12:00:00Z")
    shown = later("report", "monthly", "--from", "2026-05-01", "--as-of", "2026-06-02", "--format", "json").json
    assert shown["metrics"]["M10"] == figures(may, "M10")["metrics"]["M10"]


def test_a_sheet_of_a_french_workbook_is_read(may: Leadq) -> None:
    book, stream = openpyxl.Workbook(), BytesIO()
    sheet = book.active
    assert sheet is not None
    for row in (
        ["Mois", "Dépenses", "Devise", "Origine"],
        ["mai 2026", 400.1, "€", "expo"],
        ["mai 2026", 0, "€", None],
    ):
        sheet.append(row)
    book.save(stream)
    answer = add(may, "spend", stream.getvalue(), name="mai.xlsx")
    assert (answer["totals"], answer["strange"]) == ({"EUR": "400.1"}, {"sources": ["expo"], "campaigns": []})


def test_a_source_is_the_leads_however_it_is_spelt(empty: Leadq) -> None:
    text = f"{HEADER}2026-05,10,EUR,ETE\n"
    assert add(empty, "spend", text)["strange"]["sources"] == ["ETE"]
    row = {"name": "A", "email": "a@x.example", "source": "Été", "handed_off_at": "2026-05-13T09:00:00Z"}
    assert empty("import", empty.file("leads.csv", csv_of(row))).status == 0
    answer = add(empty, "spend", text.replace("ETE", "été"))
    assert (answer["unchanged"], answer["strange"]["sources"]) == (1, [])
    parts = figures(empty, "M10", "--by", "source")["parts"]
    assert parts["Été"]["M10"]["figures"]["mql_EUR"]["value"] == "10.00"


def test_a_file_that_grows_may_be_read_again(may: Leadq) -> None:
    add(may, "spend", WHOLE)
    again = add(may, "spend", WHOLE.replace(",300,", ",300.00,"))
    assert (again["input"], again["added"], again["unchanged"]) == (None, 0, 3)
    more = add(may, "spend", f"{WHOLE}2026-06,10,EUR,web\n")
    assert (more["input"], more["added"], more["unchanged"]) == (2, 1, 3)
    assert [one["rows"] for one in may("inputs", "list", "--json").json] == [3, 1]


def test_rows_that_overlap_are_named_with_the_row_that_they_overlap(may: Leadq) -> None:
    twice = add(may, "spend", f"{WHOLE}2026-05,1,EUR,web\n")
    assert wrong(twice) == [(5, "")]
    assert twice["error"]["candidates"][0]["reason"] == "it overlaps row 2"
    assert may("inputs", "list", "--json").json == []
    add(may, "spend", WHOLE, name="may.csv")
    clash = add(may, "spend", "from,to,amount,currency,source\n31/05/2026,02/06/2026,1,EUR,web\n")
    assert clash["error"]["candidates"][0]["reason"] == (
        "it overlaps row 2 of may.csv: `leadq inputs rm 1` takes that file back"
    )
    assert values(may, "M10")["spend_EUR"] == "400"


def test_all_that_is_wrong_is_named_at_once_and_nothing_is_written(may: Leadq) -> None:
    text = (
        "from,to,amount,currency,source\n2026-05-01,2026-05-31,-5,EUR,a\n2026-05-01,2026-05-31,1.234,EUR,b\n"
        "2026-05-01,,5,EUR,c\n2026-05-31,2026-05-01,5,EUR,d\n2026-05-01,2026-05-31,5,EURO,e\n"
        "2026-05-01,2026-05-31,5,,f\n2026-05-01,2026-05-31,5 GBP,EUR,g\n2026-05-01,2026-05-31,,EUR,h\n"
        "2026-05-01,2026-05-31,5,EUR,fine\n2026-05-01,2026-05-31,5,EUR,i,j,k\n"
    )  # fmt: skip
    assert wrong(add(may, "spend", text)) == [
        (2, "amount"), (3, "amount"), (4, "to"), (5, "to"), (6, "currency"), (7, "currency"), (8, "currency"),
        (9, "amount"), (11, ""),
    ]  # fmt: skip
    assert may("inputs", "list", "--all", "--json").json == []


@pytest.mark.parametrize(("text", "code"), [
    ("", "bad_input"), ("month,amount\n", "bad_input"), ("a,b\n1,2\n", "no_columns"),
    ("month,source\n1,2\n", "no_columns"), ("from,amount\n2026-05-01,2\n", "no_columns"), ("%PDF-1.4", "bad_input"),
])  # fmt: skip
def test_a_file_without_what_is_needed_is_refused_and_makes_no_home(empty: Leadq, text: str, code: str) -> None:
    result = empty("inputs", "add", "spend", empty.file("s.csv", text), "--json", "--dry-run")
    assert (result.status, result.code) == (2, code)
    assert not empty.home.exists


def test_a_column_may_be_named_and_a_currency_given_for_all(may: Leadq) -> None:
    text = "Mois,Budget used\n2026-05,12\n"
    assert add(may, "spend", text)["error"]["code"] == "no_columns"
    assert wrong(add(may, "spend", text, "--map", "Budget used=amount")) == [(2, "")]
    assert add(may, "spend", text, "--map", "Budget used=amount", "--currency", "eur")["totals"] == {"EUR": "12"}
    assert add(may, "spend", text, "--map", "Budget used=money")["error"]["code"] == "bad_map"


def test_a_dry_run_says_the_same_and_writes_nothing(empty: Leadq) -> None:
    rehearsed = add(empty, "spend", WHOLE, "--dry-run")
    assert not empty.home.exists
    done = add(empty, "spend", WHOLE)
    assert rehearsed == done | {"dry_run": True, "input": None}


def test_figures_of_an_instant_know_what_was_given_by_then_and_not_taken_back(may: Leadq) -> None:
    before = figures(replace(may, now="2026-06-02T12:00:00Z"), "M10")
    after_noon = replace(may, now="2026-06-03T12:00:00Z")
    add(after_noon, "spend", WHOLE)
    assert figures(after_noon, "M10") == before
    known = ("metrics", "M10", "--json", *JUNE[:4], "--as-of", "2026-06-04")
    given = replace(may, now="2026-06-05T12:00:00Z")(*known).json
    assert given["metrics"]["M10"]["figures"]["mql_EUR"]["value"] == "100.00"
    assert replace(may, now="2026-06-06T12:00:00Z")("inputs", "rm", "1").status == 0
    assert replace(may, now="2026-06-07T12:00:00Z")(*known).json == given
    assert replace(may, now="2026-06-07T12:00:00Z")("metrics", "M10", *JUNE[:4], "--json").json["metrics"]["M10"][
        "needs"
    ]


def test_what_was_taken_back_cannot_be_taken_back_again(may: Leadq) -> None:
    add(may, "spend", WHOLE)
    assert may("inputs", "rm", "1").status == 0
    assert may("inputs", "list", "--json").json == []
    assert [one["taken_back_at"] for one in may("inputs", "list", "--all", "--json").json] == ["2026-06-01T20:00:00Z"]
    again = may("inputs", "rm", "1", "--json")
    assert (again.status, again.code) == (6, "no_such_input")
    assert add(may, "spend", WHOLE)["input"] == 2


def test_the_newest_file_says_what_a_customer_is_worth_and_strangers_are_listed(may: Leadq) -> None:
    text = "email,value,currency\njeanne@forges.example,100,EUR\nkarl@meyer.example,50,GBP\nx@y.example,9,EUR\n"
    result = may("inputs", "add", "value", may.file("v.csv", text), "--json")
    assert (result.status, result.json["added"], result.json["totals"]) == (4, 2, {"EUR": "100", "GBP": "50"})
    assert result.json["left_out"] == [{"line": 4, "who": "x@y.example", "reason": "not known here"}]
    add(may, "value", "email,value,currency\nJEANNE@forges.example,70,EUR\n")
    assert values(may, "M9") == {"value_EUR": "70", "value_GBP": "50", "mean_EUR": "70.00", "mean_GBP": "50.00"}
    assert add(may, "value", "email,value,currency\nJEANNE@forges.example,70.00,EUR\n")["added"] == 0


def test_a_customer_has_one_value_in_a_currency(may: Leadq) -> None:
    text = "email,value\njeanne@forges.example,100 EUR\njeanne@forges.example,5 GBP\njeanne@forges.example,5 EUR\n"
    assert wrong(add(may, "value", text)) == [(4, "")]


def test_a_deal_is_the_event_that_a_crm_would_have_made_once(may: Leadq) -> None:
    text = 'email,state,amount,currency,closed\njeanne@forges.example,Gagné,"1 200,50",€,20/05/2026\n'
    assert add(may, "deals", text)["added"] == 1
    ((_uid, said),) = deals(may)
    assert {name: said[name] for name in ("state", "amount", "currency")} == {
        "state": "won", "amount": "1200.50", "currency": "EUR",
    }  # fmt: skip
    assert add(may, "deals", text)["unchanged"] == 1
    assert len(deals(may)) == 1
    assert values(may, "M8")["revenue_EUR"] == "1200.50"


def test_a_deal_is_what_was_told_of_it_last(may: Leadq) -> None:
    head = "email,deal,state,amount,currency,closed\njeanne@forges.example,D1,"
    for ended in ("won,100,EUR,2026-05-20\n", "won,120,EUR,2026-05-20\n", "won,100,EUR,2026-05-20\n"):
        assert add(may, "deals", head + ended)["added"] == 1
    assert values(may, "M8")["revenue_EUR"] == "100"
    assert add(may, "deals", f"{head}lost,100,EUR,2026-05-19\n")["left_out"][0]["reason"] == (
        "of this deal something newer is known"
    )


def test_a_second_deal_without_a_name_is_left_out_until_it_has_one(may: Leadq) -> None:
    head = "email,deal,state,amount,currency,closed\njeanne@forges.example,"
    add(may, "deals", f"{head},won,100,EUR,2026-05-20\n")
    answer = add(may, "deals", f"{head},won,70,EUR,2026-05-25\n")
    assert "name each in a column called deal" in answer["left_out"][0]["reason"]
    assert add(may, "deals", f"{head}second,won,70,EUR,2026-05-25\n")["added"] == 1
    assert values(may, "M8")["revenue_EUR"] == "170"
    both = "email,state,closed\nkarl@meyer.example,won,2026-05-20\nkarl@meyer.example,lost,2026-05-21\n"
    assert wrong(add(may, "deals", both)) == [(3, "")]


def test_deals_that_are_taken_back_count_no_more_and_may_be_given_again(may: Leadq) -> None:
    one, other = (f"email,state,amount,currency,closed\njeanne@forges.example,won,{n},EUR,2026-05-20\n" for n in (1, 2))
    add(may, "deals", one)
    add(may, "deals", other)
    assert may("inputs", "rm", "2").status == 0
    assert values(may, "M8")["revenue_EUR"] == "1"
    assert add(may, "deals", other)["added"] == 1
    assert values(may, "M8")["revenue_EUR"] == "2"
    assert may("undo", "--json").code == "nothing_to_undo"


def test_two_laptops_that_read_one_file_tell_the_same_event(may: Leadq, tmp_path: Path) -> None:
    other = replace(may, folder=Path(shutil.copytree(may.folder, tmp_path / "other")))
    text = "lead,state,closed\ncsv:x,won,2026-05-20\njeanne@forges.example,lost,2026-05-20\n"
    for laptop in (may, other):
        add(laptop, "deals", text)
    assert deals(may) == deals(other) != []


@pytest.mark.parametrize(("row", "column"), [
    ("jeanne@forges.example,maybe,5,EUR,2026-05-20", "state"), ("jeanne@forges.example,won,5,EUR,", "closed"),
    ("jeanne@forges.example,won,5,EUR,2027-01-01", "closed"), ("jeanne@forges.example,won,-5,EUR,2026-05-20", "amount"),
    (",won,5,EUR,2026-05-20", "email"), ("jeanne@forges.example,won,5,,2026-05-20", "currency"),
])  # fmt: skip
def test_a_deal_that_cannot_be_read_is_named_with_its_column(may: Leadq, row: str, column: str) -> None:
    assert wrong(add(may, "deals", f"email,state,amount,currency,closed\n{row}\n")) == [(2, column)]
    assert deals(may) == []


def test_a_deal_from_before_the_handoff_is_not_the_leads_doing(may: Leadq) -> None:
    answer = add(may, "deals", "email,state,closed\njeanne@forges.example,won,2026-05-12\n")
    assert answer["left_out"][0]["reason"] == "closed before the lead was handed off"


def test_who_was_merged_away_is_whoever_goes_on(may: Leadq) -> None:
    assert may("merge", "2", "--into", "1").status == 0
    add(may, "deals", "email,state,amount,currency,closed\nkarl@meyer.example,won,5,EUR,2026-05-20\n")
    assert values(may, "M8")["customers"] == 1


def test_hostile_words_come_back_harmless(may: Leadq) -> None:
    nasty = "=HYPERLINK(1)\x1b]0;x\x07[/]"
    text = f"month,amount,currency,source\n2026-05,5,EUR,{nasty}\n2026-05,{nasty},EUR,b\n"
    for words in ((), ("--json",), ("--lang", "fr")):
        result = may("inputs", "add", "spend", may.file("e.csv", text), *words)
        assert "\x1b" not in result.out + result.err
    add(may, "spend", f"month,amount,currency,source\n2026-05,5,EUR,{nasty}\n", name="a\x1b[31m.csv")
    for command in (("inputs", "list"), ("inputs", "list", "--json"), ("inputs", "rm", "1")):
        result = may(*command)
        assert (result.status, "\x1b" in result.out + result.err) == (0, False)


def test_it_speaks_french(may: Leadq) -> None:
    file = may.file("depenses.csv", "Mois;Montant;Devise\nmai 2026;1 200,50;EUR\n")
    said = may("inputs", "add", "spend", file, "--lang", "fr").out
    assert "1\u202f200,50 EUR" in said
    assert "leadq inputs rm 1" in said
    assert "du 2026-05-01 au 2026-05-31" in said
