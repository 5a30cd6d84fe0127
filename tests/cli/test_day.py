"""`leadq day` and `leadq radar`: what they say, and that they only read."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from leadq.clock import Clock, to_ms
from leadq.domain import events as ev
from leadq.domain.events import Draft
from leadq.order import RADAR
from leadq.queue import Queue
from leadq.recording import record
from tests.cli.runner import Leadq, csv_of

MONDAY = "2026-05-18T07:02:00Z"
"""9:02 in Paris."""


def fair(leadq: Leadq, count: int, owner: str = "zoe") -> None:
    rows = [
        {"name": f"Visitor {n:02}", "company": f"Company {n:02}", "email": f"v{n}@fair.example", "trigger": "event",
         "owner": owner, "handed_off_at": "2026-05-18T07:00:00Z"}
        for n in range(1, count + 1)
    ]  # fmt: skip
    assert leadq("import", leadq.file("fair.csv", csv_of(*rows))).status == 0


@pytest.fixture
def monday(empty: Leadq) -> Leadq:
    """Zoé's home, on Monday at 9:02, with 37 leads of a fair: accept within four open hours, so by 14:30."""
    leadq = replace(empty, now=MONDAY)
    assert leadq("init", "--me", "zoe").status == 0
    fair(leadq, 37)
    return leadq


def test_the_plan_says_what_fits_before_it_is_due(monday: Leadq) -> None:
    plan = monday("day", "--json").json["plan"]
    assert (plan["of"], plan["pace_s"], plan["own_pace"], plan["calendar"]) == (37, 720, False, "paris")
    assert (plan["fit"], plan["breach"], plan["breach_after"]) == (19, 18, "2026-05-18T12:30:00Z")
    assert plan["slots"] == [{"due_at": "2026-05-18T12:30:00Z", "leads": 37, "fit": 19}]
    assert plan["until"] == "2026-05-19T07:00:00Z"
    told = monday("day").out
    assert told.startswith("19 of 37 fit, 18 breach after today 14:30\n")
    assert "at 12 minutes a lead: too few of your touches are known" in told


def test_my_own_touches_make_my_pace(monday: Leadq) -> None:
    for minute in (5, 10, 15, 20):
        touching = replace(monday, now=f"2026-05-18T07:{minute:02}:00Z")
        assert touching("touch", str(minute), "--channel", "call", "--outcome", "no_answer").status == 0
    later = replace(monday, now="2026-05-18T07:20:00Z")
    plan = later("day", "--json").json["plan"]
    assert (plan["pace_s"], plan["own_pace"], plan["of"], plan["fit"]) == (300, True, 33, 33)
    assert "All 33 due before you are back fit." in later("day").out
    later("undo")
    assert later("day", "--json").json["plan"]["own_pace"] is False


def test_what_came_since_my_last_gesture_is_news_and_what_i_did_is_not(monday: Leadq) -> None:
    before = monday("day", "--json").json["since"]
    assert (before["at"], len(before["handed_off"])) == (None, 37)
    monday("touch", "1", "--channel", "call", "--outcome", "no_answer")
    assert monday("day", "--json").json["since"] == {
        "at": MONDAY, "handed_off": [], "replies": [], "answers": [], "alerts": []
    }  # fmt: skip
    rows = [{"name": "Late Comer", "email": "late@fair.example", "trigger": "demo", "handed_off_at": MONDAY}]
    monday("import", monday.file("more.csv", csv_of(*rows)))
    _from_outside(monday, 1, Draft(ev.TOUCHED, to_ms(datetime.fromisoformat(MONDAY)),
                                   {"channel": "email", "outcome": "replied", "inbound": True}))  # fmt: skip
    _from_outside(monday, 1, Draft(ev.ALERTED, 0, {"clock": "accept", "level": "at_risk", "due_ms": 0}))
    news = monday("day", "--json").json["since"]
    assert (news["handed_off"], news["replies"], news["alerts"]) == ([38], [1], [1])
    assert "Since you were away (today 09:02)" in monday("day").out


