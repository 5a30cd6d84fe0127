"""`list`, `next`, `show`, `explain`: what is shown, in which order, and why."""

from __future__ import annotations

import pytest

from leadq.text import cell_width
from tests.cli.runner import Leadq, csv_of


def test_the_list_is_in_rank_order_and_next_is_its_first(leadq: Leadq) -> None:
    shown = leadq("list", "--json").json
    assert [lead["band"] for lead in shown] == sorted(lead["band"] for lead in shown)
    assert shown[0]["id"] == leadq("next", "--json").json["id"] == 1


def test_a_page_limit_cuts_the_same_order(leadq: Leadq) -> None:
    assert leadq.ids("--limit", "2") == leadq.ids()[:2]
    assert leadq.ids("--limit", "0") == []


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["--search", "duRAND"], [3]),
        (["--search", "oeuvres"], [3]),
        (["--search", "forges ardèche"], [1]),
        (["--search", "100%"], []),
        (["--band", "B1"], [1]),
        (["--state", "rejected"], []),
        (["--owner", "karim"], []),
        (["--view", "needs-you"], []),
    ],
)
def test_the_list_is_filtered(leadq: Leadq, words: list[str], wanted: list[int]) -> None:
    assert leadq.ids(*words) == wanted


def test_a_saved_view_is_listed_by_its_name_and_narrowed_by_options(leadq: Leadq) -> None:
    leadq("init", "--me", "zoe")
    text = leadq.home.settings.read_text("utf-8")
    leadq.home.settings.write_text(f'{text}\n[view."Été"]\nsearch = "r"\nsource = "WEB"\n', "utf-8")
    shown = leadq.ids("--view", "ete")
    assert shown == leadq.ids("--search", "r", "--source", "web")
    assert leadq.ids("--view", "été", "--search", "durand") == leadq.ids("--search", "durand", "--source", "web")
    refused = leadq("list", "--view", "hiver", "--json")
    assert (refused.status, refused.json["error"]["code"]) == (2, "no_such_view")
    assert "Été" in refused.json["error"]["hint"]


def test_closed_leads_are_shown_when_asked_for(leadq: Leadq) -> None:
    leadq("reject", "1", "--reason", "rej.spam", "--quality", "1")
    assert leadq.ids("--state", "rejected", "--state", "handed_off")[-1] == 1
    (lead,) = leadq("list", "--state", "rejected", "--json").json
    assert (lead["band"], lead["next_due_at"], lead["state"]) == (None, None, "rejected")


def test_mine_is_mine_and_nobodys(leadq: Leadq) -> None:
    leadq("init", "--me", "zoe")
    leadq("accept", "1")
    leadq("init", "--me", "karim")
    assert 1 not in leadq.ids("--view", "mine")
    assert set(leadq.ids()) - set(leadq.ids("--view", "mine")) == {1}
    assert leadq("next", "--json").json["id"] != 1


def test_nothing_left_to_do_is_null_and_no_error(leadq: Leadq) -> None:
    leadq("reject", "1", "2", "3", "4", "--reason", "rej.spam", "--quality", "1")
    done = leadq("next", "--json")
    assert (done.status, done.out) == (0, "null\n")
    assert leadq("next").out == "Nothing waits for you.\n"


def test_the_table_keeps_its_columns_whatever_is_in_them(empty: Leadq) -> None:
    names = ("山田 太郎", "Noor 👩‍👩‍👧‍👦", "x" * 300, "[/] ACME", "é")
    rows = [{"name": name, "company": "same", "email": f"p{n}@x.example"} for n, name in enumerate(names)]
    empty("import", empty.file("a.csv", csv_of(*rows)))
    header, *lines = empty("list", COLUMNS="100").out.splitlines()
    assert {cell_width(line[: line.index("same")]) for line in lines} == {header.index("Company")}
    assert all(cell_width(line) <= 100 for line in lines)


def test_the_state_of_a_lead_is_a_sign_and_a_word(leadq: Leadq) -> None:
    lines = {line.split()[0]: line for line in leadq("list").out.splitlines()}
    assert "> hot" in lines["1"]
    assert "! late" in lines["3"]


def test_show_has_the_events_and_the_feedback(leadq: Leadq) -> None:
    leadq("reject", "2", "--reason", "rej.off_icp", "--criterion", "size", "--quality", "2", "--note", "two people")
    shown = leadq("show", "karl@meyer.example", "--json").json
    assert [event["type"] for event in shown["events"]] == ["handed_off", "rejected"]
    assert shown["feedback"]["reason"] == "rej.off_icp"
    assert shown["feedback"]["note"] == "two people"
    assert shown["events"][0]["actor_kind"] == "adapter"


def test_the_card_says_what_came_what_is_missing_and_what_happened(leadq: Leadq) -> None:
    leadq("touch", "1", "--channel", "call", "--outcome", "callback_set", "--next", "16h", "--note", "busy")
    card = leadq("show", "1").out
    for words in ("Jeanne Martin · Forges d’Ardèche", "Missing", "x not met: 20 to 500 employees (size)",
                  "first touch: + met", "verdict: · in time", "Promise      today 16:00", "note: busy",
                  "touched · Call: Callback set · next today 16:00"):  # fmt: skip
        assert words in card, words


