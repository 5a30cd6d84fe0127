"""`leadq sla`: the clock without a lead, in the calendar's own time, with any contract and no home."""

from __future__ import annotations

import pytest

from leadq.rulebook import template_text
from tests.cli.runner import Leadq
from tests.test_sla import CONTRACT


@pytest.fixture
def vectors(empty: Leadq) -> list[str]:
    """The contract of the vectors, as an option."""
    return ["--contract", empty.file("vectors.toml", CONTRACT)]


def test_v3_instants_have_the_calendars_offset(empty: Leadq, vectors: list[str]) -> None:
    words = ("sla", "due", "--policy", "any", "--clock", "accept", "--start", "2026-05-13T17:00", *vectors)
    found = empty(*words, "--json").json
    assert (found["due_at"], found["zone"]) == ("2026-05-15T10:00:00+02:00", "Europe/Paris")
    assert found["at_risk_at"] == ["2026-05-15T09:30:00+02:00"]
    assert [step["why"] for step in found["steps"]] == ["open", "closed", "Ascension Day", "closed", "open"]
    assert sum(step["counted_s"] for step in found["steps"]) == 2 * 3600
    assert found["steps"][0]["from"] == "2026-05-13T17:00:00+02:00"
    assert found["steps"][-1]["to"] == found["due_at"]


def test_an_offset_that_was_typed_is_kept(empty: Leadq, vectors: list[str]) -> None:
    words = ("sla", "due", "--policy", "any", "--clock", "accept", "--start", "2026-05-13T15:00:00Z", *vectors)
    assert empty(*words, "--json").json["due_at"] == "2026-05-15T10:00:00+02:00"


def test_the_text_names_the_windows_and_the_holidays(empty: Leadq, vectors: list[str]) -> None:
    told = empty("sla", "due", "--policy", "any", "--clock", "accept", "--start", "17h", *vectors)
    assert (told.status, told.err) == (0, "")
    assert told.out.splitlines() == [
        "accept: 2h",
        "  calendar s (Europe/Paris)",
        "  started today 17:00",
        "    today 17:00-18:00: 1h00m",
        "    tomorrow: Ascension Day, not counted",
        "    Fri 15 May 09:00-10:00: 1h00m",
        "  at risk from Fri 15 May 09:30",
        "  due Fri 15 May 10:00",
    ]


@pytest.mark.parametrize("pause", ["2026-05-19T17:00/2026-05-20T10:00", "19/05 17h/20/05/2026 10h"])
def test_v15_a_pause_shows_in_the_steps(empty: Leadq, vectors: list[str], pause: str) -> None:
    words = ("sla", "due", "--policy", "any", "--clock", "disposition", "--start", "2026-05-19T15:00", *vectors)
    found = empty(*words, "--pause", pause, "--json").json
    assert found["due_at"] == "2026-05-20T12:00:00+02:00"
    assert "paused" in {step["why"] for step in found["steps"]}
    told = empty(*words, "--pause", pause).out
    assert "    Tue 19 May 17:00-18:00: paused, not counted\n" in told


def test_a_pause_does_not_stop_every_clock(empty: Leadq, vectors: list[str]) -> None:
    words = ("sla", "due", "--policy", "any", "--clock", "accept", "--start", "2026-05-19T15:00", *vectors)
    told = empty(*words, "--pause", "2026-05-19T15:30/2026-05-19T16:00").out
    assert "a pause does not stop this clock" in told
    assert "due Tue 19 May 17:00" in told


@pytest.mark.parametrize(
    "pause", ["2026-05-19T17:00", "x/y", "2026-05-20T10:00/2026-05-19T17:00", "2026-05-20/2026-05-20", "/"]
)
def test_what_is_no_pause_is_said(empty: Leadq, vectors: list[str], pause: str) -> None:
    words = ("sla", "due", "--policy", "any", "--clock", "accept", "--start", "17h", "--pause", pause, *vectors)
    refused = empty(*words, "--json")
    assert (refused.status, refused.code) == (2, "bad_pause")


def test_v9_a_wall_clock_is_an_hour_shorter_on_the_clock_face_in_october(empty: Leadq, vectors: list[str]) -> None:
    words = ("sla", "due", "--policy", "any", "--clock", "first_touch", "--start", "2026-10-24T12:00", *vectors)
    assert empty(*words, "--json").json["due_at"] == "2026-10-25T11:00:00+01:00"


def test_elapsed_tells_open_time_from_wall_time(empty: Leadq, vectors: list[str]) -> None:
    words = ("sla", "elapsed", "--calendar", "s", "--from", "2026-05-13T17:00", "--to", "2026-05-15T10:00", *vectors)
    assert empty(*words, "--json").json == {"business_s": 7200, "wall_s": 41 * 3600}
    assert empty(*words).out == "2h00m of opening hours, 1d17h on the wall clock\n"


def test_no_home_is_made_with_a_contract_or_without(empty: Leadq, vectors: list[str]) -> None:
    template = ("sla", "due", "--policy", "hot", "--clock", "accept", "--start", "2026-05-13T16:00", "--json")
    assert empty(*template).json["due_at"] == "2026-05-13T16:15:00+02:00"
    assert empty("sla", "elapsed", "--calendar", "s", "--from", "9h", "--to", "10h", *vectors).status == 0
    assert not empty.folder.exists()


def test_without_a_contract_it_is_the_one_in_force(leadq: Leadq) -> None:
    text = template_text("pme-fr").replace('target = "15m"', 'target = "45m"')
    leadq.home.contract.write_text(text, "utf-8")
    words = ("sla", "due", "--policy", "hot", "--clock", "accept", "--start", "2026-05-13T16:00", "--json")
    assert leadq(*words).json["due_at"] == "2026-05-13T16:15:00+02:00"
    leadq("accept", "1")
    assert leadq(*words).json["due_at"] == "2026-05-13T16:45:00+02:00"


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        (["due", "--policy", "x", "--clock", "accept", "--start", "9h"], 2, "unknown_policy"),
        (["due", "--policy", "any", "--clock", "x", "--start", "9h"], 2, "unknown_clock"),
        (["due", "--policy", "any", "--clock", "accept", "--start", "soon-ish"], 2, "bad_when"),
        (["due", "--policy", "any", "--clock", "accept"], 2, "usage"),
        (["elapsed", "--calendar", "x", "--from", "9h", "--to", "10h"], 2, "unknown_calendar"),
    ],
)
def test_what_is_not_there_is_said(empty: Leadq, vectors: list[str], words: list[str], status: int, code: str) -> None:
    refused = empty("sla", *words, *vectors, "--json")
    assert (refused.status, refused.code) == (status, code)


def test_a_contract_that_is_not_there_or_not_valid_is_said(empty: Leadq) -> None:
    words = ("sla", "elapsed", "--calendar", "s", "--from", "9h", "--to", "10h", "--json", "--contract")
    assert empty(*words, "nowhere.toml").code == "no_file"
    broken = empty(*words, empty.file("broken.toml", "schema = 2"))
    assert (broken.status, broken.code) == (78, "contract")