def _from_outside(leadq: Leadq, lead_id: int, draft: Draft) -> None:
    from leadq.sqlite import Store

    queue = Queue(Store(leadq.home), Clock(to_ms(datetime.fromisoformat(leadq.now))))
    with queue.desk() as desk:
        (uid,) = desk.db.execute("SELECT uid FROM lead WHERE id = ?", (lead_id,)).fetchone()
        record(desk, desk.ledger.lead(uid), [draft], batch="outside", actor_kind="adapter")


def test_promises_of_today_and_waiting_replies_are_listed(monday: Leadq) -> None:
    monday("touch", "1", "--channel", "call", "--outcome", "callback_set", "--next", "14h30")
    monday("touch", "2", "--channel", "call", "--outcome", "callback_set", "--next", "demain 9h")
    monday("touch", "3", "--channel", "email", "--outcome", "replied", "--inbound")
    found = monday("day", "--json").json
    assert found["promises"] == [
        {"lead": 1, "name": "Visitor 01", "company": "Company 01", "at": "2026-05-18T12:30:00Z"}
    ]
    assert [one["lead"] for one in found["replies"]] == [3]
    assert found["evening"] is None


def test_the_evening_says_what_was_done_and_what_comes(monday: Leadq) -> None:
    monday("touch", "1", "--channel", "call", "--outcome", "callback_set", "--next", "demain 9h")
    monday("touch", "2", "--channel", "call", "--outcome", "no_answer")
    monday("reject", "3", "--reason", "rej.spam", "--quality", "1")
    assert replace(monday, now="2026-05-18T15:29:59Z")("day", "--json").json["evening"] is None
    at_closing = replace(monday, now="2026-05-18T15:30:00Z")
    evening = at_closing("day", "--json").json["evening"]
    assert (evening["touches"], evening["verdicts"]) == (
        2, {"reject": 1, "disqualify": 0, "recycle": 0, "qualify": 0}
    )  # fmt: skip
    assert evening["unsynced"] == 5
    assert [one["lead"] for one in evening["promises"]] == [1]
    assert evening["back_at"] == "2026-05-19T07:00:00Z"
    assert "Done today: 2 touches · Reject 1" in at_closing("day").out
    assert monday("day", "--evening", "--json").json["evening"]["touches"] == 2


def test_i_am_back_after_my_leave(monday: Leadq) -> None:
    contract = monday.home.contract
    text = contract.read_text("utf-8")
    leave = 'leave = [{ from = 2026-05-19, to = 2026-05-22, cover = "karim" }]\n'
    contract.write_text(text.replace("[member.karim]", f"{leave}[member.karim]"), "utf-8")
    monday("note", "1", "--text", "brings the new contract into force")
    assert monday("day", "--json").json["plan"]["until"] == "2026-05-26T07:00:00Z"  # Monday 25 is Whit Monday


def test_the_radar_has_every_group_and_the_same_total_everywhere(monday: Leadq) -> None:
    fair(replace(monday), 37)
    late = replace(monday, now="2026-05-20T07:00:00Z")
    found = late("radar", "--json").json
    assert list(found) == ["total", "groups"]
    assert list(found["groups"]) == list(RADAR)
    assert (found["total"], len(found["groups"]["untouched"]), found["groups"]["no_due"]) == (37, 37, [])
    assert late("prompt", "--json").json["radar"] == late("day", "--json").json["radar"] == 37
    assert len(late.ids("--view", "radar")) == 37
    told = late("radar").out.splitlines()
    assert told[:2] == ["37 leads on the radar", "Late, and nobody has touched it: 37"]
    assert (len(told), told[-1]) == (8, "  and 32 more")


def test_a_long_name_is_cut_to_the_page(empty: Leadq) -> None:
    empty("add", "--name", "N" * 300, "--company", "C" * 300, "--email", "n@x.example")
    for words in (["radar"], ["day"]):
        assert max(map(len, empty(*words, COLUMNS="80").out.splitlines())) <= 80


@pytest.mark.parametrize("words", [["day"], ["day", "--evening"], ["radar"]])
def test_they_only_read_and_say_the_same_twice(monday: Leadq, empty: Leadq, words: list[str]) -> None:
    for manner in ([], ["--json"]):
        assert monday(*words, *manner).out == monday(*words, *manner).out
    nowhere = replace(empty, folder=empty.folder.parent / "nowhere")
    for manner in ([], ["--json"]):
        assert nowhere(*words, *manner).status == 0
    assert not nowhere.folder.exists()