@pytest.mark.parametrize("reference", ["1", "jeanne@forges.example", "JEANNE@forges.example"])
def test_a_lead_is_found_by_number_or_email(leadq: Leadq, reference: str) -> None:
    assert leadq("show", reference, "--json").json["id"] == 1


def test_a_lead_is_found_by_uid_and_by_its_crm_id(empty: Leadq) -> None:
    empty("import", empty.file("a.csv", "id,email\n1042,a@x.example\n"))
    uid = empty("show", "csv:1042", "--json").json["uid"]
    assert empty("show", uid, "--json").json["external_id"] == "1042"


def test_one_email_on_two_open_leads_is_ambiguous_and_lists_them(empty: Leadq) -> None:
    empty("import", empty.file("a.csv", "id,email,name\n1,a@x.example,A\n2,a@x.example,B\n"))
    result = empty("show", "a@x.example", "--json")
    assert (result.status, result.code) == (2, "ambiguous")
    assert [lead["id"] for lead in result.json["error"]["candidates"]] in ([1, 2], [2, 1])
    assert "  1  " in empty("show", "a@x.example").err


@pytest.mark.parametrize(("reference", "status"), [("", 2), ("x", 2), ("12x", 2), ("99999999999999999999", 6)])
def test_a_malformed_lead_is_usage_and_an_unknown_one_is_not_found(leadq: Leadq, reference: str, status: int) -> None:
    assert leadq("show", reference).status == status


def test_explain_counts_the_open_windows_and_names_the_holidays(leadq: Leadq) -> None:
    """The due instant of a lead handed off before Ascension comes a day later, and the steps say so."""
    found = leadq("explain", "4", "--json").json
    clock = next(clock for clock in found["clocks"] if clock["kind"] == "first_touch")
    assert (clock["policy"], clock["calendar"], clock["contract_version"]) == ("event", "paris", "2026-1")
    assert "Ascension Day" in [step["why"] for step in clock["steps"]]
    assert sum(step["counted_s"] for step in clock["steps"] if step["why"] != "open") == 0
    assert clock["steps"][0]["from"] == clock["started_at"]
    assert clock["steps"][-1]["to"] == clock["due_at"]
    for step, following in zip(clock["steps"], clock["steps"][1:], strict=False):
        assert step["to"] == following["from"]


def test_the_steps_of_an_hour_budget_add_up_to_it(leadq: Leadq) -> None:
    clocks = leadq("explain", "4", "--json").json["clocks"]
    accept = next(clock for clock in clocks if clock["kind"] == "accept")
    assert (accept["target"], sum(step["counted_s"] for step in accept["steps"])) == ("4h", 4 * 3600)


def test_a_wall_clock_counts_every_hour(empty: Leadq) -> None:
    empty("init")
    before, last = empty.home.contract.read_text("utf-8").rsplit('clock.first_touch = { target = "1bd" }', 1)
    empty.home.contract.write_text(f'{before}clock.first_touch = {{ target = "24h", unit = "wall" }}{last}', "utf-8")
    empty("add", "--email", "jane@forges.example")
    clocks = empty("explain", "1", "--json").json["clocks"]
    (step,) = next(clock["steps"] for clock in clocks if clock["unit"] == "wall")
    assert step["counted_s"] == 24 * 3600


def test_explain_gives_the_place_that_the_list_gives(leadq: Leadq) -> None:
    for place, lead in enumerate(leadq("list", "--json").json, start=1):
        found = leadq("explain", str(lead["id"]), "--json").json
        assert (found["rank"], found["of"], found["band"]["id"]) == (place, 4, lead["band"])


def test_each_band_can_be_explained(leadq: Leadq) -> None:
    leadq("touch", "2", "--channel", "call", "--outcome", "callback_set", "--next", "15h05")
    leadq("touch", "3", "--channel", "email", "--outcome", "replied", "--inbound")
    for lead in leadq.ids():
        told = leadq("explain", str(lead))
        assert told.status == 0
        assert f"Lead {lead}: rank " in told.out
    assert leadq("explain", "2", "--json").json["band"]["sort_at"] == "2026-05-13T13:05:00Z"


def test_a_closed_lead_has_no_rank(leadq: Leadq) -> None:
    leadq("reject", "1", "--reason", "rej.spam", "--quality", "1")
    found = leadq("explain", "1", "--json").json
    assert (found["rank"], found["band"]) == (None, None)
    assert "no rank" in leadq("explain", "1").out


def test_explain_says_who_signed_the_contract_that_the_lead_keeps(leadq: Leadq) -> None:
    found = leadq("explain", "1", "--json").json["contract"]
    assert (found["version"], len(found["hash"]), found["signatures"]) == ("2026-1", 64, [])
    assert "Signed by: nobody yet\n" in leadq("explain", "1").out


def test_explain_prints_each_window_that_was_counted(leadq: Leadq) -> None:
    told = leadq("explain", "4").out
    assert "    tomorrow: Ascension Day, not counted\n" in told
    assert "    today 10:00-12:30, 14:00-15:30: 4h00m\n" in told
