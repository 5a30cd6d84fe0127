"""`leadq leave` as people type it."""

from __future__ import annotations

import pytest

from tests.cli.runner import Leadq


@pytest.fixture
def zoe(leadq: Leadq) -> Leadq:
    """Zoé's home; leads 1 and 2 are hers, and 1 is promised a call."""
    assert leadq("init", "--me", "zoe").status == 0
    assert leadq("touch", "1", "--channel", "call", "--outcome", "callback_set", "--next", "demain 9h").status == 0
    assert leadq("accept", "2").status == 0
    return leadq


def test_a_leave_is_told_listed_and_ended(zoe: Leadq) -> None:
    told = zoe("leave", "today", "friday", "--cover", "Karim Benali", "--json").json
    assert (sorted(lead["id"] for lead in told["leads"]), told["promises"], told["dry_run"]) == ([1, 2], 1, False)
    assert {lead["owner"] for lead in told["leads"]} == {"karim"}
    (known,) = zoe("leave", "list", "--json").json
    assert known == told["leave"] == {
        "uid": told["leave"]["uid"], "member": "zoe", "cover": "karim", "from": "2026-05-12T22:00:00Z",
        "until": "2026-05-15T22:00:00Z", "state": "away", "leads": 2,
    }  # fmt: skip
    ended = zoe("leave", "end", "--json").json
    assert (ended["leave"]["state"], ended["elsewhere"], ended["gone"]) == ("back", 0, 0)
    assert {lead["owner"] for lead in ended["leads"]} == {"zoe"}
    assert zoe("leave", "list", "--json").json == []


def test_a_dry_run_says_the_same_and_writes_nothing(zoe: Leadq) -> None:
    before = zoe("list", "--json").out
    said = zoe("leave", "today", "friday", "--cover", "karim", "--dry-run")
    assert said.out.splitlines() == [
        "Zoé Lefèvre is away from Wed 13 May 2026 to Fri 15 May 2026, covered by Karim Benali",
        "2 open leads handed over.",
        "  1  Jeanne Martin · Forges d’Ardèche: tomorrow 09:00",
        "Nothing was written.",
    ]
    assert zoe("leave", "today", "friday", "--cover", "karim", "--dry-run", "--json").json["events"] == []
    assert (zoe("list", "--json").out, zoe("leave", "list", "--json").json) == (before, [])


def test_a_weekday_behind_a_weekday_is_the_one_after_it(zoe: Leadq) -> None:
    on_wednesday = zoe("leave", "monday", "tuesday", "--cover", "karim", "--dry-run", "--json").json["leave"]
    assert (on_wednesday["from"], on_wednesday["until"]) == ("2026-05-17T22:00:00Z", "2026-05-19T22:00:00Z")
    next_week = zoe("leave", "monday", "friday", "--cover", "karim", "--dry-run", "--json").json["leave"]
    assert (next_week["until"], next_week["state"]) == ("2026-05-22T22:00:00Z", "to_come")
    in_days = zoe("leave", "+1d", "+2bd", "--cover", "karim", "--dry-run", "--json").json["leave"]
    assert (in_days["from"], in_days["until"]) == ("2026-05-13T22:00:00Z", "2026-05-18T22:00:00Z")
    said = zoe("--lang", "fr", "leave", "demain 14h", "vendredi", "--cover", "karim", "--dry-run").out
    assert "congé du jeu. 14 mai 2026 14 h au sam. 16 mai 2026 0 h" in said
    assert zoe("leave", "12/6", "1/6", "--cover", "karim", "--json").code == "leave_reversed"


def test_a_leave_says_back_what_it_understood_in_french_too(zoe: Leadq) -> None:
    said = zoe("--lang", "fr", "leave", "lundi", "vendredi", "--cover", "karim").out
    assert said.splitlines()[0] == (
        "Zoé Lefèvre\u00a0: congé du lun. 18 mai 2026 au ven. 22 mai 2026, relais\u00a0: Karim Benali"
    )


def test_a_leave_without_a_lead_is_taken_back_too(zoe: Leadq) -> None:
    zoe("leave", "monday", "friday", "--cover", "karim")
    assert zoe("undo").out == "Done; no lead was concerned.\n"
    assert zoe("leave", "list").out == "Nobody is on leave, or is going to be.\n"


@pytest.mark.parametrize("words", [(), ("today",), ("today", "friday", "karim"), ("start",)], ids=str)
def test_what_cannot_be_understood_is_a_usage_error(zoe: Leadq, words: tuple[str, ...]) -> None:
    assert (zoe("leave", *words, "--json").status, zoe("leave", *words, "--json").code) == (2, "usage")


def test_a_home_that_does_not_exist_knows_of_no_leave_and_is_not_made(empty: Leadq) -> None:
    assert empty("leave", "list", "--json").json == []
    assert empty("leave", "today", "friday", "--cover", "karim", "--json").code == "not_a_member"
    assert not empty.folder.exists()


def test_other_homes_know_a_leave_from_a_file_of_events(zoe: Leadq, tmp_path: object) -> None:
    zoe("leave", "today", "friday", "--cover", "karim")
    zoe("leave", "end")
    zoe("undo")
    file = zoe.folder.with_suffix(".jsonl")
    written = zoe("events", "export", str(file), "--json").json
    other = Leadq(zoe.folder.with_name("ops"))
    taken = other("events", "import", str(file), "--json").json
    assert (taken["rejected"], taken["leads"], taken["added"]) == ([], written["leads"], written["events"])
    assert other("leave", "list", "--json").json == zoe("leave", "list", "--json").json
    assert other("events", "import", str(file), "--json").json["added"] == 0
    assert all(check["ok"] for check in other("doctor", "--json").json["checks"] if check["id"] == "refold")


def test_half_a_leave_in_a_file_is_refused_and_named(zoe: Leadq) -> None:
    zoe("leave", "today", "friday", "--cover", "karim")
    file = zoe.folder.with_suffix(".jsonl")
    zoe("events", "export", str(file))
    lines = file.read_text("utf-8").splitlines(keepends=True)
    place = next(number for number, line in enumerate(lines) if '"leave_set"' in line)
    other = Leadq(zoe.folder.with_name("ops"))
    lines[place] = lines[place].replace('"cover": "karim"', '"cover": null')
    file.write_text("".join(lines), "utf-8")
    bad, *_short = other("events", "import", str(file), "--json").json["rejected"]
    assert bad == {"line": place + 1, "reason": "“data.cover” cannot be null."}
    assert other("leave", "list", "--json").json == []
